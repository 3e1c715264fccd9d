//! The applicable rows of the key table, with a search by typing.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::tui::{
    action::Action,
    keymap::{Binding, Context, Keymap},
    theme::Theme,
    widget::fuzzy,
};

/// An action with its keys.
#[derive(Clone, Debug)]
pub struct Command {
    /// The context.
    pub context: Context,
    /// The keys as text.
    pub keys: String,
    /// The action.
    pub action: Action,
    /// The effect of the action in this context.
    pub description: String,
}

/// Returns the commands of some contexts, in order, each action once.
pub fn commands(keymap: &Keymap, contexts: &[Context]) -> Vec<Command> {
    let row = |binding: &&Binding| Command {
        context: binding.context,
        keys: binding.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join("  "),
        action: binding.action,
        description: described(binding),
    };
    let mut commands: Vec<Command> = Vec::new();
    for command in keymap.bindings(contexts).iter().map(row) {
        if !commands.iter().any(|earlier| earlier.action == command.action) {
            commands.push(command);
        }
    }
    commands
}

/// Returns the effect of a key. One action opens, chooses and continues; there the hint of the footer says what.
fn described(binding: &Binding) -> String {
    match (binding.action, &binding.hint) {
        (Action::Accept, Some(hint)) => hint.clone(),
        (action, _) => action.description().to_owned(),
    }
}

/// An item that can be found by its description.
pub trait Described {
    /// Returns the description.
    fn description(&self) -> &str;
}

impl Described for Command {
    fn description(&self) -> &str {
        &self.description
    }
}

/// Returns the items that match a pattern, the best first, with the places to underline. An empty pattern matches all
/// in their order.
pub fn matching<'a, T: Described>(commands: &'a [T], pattern: &str) -> Vec<(&'a T, Vec<usize>)> {
    let mut found: Vec<_> = commands
        .iter()
        .filter_map(|command| fuzzy::fit(pattern, command.description()).map(|fit| (command, fit)))
        .collect();
    found.sort_by_key(|(_, fit)| -fit.score);
    found.into_iter().map(|(command, fit)| (command, fit.places)).collect()
}

/// Returns a text with some of its characters highlighted.
pub fn highlighted(text: &str, places: &[usize], theme: &Theme) -> Line<'static> {
    let span = |(place, c): (usize, char)| {
        let style = if places.contains(&place) { theme.found } else { Style::new() };
        Span::styled(c.to_string(), style)
    };
    if places.is_empty() { Line::raw(text.to_owned()) } else { text.chars().enumerate().map(span).collect() }
}
