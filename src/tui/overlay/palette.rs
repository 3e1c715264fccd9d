//! A palette of commands, found by typing: those of the interface, and shell commands for functions that the
//! interface lacks.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
    widgets::{Paragraph, Wrap},
};

use super::{
    accept,
    commands::{Command, Described, highlighted, matching},
    help::render_search,
    middle,
};
use crate::tui::{
    action::Action,
    effect::{Effect, Step},
    keymap::{Context, Key},
    pane::{Look, Reply},
    shell_commands::ShellCommand,
    widget::{Column, ListState, Message, Panel, Row, Table, TextInput, rule, table},
};

/// The lines for a shell command and the rule above it.
const WORDS: u16 = 4;

/// The palette.
#[derive(Debug)]
pub struct Palette {
    entries: Vec<Entry>,
    pattern: TextInput,
    list: ListState,
}

/// A command.
#[derive(Debug)]
enum Entry {
    /// A command of the interface.
    Interface(Command),
    /// A command to paste into a shell.
    Shell(ShellCommand),
}

impl Described for Entry {
    fn description(&self) -> &str {
        match self {
            Self::Interface(command) => command.description(),
            Self::Shell(command) => command.description,
        }
    }
}

impl Palette {
    /// Creates the palette of some commands, without moves and the palette itself, then shell commands.
    pub fn new(mut commands: Vec<Command>, shell: Vec<ShellCommand>) -> Self {
        commands.retain(|command| command.context != Context::List && command.action != Action::Palette);
        let entries = commands.into_iter().map(Entry::Interface).chain(shell.into_iter().map(Entry::Shell));
        Self { entries: entries.collect(), pattern: TextInput::default(), list: ListState::default() }
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.list.select(0);
        self.pattern.edit(key)
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        let found = matching(&self.entries, self.pattern.text());
        if action != Action::Accept {
            return Reply::taken(self.list.on_action(action, found.len()));
        }
        let Some(row) = self.list.selected(found.len()) else { return Reply::done() };
        let effect = match found[row].0 {
            Entry::Interface(command) => Effect::Step(Step::Act(command.action)),
            Entry::Shell(command) => Effect::Copy(command.line.clone()),
        };
        Reply::Done(vec![Effect::Step(Step::Leave), effect])
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        let found = matching(&self.entries, self.pattern.text()).len();
        self.list.hit(found, at).and_then(accept)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let found = matching(&self.entries, self.pattern.text());
        let height = (self.entries.len() as u16 + 5).min(22);
        let place = middle(area, 72, height);
        let place = Rect { y: area.y + (area.height - place.height) / 3, ..place };
        let note = format!("{} of {}", found.len(), self.entries.len());
        let inner = Panel::new("commands").note(note).render_over(frame, place, look.theme);
        let selected = self.list.selected(found.len());
        let shell = selected.and_then(|row| match found[row].0 {
            Entry::Shell(command) => Some(command),
            Entry::Interface(_) => None,
        });
        let words = if shell.is_some() && inner.height > 2 * WORDS { WORDS } else { 0 };
        let parts = [Constraint::Length(1), Constraint::Fill(1), Constraint::Length(words)];
        let [search, body, below] = Layout::vertical(parts).areas(inner);
        render_search(frame, search, &self.pattern, look);
        if found.is_empty() {
            Message::new("no such command".into(), &["backspace for more, esc closes"]).render(frame, body, look.theme);
            return;
        }
        let columns = [Column::left("", Constraint::Fill(1)), Column::right("", Constraint::Length(14))];
        let row = |number: usize| {
            let (entry, places) = &found[number];
            let mark = match entry {
                Entry::Interface(command) => Line::styled(command.keys.clone(), look.theme.key),
                Entry::Shell(_) => Line::styled("in a shell", look.theme.muted),
            };
            Row::from_iter([highlighted(entry.description(), places, look.theme), mark])
        };
        self.list.drawn(table::body(body));
        Table { columns: &columns, len: found.len(), selected, row: &row }.render(frame, body, look.style());
        if let Some(command) = shell {
            render_words(&command.line, frame, below, look);
        }
    }
}

/// Draws a shell command, for users who cannot copy it.
fn render_words(line: &str, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let lines = vec![rule("enter copies", area.width, look.theme), Line::styled(line.to_owned(), look.theme.text)];
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), area);
}
