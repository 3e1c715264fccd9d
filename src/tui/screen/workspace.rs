//! An open run: its panes, of which one has focus, and the selection that they share.

mod actions;
mod draw;
mod keys;
mod layout;
mod tabs;
mod trail;

use std::{cell::Cell, sync::Arc};

use ratatui::layout::Rect;

use crate::{
    domain::OperationKind,
    tui::{
        action::Action,
        effect::{Change, Effect},
        facts::{Clock, Facts},
        keymap::{Context, Key},
        msg::{Answer, Pointer},
        pane::{self, Pane, PaneKind, Reply, cells::CellsPane, run::RunPane},
        query::SharedQueries,
        selection::Selection,
        shell_commands::RunSubject,
        view_state::ViewState,
        widget::Panel,
    },
};
use draw::Areas;
use trail::Trail;

/// An open run.
#[derive(Debug)]
pub struct Workspace {
    run: RunPane,
    /// The cells table, which determines the selected cell.
    cells: CellsPane,
    /// The other panes.
    panes: Vec<Box<dyn Pane>>,
    /// The panes in the order of their last focus, the latest first; the first has focus.
    order: Vec<PaneKind>,
    zoom: Zoom,
    /// The way back from a pane that another one has opened.
    trail: Trail,
    /// The number of panes that fit in the last frame. It does not affect drawing.
    room: Cell<usize>,
    selection: Selection,
    queries: Arc<SharedQueries>,
    /// The number of opened dialogs with their own queries.
    dialogs: u32,
    /// The view state in the run's file.
    view_state: ViewState,
}

/// The number of shown panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zoom {
    /// All panes that fit.
    Several,
    /// The pane with focus only.
    One,
}

impl Workspace {
    /// Opens a run with the panes that apply to it.
    #[cfg(test)]
    pub fn open(facts: crate::tui::facts::RunFacts) -> (Self, Vec<Effect>) {
        Self::of(RunPane::new(facts))
    }

    /// Opens a run from its pane, with the panes that apply to it.
    pub fn of(run: RunPane) -> (Self, Vec<Effect>) {
        let facts = run.facts();
        let mut queries = SharedQueries::of(facts);
        let view_state = facts.view_state.clone();
        let cell = (facts.cells > 0).then_some(0);
        let selection = Selection { cell, thresholds: view_state.thresholds(), ..Selection::default() };
        let mut effects = queries.open(&selection);
        effects.push(Effect::WatchRun(facts.folder.clone()));
        let queries = Arc::new(queries);
        let mut cells = CellsPane::new(&queries);
        cells.restore(&view_state);
        let mut panes = pane::panes_for(&queries);
        panes.iter_mut().for_each(|pane| pane.restore(&view_state));
        // Show a run that is worked on, otherwise an overview of its results, or its cells.
        let mut order = vec![PaneKind::Run, PaneKind::Overview, PaneKind::Cells];
        let has_nothing = |kind| panes.iter().any(|pane| pane.kind() == kind && pane.is_empty());
        order.sort_by_key(|kind| (*kind == PaneKind::Run && !run.is_active(), has_nothing(*kind)));
        order.extend(panes.iter().map(|pane| pane.kind()).filter(|kind| *kind != PaneKind::Overview));
        let (trail, room) = (Trail::default(), Cell::new(usize::MAX));
        let zoom = Zoom::Several;
        (Self { run, cells, panes, order, zoom, trail, room, selection, queries, dialogs: 0, view_state }, effects)
    }

    /// Closes the run and returns its pane, with the progress and the view state.
    pub fn leave(self) -> RunPane {
        let view_state = self.keep();
        self.run.left(view_state)
    }

    /// Returns the run's own pane.
    pub fn run(&self) -> &RunPane {
        &self.run
    }

    /// Returns the selection.
    #[cfg(test)]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Returns the shared queries of the run.
    #[cfg(test)]
    pub fn queries(&self) -> &SharedQueries {
        &self.queries
    }

    /// Returns the run as the subject of shell commands.
    pub fn as_subject(&self) -> RunSubject<'_> {
        RunSubject {
            folder: self.queries.folder(),
            kind: self.queries.kind(),
            clusters: self.selection.cluster_column.as_deref(),
            calls: self.selection.thresholds.call_options(),
        }
    }

    /// Returns the pane with focus.
    pub fn focused(&self) -> PaneKind {
        self.order.first().copied().unwrap_or(PaneKind::Run)
    }

    fn pane(&self, kind: PaneKind) -> &dyn Pane {
        if kind == PaneKind::Cells {
            return &self.cells;
        }
        self.panes.iter().find(|pane| pane.kind() == kind).map_or(&self.run, |pane| pane.as_ref())
    }

    fn pane_mut(&mut self, kind: PaneKind) -> &mut dyn Pane {
        if kind == PaneKind::Cells {
            return &mut self.cells;
        }
        match self.panes.iter_mut().find(|pane| pane.kind() == kind) {
            Some(pane) => pane.as_mut(),
            None => &mut self.run,
        }
    }

    /// Notifies every pane of results, the cells table first, and returns their effects.
    fn tell_panes(
        &mut self,
        mut tell: impl FnMut(&mut dyn Pane, &Arc<SharedQueries>, &Selection) -> Vec<Effect>,
    ) -> Vec<Effect> {
        let mut effects = tell(&mut self.cells, &self.queries, &self.selection);
        effects.extend(self.panes.iter_mut().flat_map(|pane| tell(pane.as_mut(), &self.queries, &self.selection)));
        effects
    }

    /// Returns the run's panes, in the order of their digits.
    fn kinds(&self) -> Vec<PaneKind> {
        let mut kinds = self.order.clone();
        kinds.sort();
        kinds
    }

    /// Returns the contexts of the keys of the pane with focus.
    pub fn contexts(&self) -> Vec<Context> {
        let mut contexts = self.pane(self.focused()).contexts().to_vec();
        if !self.is_typing() {
            contexts.extend([Context::Results, Context::List, Context::Global]);
        }
        contexts
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        self.pane(self.focused()).is_typing()
    }

    /// Handles a key while typing.
    pub fn on_key(&mut self, key: Key) -> Vec<Effect> {
        let pane = self.pane_mut(self.focused());
        pane.on_key(key);
        pane.after_typing()
    }

    /// Inserts pasted text.
    pub fn on_paste(&mut self, text: &str) -> Vec<Effect> {
        let pane = self.pane_mut(self.focused());
        pane.on_paste(text);
        pane.after_typing()
    }

    /// Performs an action in the pane with focus, or else in the workspace.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> Reply {
        let before = self.keep();
        let reply = self.do_action(action, facts);
        match reply {
            Reply::Done(mut effects) => {
                effects.extend(self.note_change(before));
                Reply::Done(effects)
            }
            Reply::Pass => Reply::Pass,
        }
    }

    fn do_action(&mut self, action: Action, facts: &Facts) -> Reply {
        let mut selection = self.selection.clone();
        let before = self.view();
        let focused = self.pane_mut(self.focused());
        let has_nothing = focused.is_empty() && keys::takers(action).is_some();
        let reply = if has_nothing { Reply::Pass } else { focused.on_action(action, &mut selection) };
        let reply = match reply {
            Reply::Pass => self.on_shared_action(action, facts, &mut selection),
            done @ Reply::Done(_) => done,
        };
        let mut told = self.tell(selection);
        if action == Action::Back {
            told.extend(self.back_if_undone(&before).into_effects());
        }
        match reply {
            Reply::Done(mut effects) => {
                effects.extend(told);
                Reply::Done(effects)
            }
            Reply::Pass => Reply::Pass,
        }
    }

    /// Changes the selection.
    pub fn change(&mut self, change: Change) -> Vec<Effect> {
        let before = self.keep();
        let (mut selection, from) = (self.selection.clone(), self.focused());
        let mut effects = Vec::new();
        match change {
            Change::Thresholds(thresholds) => selection.thresholds = thresholds,
            Change::Mark(rows) => selection.marked.extend(rows),
            Change::Differing(rows) => {
                selection.differing = rows.into();
                effects.extend(self.open_pane(PaneKind::Cells).into_effects());
                effects.extend(self.cells.show_differing(&selection));
            }
            Change::AddGene(gene) => {
                selection.add_gene(gene);
                if selection == self.selection {
                    // It is chosen already, but its reading may have failed.
                    let mut queries = (*self.queries).clone();
                    effects.extend(queries.read_genes(&selection));
                    self.queries = Arc::new(queries);
                }
            }
            Change::Filter(text) => {
                effects.extend(self.open_pane(PaneKind::Cells).into_effects());
                effects.extend(self.cells.show_filtered(&text, &selection));
            }
            Change::Pane(kind) => effects.extend(self.open_pane(kind).into_effects()),
            Change::Group(group) => {
                effects.extend(self.open_pane(PaneKind::Ontology).into_effects());
                selection.group = group;
            }
        }
        effects.extend(self.tell(selection));
        if self.focused() != from {
            self.trail.arrive(self.view());
        }
        effects.extend(self.note_change(before));
        effects
    }

    /// Returns the current view state.
    fn keep(&self) -> ViewState {
        let mut view_state = self.view_state.clone();
        view_state.save_thresholds(&self.selection.thresholds);
        view_state.clusters = self.chosen_clusters();
        self.cells.keep(&mut view_state);
        self.panes.iter().for_each(|pane| pane.keep(&mut view_state));
        view_state
    }

    /// Returns the cluster column that the user chose, or `None` for the default. Before the columns are known,
    /// returns the stored one.
    fn chosen_clusters(&self) -> Option<String> {
        let Some(column) = &self.selection.cluster_column else { return self.view_state.clusters.clone() };
        let file = self.queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
        let is_default = file.is_some_and(|file| file.likely_clusters() == Some(column.as_str()));
        (!is_default).then(|| column.clone())
    }

    /// Saves the view state if it has changed. Automatic choices of panes alone are not saved.
    fn note_change(&mut self, before: ViewState) -> Option<Effect> {
        let now = self.keep();
        if now == before {
            return None;
        }
        self.view_state = now.clone();
        Some(Effect::SaveViewState(self.run.facts().folder.clone(), Box::new(now)))
    }

    /// Sets the selection and notifies all panes. The cells table determines the selected cell.
    fn tell(&mut self, mut selection: Selection) -> Vec<Effect> {
        let (wanted, current) = (selection.cell, self.selection.cell);
        selection.cell = self.cells.settle(wanted, current);
        let mut effects = Vec::new();
        if wanted != current && wanted != selection.cell {
            effects.push(Effect::hint("the filter hides that cell; esc in 1 cells shows all cells"));
        }
        if selection == self.selection {
            return effects;
        }
        self.selection = selection;
        let mut queries = (*self.queries).clone();
        effects.extend(queries.on_selection(&self.selection));
        self.queries = Arc::new(queries);
        effects.extend(self.pass_queries());
        effects.extend(self.tell_panes(|pane, _, selection| pane.on_selection(selection)));
        // A notified pane may have changed the list of cells.
        effects.extend(self.settle());
        effects
    }

    /// Selects the cell under the cursor after a change of the list of cells.
    fn settle(&mut self) -> Vec<Effect> {
        let cell = self.cells.settle(self.selection.cell, self.selection.cell);
        if cell == self.selection.cell { Vec::new() } else { self.tell(Selection { cell, ..self.selection.clone() }) }
    }

    /// Handles an answer, unless it is news of another run.
    pub fn on_answer(&mut self, answer: &Answer, now: Clock) -> Vec<Effect> {
        if answer.run().is_some_and(|folder| folder != self.run.facts().folder) {
            return Vec::new();
        }
        let before = matches!(answer, Answer::Exported(_)).then(|| self.keep());
        let mut effects = self.run.on_answer(answer, now);
        effects.extend(self.tell_panes(|pane, _, _| pane.on_answer(answer, now)));
        let mut queries = (*self.queries).clone();
        let (changed, asked) = queries.on_answer(answer, now);
        if changed || !asked.is_empty() {
            self.queries = Arc::new(queries);
            effects.extend(asked);
            effects.extend(self.pass_queries());
        }
        effects.extend(self.choose_clusters());
        effects.extend(self.settle());
        effects.extend(before.and_then(|before| self.note_change(before)));
        effects
    }

    /// Passes the shared queries to all panes.
    fn pass_queries(&mut self) -> Vec<Effect> {
        let mut effects = self.run.on_queries(&self.queries, &self.selection);
        effects.extend(self.tell_panes(|pane, queries, selection| pane.on_queries(queries, selection)));
        effects
    }

    /// Selects the likely cluster column once the columns are known, unless the user chose one.
    fn choose_clusters(&mut self) -> Vec<Effect> {
        if self.selection.cluster_column.is_some() {
            return Vec::new();
        }
        let file = self.queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
        let Some(file) = file else { return Vec::new() };
        let chosen =
            self.view_state.clusters.as_deref().filter(|chosen| file.cluster_columns().any(|column| column == *chosen));
        let Some(column) = chosen.or_else(|| file.likely_clusters()).map(str::to_owned) else { return Vec::new() };
        self.tell(Selection { cluster_column: Some(column), ..self.selection.clone() })
    }

    /// Scrolls the pane under the pointer, or gives it focus and selects the row under the pointer. While the user types,
    /// only items of an open list can be clicked.
    pub fn on_pointer(&mut self, pointer: Pointer, area: Rect, facts: &Facts) -> Reply {
        let Areas { tabs, panes } = self.areas(area);
        let scrolls = pointer.gesture.scrolls();
        if scrolls.is_none() && self.is_typing() {
            let again = self.pane_mut(self.focused()).on_choice_click(pointer.at);
            return again.map_or_else(Reply::done, |action| self.on_action(action, facts));
        }
        if tabs.contains(pointer.at) && scrolls.is_none() {
            let tab = tabs::at(&self.tabs(), tabs.width, pointer.at.x - tabs.x);
            return tab.map_or_else(Reply::done, |kind| self.show(kind));
        }
        let Some((kind, place)) = panes.into_iter().find(|(_, place)| place.contains(pointer.at)) else {
            return Reply::done();
        };
        let before = self.keep();
        let mut selection = self.selection.clone();
        let reply = match scrolls {
            Some(scroll) => self.pane_mut(kind).on_wheel(scroll, pointer.at, Panel::inside(place), &mut selection),
            None => {
                let shown = self.show(kind);
                let clicked = self.pane_mut(kind).on_click(pointer.at, Panel::inside(place), &mut selection);
                shown.and(clicked)
            }
        };
        let told = self.tell(selection);
        let mut effects = match reply {
            Reply::Done(effects) => effects,
            Reply::Pass => Vec::new(),
        };
        effects.extend(told);
        effects.extend(self.note_change(before));
        Reply::Done(effects)
    }

    /// Returns whether an action has an effect in this run. The footer hides the others.
    pub fn offers(&self, action: Action) -> bool {
        match action {
            Action::Benchmark => {
                self.queries.kind() == OperationKind::OntologyAware && !self.pane(PaneKind::Clusters).is_empty()
            }
            Action::Consensus => self.has_consensus(),
            Action::Diff => self.queries.kind() == OperationKind::OntologyAware,
            // The hint is for panes that have nothing else to show; the key works in any case.
            Action::Cluster => {
                let focused = self.pane(self.focused());
                matches!(focused.kind(), PaneKind::Clusters | PaneKind::Embedding) && focused.is_empty()
            }
            Action::GroupBy => !self.pane(PaneKind::Clusters).is_empty(),
            Action::ZoomPane => self.room.get() > 1 || self.zoom == Zoom::One,
            other => {
                let pane = self.pane(self.focused());
                let takes = keys::takers(other).is_none_or(|panes| panes.contains(&pane.kind()) && !pane.is_empty());
                takes && pane.offers(other)
            }
        }
    }
}
