//! The files of recent runs.

use std::path::PathBuf;

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::Span,
};

use super::{FilePicker, Mode, Picked};
use crate::tui::{
    action::Action,
    facts::Facts,
    pane::{Focus, Look, Reply},
    text,
    widget::{Column, Panel, Row, Table},
};

impl FilePicker {
    pub(super) fn on_recent_action(&mut self, action: Action, facts: &Facts) -> Picked {
        let recent = recent_files(facts);
        match (action, self.recent.selected(recent.len())) {
            (Action::Accept, Some(row)) => {
                self.mode = Mode::Files;
                Picked::Path(recent[row].clone())
            }
            (Action::NextPane | Action::PreviousPane | Action::Back, _) | (Action::Accept, None) => {
                self.turn_to(Mode::Files).into()
            }
            (other, _) => Reply::taken(self.recent.on_action(other, recent.len())).into(),
        }
    }

    pub(super) fn render_recent(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, recent: &[PathBuf]) {
        let look = look.part(if self.mode == Mode::Recent { Focus::Here } else { Focus::Elsewhere });
        let inner = Panel::new("recent files").render(frame, area, look.style());
        if recent.is_empty() {
            frame.render_widget(Span::styled("none yet", look.theme.muted), inner);
            return;
        }
        let columns = [Column::left("", Constraint::Fill(1))];
        let width = usize::from(inner.width).saturating_sub(2);
        let row =
            |number: usize| Row::from_iter([text::fit_end(&recent[number].to_string_lossy(), width).into_owned()]);
        self.recent.drawn(inner);
        let selected = (self.mode == Mode::Recent).then(|| self.recent.selected(recent.len())).flatten();
        Table { columns: &columns, len: recent.len(), selected, row: &row }.render_rows(frame, inner, look.style());
    }
}

/// Returns the files of recent runs, each once.
pub(super) fn recent_files(facts: &Facts) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for run in facts.runs.ready().into_iter().flatten() {
        if !files.contains(&run.input) {
            files.push(run.input.clone());
        }
    }
    files
}
