//! The benchmark of the calls against known labels: measures for each k, and the confusion of cell types. In: a
//! column of the file. Out: a view only.

mod draw;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    results::CallOptions,
    tui::{
        action::Action,
        effect::Effect,
        keymap::{Context, Key},
        msg::Answer,
        pane::{Look, Reply, columns::ColumnPicker, picker::Picked},
        query::{
            QuerySlot,
            benchmark::{Measure, Measured},
            shared::FileOutline,
        },
        widget::ListState,
    },
};

/// The benchmark of the calls against known labels.
#[derive(Debug)]
pub struct BenchmarkView {
    picker: ColumnPicker,
    is_picking: bool,
    /// The column of the last query.
    column: Option<String>,
    calls: CallOptions,
    measured: QuerySlot<Measured>,
    /// The shown k, from 0.
    k: usize,
    class: ListState,
}

impl BenchmarkView {
    /// Creates a view that asks first which column holds the known labels; `None` for a file without a column of
    /// labels. `opening` counts the dialogs opened so far.
    pub fn new(file: &FileOutline, calls: CallOptions, opening: u32) -> Option<Self> {
        file.cluster_columns().next()?;
        Some(Self {
            picker: ColumnPicker::new(file, "known labels are in", file.likely_labels("")),
            is_picking: true,
            column: None,
            calls,
            measured: QuerySlot::of_dialog("benchmark", opening),
            k: 0,
            class: ListState::default(),
        })
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        if self.is_picking { &[Context::Input] } else { &[Context::Benchmark, Context::List, Context::Global] }
    }

    pub(super) fn is_typing(&self) -> bool {
        self.is_picking
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.picker.on_key(key)
    }

    fn classes(&self) -> usize {
        self.measured.value().and_then(|measured| measured.classes.get(self.k)).map_or(0, Vec::len)
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        if self.is_picking {
            return self.pick(action);
        }
        let most = self.measured.value().map_or(0, |measured| measured.benchmark.by_k.len().saturating_sub(1));
        match action {
            Action::GroupBy => self.is_picking = true,
            Action::Left => self.k = self.k.saturating_sub(1),
            Action::Right => self.k = (self.k + 1).min(most),
            Action::Copy => return self.copy(),
            other => return Reply::taken(self.class.on_action(other, self.classes())),
        }
        Reply::done()
    }

    fn pick(&mut self, action: Action) -> Reply {
        match self.picker.on_action(action) {
            (Picked::Open, _) => Reply::done(),
            // Without a column there is nothing to show.
            (Picked::Closed, _) if self.column.is_none() => Reply::Pass,
            (Picked::Done(_), Some(column)) => {
                self.is_picking = false;
                self.column = Some(column.clone());
                self.measured.ask(Measure { column, calls: self.calls.clone() }).into()
            }
            (Picked::Closed | Picked::Done(_), _) => {
                self.is_picking = false;
                Reply::done()
            }
        }
    }

    /// Copies the measures as a table of tab-separated values.
    fn copy(&self) -> Reply {
        self.measured.value().map_or_else(Reply::done, |measured| Effect::CopyLines(draw::as_text(measured)).into())
    }

    /// Handles an answer; called for every answer while the view is open.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if self.measured.on_answer(answer) {
            self.class = ListState::default();
        }
        Vec::new()
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        if self.is_picking {
            return self.picker.on_click(at);
        }
        let rows = self.classes();
        self.class.hit(rows, at);
        None
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        draw::render(self, frame, area, look);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ColumnHeader, ColumnKind};

    #[test]
    fn a_file_without_labels_has_no_benchmark() {
        let file = |kinds: &[ColumnKind]| {
            let header = |kind: &ColumnKind| ColumnHeader { name: "column".into(), kind: *kind };
            FileOutline { obs: kinds.iter().map(header).collect(), ..FileOutline::default() }
        };
        let opens = |kinds: &[ColumnKind]| BenchmarkView::new(&file(kinds), CallOptions::default(), 1).is_some();
        assert!(!opens(&[]) && !opens(&[ColumnKind::Real]));
        assert!(opens(&[ColumnKind::Real, ColumnKind::Categorical { categories: 3 }]));
    }
}
