//! The rows of the key table that apply somewhere, to be found by typing.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::tui::{
    action::Action,
    keymap::{Context, Keymap},
    theme::Theme,
    widget::fuzzy,
};

/// An action with its keys.
#[derive(Clone, Debug)]
pub struct Command {
    /// Where it applies.
    pub context: Context,
    /// Its keys, as they are shown.
    pub keys: String,
    /// What it is.
    pub action: Action,
}

/// The commands of some contexts, in order, each action once.
pub fn commands(keymap: &Keymap, contexts: &[Context]) -> Vec<Command> {
    let row = |binding: &&crate::tui::keymap::Binding| Command {
        context: binding.context,
        keys: binding.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join("  "),
        action: binding.action,
    };
    let mut commands: Vec<Command> = Vec::new();
    for command in keymap.bindings(contexts).iter().map(row) {
        if !commands.iter().any(|earlier| earlier.action == command.action) {
            commands.push(command);
        }
    }
    commands
}

/// Something with a description to be found by.
pub trait Described {
    /// What it does.
    fn description(&self) -> &str;
}

impl Described for Command {
    fn description(&self) -> &str {
        self.action.description()
    }
}

/// Those that fit a pattern, the best first; all in their order for an empty one. With the places to underline.
pub fn matching<'a, T: Described>(commands: &'a [T], pattern: &str) -> Vec<(&'a T, Vec<usize>)> {
    let mut found: Vec<_> = commands
        .iter()
        .filter_map(|command| fuzzy::fit(pattern, command.description()).map(|fit| (command, fit)))
        .collect();
    found.sort_by_key(|(_, fit)| -fit.score);
    found.into_iter().map(|(command, fit)| (command, fit.places)).collect()
}

/// A text with some of its characters set off.
pub fn highlighted(text: &str, places: &[usize], theme: &Theme) -> Line<'static> {
    let span = |(place, c): (usize, char)| {
        let style = if places.contains(&place) { theme.found } else { Style::new() };
        Span::styled(c.to_string(), style)
    };
    if places.is_empty() { Line::raw(text.to_owned()) } else { text.chars().enumerate().map(span).collect() }
}
