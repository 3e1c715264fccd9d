//! What happened so far, the newest last.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::{Line, Span},
};

use crate::tui::{
    action::Action,
    effect::Effect,
    log::Log,
    pane::{Look, Reply, run::time_of_day},
    widget::{Column, ListState, Panel, Row, Table, message},
};

/// What happened so far.
#[derive(Debug, Default)]
pub struct LogView {
    list: ListState,
}

impl LogView {
    /// The log with the newest entry selected.
    pub fn newest(log: &Log) -> Self {
        let mut list = ListState::default();
        list.select(log.entries().len().saturating_sub(1));
        Self { list }
    }

    pub(super) fn on_action(&mut self, action: Action, log: &Log) -> Reply {
        let len = log.entries().len();
        match (action, self.list.selected(len)) {
            (Action::Copy, Some(row)) => Effect::Copy(log.entries()[row].text.clone()).into(),
            (other, _) => Reply::taken(self.list.on_action(other, len)),
        }
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, (look, log): (&Look<'_>, &Log)) {
        let entries = log.entries();
        let panel = Panel::new("log").note(format!("{} entries, times in UTC", entries.len()));
        let inner = panel.render_over(frame, area, look.theme);
        if entries.is_empty() {
            message(frame, inner, ("Nothing has happened yet.".into(), &["esc closes"]), look.theme);
            return;
        }
        let columns = [Column::left("time", Constraint::Length(8)), Column::left("what", Constraint::Fill(1))];
        let row = |number: usize| {
            let entry = &entries[number];
            let mark = Span::styled(format!("{} ", entry.severity.mark()), entry.severity.style(look.theme));
            Row::from_iter([
                Line::styled(time_of_day(entry.at), look.theme.muted),
                Line::from(vec![mark, Span::raw(entry.text.as_str())]),
            ])
        };
        self.list.seen(inner.height.saturating_sub(1));
        let selected = self.list.selected(entries.len());
        Table { columns: &columns, len: entries.len(), selected, row: &row }.render(frame, inner, look.style());
    }
}
