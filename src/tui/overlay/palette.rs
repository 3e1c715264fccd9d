//! Commands found by a few letters.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

use super::{
    commands::{Command, commands, highlighted, matching},
    help::render_search,
    middle,
};
use crate::tui::{
    action::Action,
    effect::{Effect, Step},
    keymap::{Context, Key, Keymap},
    pane::{Look, Reply},
    widget::{Column, ListState, Panel, Row, Table, TextInput, message},
};

/// Commands to find and run.
#[derive(Debug)]
pub struct Palette {
    commands: Vec<Command>,
    pattern: TextInput,
    list: ListState,
}

impl Palette {
    /// The commands of some contexts; moves are left out, and the palette itself.
    pub fn new(keymap: &Keymap, contexts: &[Context]) -> Self {
        let mut commands = commands(keymap, contexts);
        commands.retain(|command| command.context != Context::List && command.action != Action::Palette);
        Self { commands, pattern: TextInput::default(), list: ListState::default() }
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.list.select(0);
        self.pattern.edit(key)
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        let found = matching(&self.commands, self.pattern.text());
        if action != Action::Accept {
            return Reply::taken(self.list.on_action(action, found.len()));
        }
        let Some(row) = self.list.selected(found.len()) else { return Reply::done() };
        Reply::Done(vec![Effect::Step(Step::Leave), Effect::Step(Step::Act(found[row].0.action))])
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let found = matching(&self.commands, self.pattern.text());
        let height = (self.commands.len() as u16 + 5).min(18);
        let place = middle(area, 64, height);
        let place = Rect { y: area.y + (area.height - place.height) / 3, ..place };
        let note = format!("{} of {}", found.len(), self.commands.len());
        let inner = Panel::new("commands").note(note).render_over(frame, place, look.theme);
        let [search, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        render_search(frame, search, (&self.pattern, look));
        if found.is_empty() {
            message(frame, body, ("no such command".into(), &["backspace for more, esc closes"]), look.theme);
            return;
        }
        let columns = [Column::left("", Constraint::Fill(1)), Column::right("", Constraint::Length(14))];
        let row = |number: usize| {
            let (command, places) = &found[number];
            Row::from_iter([
                highlighted(command.action.description(), places, look.theme),
                Line::styled(command.keys.clone(), look.theme.key),
            ])
        };
        self.list.seen(body.height.saturating_sub(1));
        let selected = self.list.selected(found.len());
        Table { columns: &columns, len: found.len(), selected, row: &row }.render(frame, body, look.style());
    }
}
