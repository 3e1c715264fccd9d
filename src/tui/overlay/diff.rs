//! The differences from another run of the same cells. In: runs to choose from. Out: the changed cells, to show or to
//! mark.

mod draw;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::accept;
use crate::{
    domain::OperationKind,
    results::{CallOptions, Clusters},
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        facts::RecentRun,
        keymap::{Context, Key},
        log::Severity,
        msg::Answer,
        pane::{
            Look, Reply,
            picker::{Choice, Picked, Picker, Takes},
        },
        query::{
            QuerySlot, SharedQueries,
            differences::{Compare, Differences},
        },
        text,
        widget::ListState,
    },
};

/// The differences from another run of the same cells.
#[derive(Debug)]
pub struct DiffView {
    /// The runs to choose from.
    runs: Vec<PathBuf>,
    picker: Picker,
    is_picking: bool,
    other: Option<PathBuf>,
    calls: CallOptions,
    clusters: Option<Arc<Clusters>>,
    found: QuerySlot<Differences>,
    change: ListState,
}

/// Returns the name of each folder, with as many of the folders above it as distinguish it from the others.
fn distinct_names(folders: &[PathBuf]) -> Vec<String> {
    let ending = |folder: &Path, parts: usize| {
        let all: Vec<_> = folder.iter().collect();
        all[all.len().saturating_sub(parts)..].iter().collect::<PathBuf>()
    };
    let name = |folder: &PathBuf| {
        let depth = folder.iter().count();
        let is_distinct = |parts: &usize| {
            let own = ending(folder, *parts);
            folders.iter().filter(|other| ending(other, *parts) == own).count() == 1
        };
        let parts = (1..depth).find(is_distinct).unwrap_or(depth);
        ending(folder, parts).to_string_lossy().into_owned()
    };
    folders.iter().map(name).collect()
}

impl DiffView {
    /// Creates a view that first asks for the run to compare with; runs with the same number of cells come first.
    /// `opening` counts the dialogs opened so far.
    pub fn new(queries: &SharedQueries, others: &[&RecentRun], calls: CallOptions, opening: u32) -> Self {
        let fits = |run: &&RecentRun| run.operation == OperationKind::OntologyAware;
        let mut runs: Vec<&RecentRun> = others.iter().copied().filter(fits).collect();
        runs.sort_by_key(|run| run.cells != queries.cells() as u64);
        let choice = |(name, run): (String, &&RecentRun)| {
            let hint = format!("{} cells, {}", text::count(run.cells), run.model);
            Choice { name, hint, is_chosen: false }
        };
        let folders: Vec<PathBuf> = runs.iter().map(|run| run.folder.clone()).collect();
        let choices = distinct_names(&folders).into_iter().zip(&runs).map(choice).collect();
        Self {
            picker: Picker::new("compare with", choices, Takes::One),
            runs: folders,
            is_picking: true,
            other: None,
            calls,
            clusters: queries.clusters().value().cloned(),
            found: QuerySlot::of_dialog("diff", opening),
            change: ListState::default(),
        }
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        if self.is_picking { &[Context::Input] } else { &[Context::Diff, Context::List, Context::Global] }
    }

    pub(super) fn is_typing(&self) -> bool {
        self.is_picking
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.picker.on_key(key)
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        self.picker.on_paste(text);
    }

    fn changes(&self) -> usize {
        self.found.value().map_or(0, |found| found.changes.len())
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        if self.is_picking {
            return self.pick(action);
        }
        match action {
            Action::Diff => {
                self.is_picking = true;
                Reply::done()
            }
            Action::Accept => self.show_cells(),
            Action::Mark => self.mark(),
            other => Reply::taken(self.change.on_action(other, self.changes())),
        }
    }

    fn pick(&mut self, action: Action) -> Reply {
        let typed = Some(self.picker.typed().trim()).filter(|text| text.contains('/')).map(PathBuf::from);
        let chosen = match (self.picker.on_action(action), typed) {
            (Picked::Open, _) => return Reply::done(),
            (Picked::Done(places), _) => places.first().map(|place| self.runs[*place].clone()),
            // The typed path of a run that is not in the list.
            (Picked::Closed, Some(path)) if action == Action::Accept => Some(path),
            (Picked::Closed, _) => None,
        };
        match chosen {
            Some(other) => {
                self.is_picking = false;
                self.other = Some(other.clone());
                self.found.ask(Compare { other, calls: self.calls.clone(), clusters: self.clusters.clone() }).into()
            }
            None if action == Action::Accept => Reply::done(),
            // Without another run there is nothing to show.
            None if self.other.is_none() => Reply::Pass,
            None => {
                self.is_picking = false;
                Reply::done()
            }
        }
    }

    /// Returns the cells of the change under the cursor.
    fn cells(&self) -> Option<Vec<usize>> {
        let found = self.found.value()?;
        self.change.selected(found.changes.len()).map(|row| found.changes[row].rows.clone())
    }

    /// Goes back to the cells table, which shows exactly the cells of the change under the cursor.
    fn show_cells(&self) -> Reply {
        let Some(cells) = self.cells() else { return Reply::done() };
        let said = format!("{} cells that differ; esc shows all cells", text::count(cells.len() as u64));
        Reply::Done(vec![
            Effect::Step(Step::Leave),
            Effect::Step(Step::Change(Change::Differing(cells))),
            Effect::say(Severity::Good, said),
        ])
    }

    /// Adds the cells of the change under the cursor to the marked cells.
    fn mark(&self) -> Reply {
        let Some(cells) = self.cells() else { return Reply::done() };
        let said =
            format!("{} cells marked; the filter marked=yes shows all marked cells", text::count(cells.len() as u64));
        Reply::Done(vec![Effect::Step(Step::Change(Change::Mark(cells))), Effect::say(Severity::Good, said)])
    }

    /// Handles an answer; called for every answer while the view is open.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if self.found.on_answer(answer) {
            self.change = ListState::default();
        }
        Vec::new()
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        if self.is_picking {
            return self.picker.on_click(at);
        }
        let rows = self.changes();
        self.change.hit(rows, at).and_then(accept)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        draw::render(self, frame, area, look);
    }
}
