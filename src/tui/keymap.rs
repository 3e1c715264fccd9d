//! Mapping of keys to actions. In: the bundled key table and a user's changes. Out: the action of a key in a context,
//! and the table for the footer, the help and the palette. Independent of the effects of actions.

pub(crate) mod context;
pub(crate) mod file;
pub(crate) mod key;

pub(crate) use context::Context;
pub(crate) use file::KeymapError;
pub(crate) use key::{Key, KeySequence};

use super::action::Action;

/// A row of the key table.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The context.
    pub context: Context,
    /// The keys of the action; the first is shown.
    pub keys: Vec<KeySequence>,
    /// The action.
    pub action: Action,
    /// The hint in the footer; an action without one appears only in the help.
    pub hint: Option<String>,
}

/// The whole key table.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// The result of looking up pressed keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// An action.
    Action(Action),
    /// No action yet, but another key may complete one.
    Pending,
    /// No action.
    Nothing,
}

impl Keymap {
    /// Returns the bundled table.
    pub fn bundled() -> Result<Self, KeymapError> {
        Self::with_changes(&toml::Table::new())
    }

    /// Returns the bundled table with a user's changes: `context.action = ["key", …]`.
    ///
    /// # Errors
    ///
    /// Fails if a context, an action or a key is unknown, or a key has two actions in one context.
    pub fn with_changes(changes: &toml::Table) -> Result<Self, KeymapError> {
        let mut bindings = file::bundled()?;
        file::change(&mut bindings, changes)?;
        file::check(&bindings)?;
        Ok(Self { bindings })
    }

    /// Looks up keys in contexts, of which earlier ones take precedence.
    pub fn look_up(&self, contexts: &[Context], keys: &[Key]) -> Lookup {
        for context in contexts {
            let mut pending = false;
            for binding in self.bindings.iter().filter(|binding| binding.context == *context) {
                for sequence in &binding.keys {
                    if sequence.keys() == keys {
                        return Lookup::Action(binding.action);
                    }
                    pending |= sequence.keys().starts_with(keys);
                }
            }
            if pending {
                return Lookup::Pending;
            }
        }
        Lookup::Nothing
    }

    /// Returns the rows that apply in some contexts, in order. Omits rows whose keys all have another action in an
    /// earlier context.
    pub fn bindings(&self, contexts: &[Context]) -> Vec<&Binding> {
        let in_context = |context: &Context| {
            let context = *context;
            self.bindings.iter().filter(move |binding| binding.context == context)
        };
        let reachable = |binding: &&Binding| {
            let mut keys = binding.keys.iter();
            keys.any(|sequence| self.look_up(contexts, sequence.keys()) == Lookup::Action(binding.action))
        };
        contexts.iter().flat_map(in_context).filter(reachable).collect()
    }

    /// Returns the key to show for an action in some contexts.
    pub fn key_for(&self, contexts: &[Context], action: Action) -> Option<String> {
        let bindings = self.bindings(contexts);
        let binding = bindings.iter().find(|binding| binding.action == action)?;
        binding.keys.first().map(ToString::to_string)
    }

    /// Returns every row.
    pub fn all(&self) -> &[Binding] {
        &self.bindings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Key> {
        text.parse::<KeySequence>().unwrap().keys().to_vec()
    }

    fn changes(text: &str) -> Result<Keymap, KeymapError> {
        Keymap::with_changes(&text.parse().unwrap())
    }

    #[test]
    fn an_earlier_context_wins() {
        let keymap = Keymap::bundled().unwrap();
        let home = [Context::Home, Context::List, Context::Global];
        assert_eq!(keymap.look_up(&home, &keys("n")), Lookup::Action(Action::NewRun));
        assert_eq!(keymap.look_up(&[Context::Search], &keys("n")), Lookup::Action(Action::NextMatch));
        assert_eq!(keymap.look_up(&home, &keys("g")), Lookup::Pending);
        assert_eq!(keymap.look_up(&home, &keys("g g")), Lookup::Action(Action::First));
        assert_eq!(keymap.look_up(&home, &keys("g x")), Lookup::Nothing);
    }

    #[test]
    fn every_action_has_a_key_that_passes_tmux_screen_and_flow_control() {
        let keymap = Keymap::bundled().unwrap();
        for action in Action::ALL {
            let bindings = keymap.all().iter().filter(|binding| binding.action == *action);
            let mut sequences = bindings.flat_map(|binding| &binding.keys);
            assert!(sequences.any(KeySequence::is_safe), "{action} has no key that always arrives");
        }
    }

    #[test]
    fn a_user_changes_one_action_in_one_context() {
        let keymap = changes("[home]\nnew-run = [\"ctrl-n\", \"N\"]").unwrap();
        let home = [Context::Home, Context::Search];
        assert_eq!(keymap.look_up(&home, &keys("ctrl-n")), Lookup::Action(Action::NewRun));
        assert_eq!(keymap.look_up(&home, &keys("n")), Lookup::Action(Action::NextMatch));
        assert_eq!(keymap.key_for(&home, Action::NewRun).as_deref(), Some("ctrl-n"));
    }

    #[test]
    fn errors_in_a_users_keys_are_named() {
        let error = |text| changes(text).unwrap_err().to_string();
        assert!(error("[hime]\nnew-run = [\"n\"]").contains("hime"));
        assert!(error("[home]\nnew-fun = [\"n\"]").contains("new-fun"));
        assert!(error("[home]\nnew-run = [\"hyper-n\"]").contains("hyper-n"));
        assert!(error("[home]\nnew-run = 3").contains("home.new-run"));
        assert!(error("[home]\nnew-run = [\"r\"]").contains("'r'"));
        assert!(error("[global]\nhelp = []").contains("help"));
    }
}
