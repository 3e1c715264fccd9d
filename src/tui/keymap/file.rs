//! The key table as a file. In: TOML. Out: rows, checked.

use serde::Deserialize;

use super::{
    Binding, Context,
    context::UnknownContext,
    key::{KeySequence, UnknownKey},
};
use crate::{
    domain::text::excerpt,
    tui::action::{Action, UnknownAction},
};

const BUNDLED: &str = include_str!("../../../assets/keymap.toml");

/// What is wrong with a key table.
#[derive(Debug, thiserror::Error)]
pub enum KeymapError {
    /// It is no table of keys.
    #[error("the key table cannot be read")]
    Unreadable(#[from] toml::de::Error),
    /// No such context.
    #[error("keys: {source}")]
    Context {
        /// The context.
        source: UnknownContext,
    },
    /// No such action.
    #[error("keys.{context}: {source}")]
    Action {
        /// Where it stands.
        context: &'static str,
        /// The action.
        source: UnknownAction,
    },
    /// No such key.
    #[error("keys.{context}.{action}: {source}")]
    Key {
        /// Where it stands.
        context: &'static str,
        /// What it was for.
        action: Action,
        /// The key.
        source: UnknownKey,
    },
    /// Something that is no list of keys.
    #[error("keys.{context}.{action} must be a list of keys, such as [\"n\", \"ctrl-n\"]")]
    NotAList {
        /// Where it stands.
        context: &'static str,
        /// Its name.
        action: String,
    },
    /// An action that has no place in a context.
    #[error("keys.{context}.{action}: this action does nothing there")]
    Unused {
        /// Where it stands.
        context: &'static str,
        /// The action.
        action: Action,
    },
    /// A key that means two things.
    #[error("keys.{context}: '{key}' would mean both {first} and {second}")]
    Twice {
        /// Where it stands.
        context: &'static str,
        /// The key.
        key: KeySequence,
        /// One meaning.
        first: Action,
        /// The other.
        second: Action,
    },
    /// Without these one cannot get around.
    #[error("keys.{context}.{action} needs a key")]
    Needed {
        /// Where it stands.
        context: &'static str,
        /// The action.
        action: Action,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    keys: Vec<String>,
    action: String,
    hint: Option<String>,
}

/// The rows of the bundled table.
pub(super) fn bundled() -> Result<Vec<Binding>, KeymapError> {
    let table: toml::Table = BUNDLED.parse()?;
    let mut bindings = Vec::new();
    for (name, rows) in table {
        let context: Context = name.parse().map_err(|source| KeymapError::Context { source })?;
        for row in Vec::<Row>::deserialize(rows)? {
            let action = action(context, &row.action)?;
            let keys = row.keys.iter().map(|key| sequence(context, action, key)).collect::<Result<_, _>>()?;
            bindings.push(Binding { context, keys, action, hint: row.hint });
        }
    }
    Ok(bindings)
}

/// Changes rows as a user wants: each named action gets the given keys in that context.
pub(super) fn change(bindings: &mut [Binding], changes: &toml::Table) -> Result<(), KeymapError> {
    for (name, actions) in changes {
        let context: Context = name.parse().map_err(|source| KeymapError::Context { source })?;
        let not_a_list = |action: &str| KeymapError::NotAList { context: context.name(), action: excerpt(action) };
        for (name, keys) in actions.as_table().ok_or_else(|| not_a_list("*"))? {
            let keys = Vec::<String>::deserialize(keys.clone()).map_err(|_| not_a_list(name))?;
            let action = action(context, name)?;
            let row = bindings.iter_mut().find(|binding| binding.context == context && binding.action == action);
            let row = row.ok_or(KeymapError::Unused { context: context.name(), action })?;
            row.keys = keys.iter().map(|key| sequence(context, action, key)).collect::<Result<_, _>>()?;
        }
    }
    Ok(())
}

/// Checks that no key means two things in a context, and that one can always get help and out.
pub(super) fn check(bindings: &[Binding]) -> Result<(), KeymapError> {
    for (place, binding) in bindings.iter().enumerate() {
        let context = binding.context.name();
        for other in bindings[..place].iter().filter(|other| other.context == binding.context) {
            if let Some(key) = binding.keys.iter().find(|key| other.keys.iter().any(|other| clash(key, other))) {
                let (first, second) = (other.action, binding.action);
                return Err(KeymapError::Twice { context, key: key.clone(), first, second });
            }
        }
        let needed = matches!(binding.action, Action::Help | Action::Back | Action::Quit | Action::Accept);
        if needed && binding.keys.is_empty() {
            return Err(KeymapError::Needed { context, action: binding.action });
        }
    }
    Ok(())
}

/// Two sequences clash when one begins with the other.
fn clash(one: &KeySequence, other: &KeySequence) -> bool {
    one.keys().starts_with(other.keys()) || other.keys().starts_with(one.keys())
}

fn action(context: Context, name: &str) -> Result<Action, KeymapError> {
    name.parse().map_err(|source| KeymapError::Action { context: context.name(), source })
}

fn sequence(context: Context, action: Action, key: &str) -> Result<KeySequence, KeymapError> {
    key.parse().map_err(|source| KeymapError::Key { context: context.name(), action, source })
}
