//! The key table as a file. In: TOML. Out: checked rows.

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

/// An error in a key table.
#[derive(Debug, thiserror::Error)]
pub enum KeymapError {
    /// The text is not a table of keys.
    #[error("the key table cannot be read")]
    Unreadable(#[from] toml::de::Error),
    /// A context is unknown.
    #[error("keys: {source}")]
    Context {
        /// The error with its name.
        source: UnknownContext,
    },
    /// An action is unknown.
    #[error("keys.{context}: {source}")]
    Action {
        /// The context of the row.
        context: &'static str,
        /// The error with the name of the action.
        source: UnknownAction,
    },
    /// A key is unknown.
    #[error("keys.{context}.{action}: {source}")]
    Key {
        /// The context of the row.
        context: &'static str,
        /// The action of the row.
        action: Action,
        /// The error with the name of the key.
        source: UnknownKey,
    },
    /// A value is not a list of keys.
    #[error("keys.{context}.{action} must be a list of keys, such as [\"n\", \"ctrl-n\"]")]
    NotAList {
        /// The context of the row.
        context: &'static str,
        /// The name of the action.
        action: String,
    },
    /// An action is not available in a context.
    #[error("keys.{context}.{action}: this action does nothing there")]
    Unused {
        /// The context of the row.
        context: &'static str,
        /// The action.
        action: Action,
    },
    /// A key has two actions.
    #[error("keys.{context}: '{key}' would mean both {first} and {second}")]
    Twice {
        /// The context of the rows.
        context: &'static str,
        /// The key.
        key: KeySequence,
        /// One action.
        first: Action,
        /// The other action.
        second: Action,
    },
    /// An action that is needed to navigate has no key.
    #[error("keys.{context}.{action} needs a key")]
    Needed {
        /// The context of the row.
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

/// Returns the rows of the bundled table.
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

/// Applies a user's changes: each named action gets the given keys in that context.
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

/// Checks that each key has one action in a context, and that the actions needed to navigate have keys.
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

/// Returns whether two sequences conflict, as one begins with the other.
fn clash(one: &KeySequence, other: &KeySequence) -> bool {
    one.keys().starts_with(other.keys()) || other.keys().starts_with(one.keys())
}

fn action(context: Context, name: &str) -> Result<Action, KeymapError> {
    name.parse().map_err(|source| KeymapError::Action { context: context.name(), source })
}

fn sequence(context: Context, action: Action, key: &str) -> Result<KeySequence, KeymapError> {
    key.parse().map_err(|source| KeymapError::Key { context: context.name(), action, source })
}
