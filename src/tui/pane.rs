//! The contract of a pane. A pane draws a part of an open run and turns actions into effects. It waits for nothing,
//! and receives the shared selection from the workspace.

pub(crate) mod cells;
mod clustering;
pub(crate) mod clusters;
pub(crate) mod columns;
mod copied_rows;
pub(crate) mod dot_plot;
pub(crate) mod embedding;
pub(crate) mod evidence;
mod flagged;
pub(crate) mod look_up;
mod marker_genes;
pub(crate) mod matches;
pub(crate) mod metadata;
pub(crate) mod neighbors;
pub(crate) mod ontology;
pub(crate) mod overview;
pub(crate) mod picker;
mod reference_cells;
pub(crate) mod run;
pub(super) mod score;
mod selected_cell;
#[cfg(test)]
mod stage;
pub(crate) mod summary;
mod term_tree;
mod terms;
mod tree_columns;
mod unreadable;
mod wanted_dots;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    action::Action,
    effect::Effect,
    facts::{Clock, Facts},
    keymap::{Context, Key, Keymap},
    log::Log,
    msg::Answer,
    overlay::copy_menu::CopyItem,
    query::{SharedQueries, figure::PaneFigure},
    selection::Selection,
    theme::Theme,
    view_state::ViewState,
    widget::WidgetStyle,
};

pub(crate) use super::focus::Focus;

use crate::domain::OperationKind;

/// Everything that drawing may use.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Styles by meaning.
    pub theme: &'a Theme,
    /// The focus.
    pub focus: Focus,
    /// The current time.
    pub now: Clock,
    /// The data shared by all screens.
    pub facts: &'a Facts,
    /// The key table, for messages that name keys.
    pub keymap: &'a Keymap,
    /// The log.
    pub log: &'a Log,
}

/// The reply of a pane or a screen to an action.
#[derive(Debug)]
pub enum Reply {
    /// The action was not handled and is passed on.
    Pass,
    /// The action was handled, with these effects.
    Done(Vec<Effect>),
}

/// The panes of a run, in the order of their tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaneKind {
    /// O: cell types, groups and doubtful calls.
    Overview,
    /// 1: the table of cells.
    Cells,
    /// 2: the ontology of a group.
    Ontology,
    /// 3: the matches of the cell.
    Matches,
    /// 4: the neighbors of the cell.
    Neighbors,
    /// 5: clusters.
    Clusters,
    /// 6: the embedding.
    Embedding,
    /// 7: metadata of the neighbors.
    Metadata,
    /// 8: look-up of reference cells.
    LookUp,
    /// 9: summary statistics.
    Summary,
    /// E: the genes that support the call of the cell.
    Evidence,
    /// P: genes in groups of cells.
    DotPlot,
    /// 0: the run itself.
    Run,
}

/// A part of an open run. See the module's documentation.
pub trait Pane: std::fmt::Debug {
    /// Returns the kind of the pane.
    fn kind(&self) -> PaneKind;

    /// Returns the note at the right of the title: counts, order, filter.
    fn note(&self) -> String {
        String::new()
    }

    /// Returns the note where [`Pane::note`] does not fit.
    fn short_note(&self) -> String {
        self.note()
    }

    /// Returns the figure of what the pane shows, for the export dialog; `None` without one.
    fn figure(&self) -> Option<PaneFigure> {
        None
    }

    /// Returns whether the pane has nothing to show in this kind of run, whatever is selected. Such a pane is shown
    /// only when it has focus.
    fn is_empty(&self) -> bool {
        false
    }

    /// Returns whether an action has an effect here. The footer hides the others.
    fn offers(&self, _action: Action) -> bool {
        true
    }

    /// Returns the contexts of the pane's keys, the most specific first; those of results, lists and the whole
    /// interface follow. While typing, returns only [`Context::Input`] and contexts for the typed text.
    fn contexts(&self) -> &'static [Context];

    /// Handles a step of the wheel, [`Action::Up`] or [`Action::Down`], at a position of a pane drawn in an area.
    fn on_wheel(&mut self, scroll: Action, _at: Position, _area: Rect, selection: &mut Selection) -> Reply {
        self.on_action(scroll, selection)
    }

    /// Returns whether keys are text now, and go to [`Pane::on_key`].
    fn is_typing(&self) -> bool {
        false
    }

    /// Handles a key while typing, and returns whether it had an effect.
    fn on_key(&mut self, _key: Key) -> bool {
        false
    }

    /// Returns the effects of the typed text, after a key or a paste.
    fn after_typing(&mut self) -> Vec<Effect> {
        Vec::new()
    }

    /// Inserts pasted text while typing.
    fn on_paste(&mut self, _text: &str) {}

    /// Performs an action. All panes see a change of the selection.
    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply;

    /// Handles a click at a position in the area of [`Pane::render`].
    fn on_click(&mut self, _at: Position, _area: Rect, _selection: &mut Selection) -> Reply {
        Reply::Pass
    }

    /// Selects the item at a position of an open list to choose from, and returns the action of another click on it.
    fn on_choice_click(&mut self, _at: Position) -> Option<Action> {
        None
    }

    /// Handles that the pane gets or loses the focus.
    fn on_focus(&mut self, _focus: Focus, _selection: &Selection) -> Vec<Effect> {
        Vec::new()
    }

    /// Handles a change of the selection, by any pane.
    fn on_selection(&mut self, _selection: &Selection) -> Vec<Effect> {
        Vec::new()
    }

    /// Handles a change of the shared queries. The first call follows the opening of the run.
    fn on_queries(&mut self, _study: &Arc<SharedQueries>, _selection: &Selection) -> Vec<Effect> {
        Vec::new()
    }

    /// Handles an answer; called for every answer while the run is open.
    fn on_answer(&mut self, _answer: &Answer, _now: Clock) -> Vec<Effect> {
        Vec::new()
    }

    /// Returns the texts about the selection that can be copied.
    fn copies(&self, _selection: &Selection) -> Vec<CopyItem> {
        Vec::new()
    }

    /// Saves the pane's part of the view state.
    fn keep(&self, _view_state: &mut ViewState) {}

    /// Restores the pane from the view state of the last session, once the run was opened.
    fn restore(&mut self, _view_state: &ViewState) {}

    /// Draws the content inside the pane's frame. Must have an empty, a loading and an error state in words, with the
    /// keys to press ([`super::widget::Message`]).
    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection);
}

impl PaneKind {
    /// All kinds, in the order of their tabs.
    pub const ALL: [Self; 13] = [
        Self::Overview,
        Self::Cells,
        Self::Ontology,
        Self::Matches,
        Self::Neighbors,
        Self::Clusters,
        Self::Embedding,
        Self::Metadata,
        Self::LookUp,
        Self::Summary,
        Self::Evidence,
        Self::DotPlot,
        Self::Run,
    ];

    /// Returns the title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Cells => "cells",
            Self::Ontology => "ontology",
            Self::Matches => "matches",
            Self::Neighbors => "neighbors",
            Self::Clusters => "clusters",
            Self::Embedding => "embedding",
            Self::Metadata => "metadata",
            Self::LookUp => "look-up",
            Self::Summary => "summary",
            Self::Evidence => "genes",
            Self::DotPlot => "dotplot",
            Self::Run => "run",
        }
    }

    /// Returns a shorter title, for narrow screens.
    pub fn short_title(self) -> &'static str {
        match self {
            Self::Overview => "all",
            Self::Cells => "cells",
            Self::Ontology => "tree",
            Self::Matches => "match",
            Self::Neighbors => "near",
            Self::Clusters => "cluster",
            Self::Embedding => "plot",
            Self::Metadata => "meta",
            Self::LookUp => "ids",
            Self::Summary => "stats",
            Self::Evidence => "genes",
            Self::DotPlot => "dots",
            Self::Run => "run",
        }
    }

    /// Returns the key that shows the pane in the bundled key table.
    pub fn key(self) -> char {
        match self {
            Self::Overview => 'O',
            Self::Cells => '1',
            Self::Ontology => '2',
            Self::Matches => '3',
            Self::Neighbors => '4',
            Self::Clusters => '5',
            Self::Embedding => '6',
            Self::Metadata => '7',
            Self::LookUp => '8',
            Self::Summary => '9',
            Self::Evidence => 'E',
            Self::DotPlot => 'P',
            Self::Run => '0',
        }
    }

    /// Returns whether the pane shows calls, which depend on the call threshold.
    pub fn shows_calls(self) -> bool {
        match self {
            Self::Overview | Self::Cells | Self::Ontology | Self::Matches | Self::Clusters | Self::Embedding => true,
            Self::Evidence | Self::DotPlot => true,
            Self::Neighbors | Self::Metadata | Self::LookUp | Self::Summary | Self::Run => false,
        }
    }

    /// Returns the pane that an action shows, if any.
    pub fn shown_by(action: Action) -> Option<Self> {
        let place = Action::PANES.iter().position(|shows| *shows == action)?;
        Self::ALL.get(place).copied()
    }
}

impl<'a> Look<'a> {
    /// Returns the same context with another focus.
    pub fn focused(self, focus: Focus) -> Look<'a> {
        Look { focus, ..self }
    }

    /// Returns the same context for a part of the pane: keys go to the part only if they go to the pane.
    pub fn part(self, focus: Focus) -> Look<'a> {
        Look { focus: if self.focus == Focus::Here { focus } else { Focus::Elsewhere }, ..self }
    }

    /// Returns the theme and the focus, as widgets take them.
    pub fn style(&self) -> WidgetStyle<'a> {
        WidgetStyle::new(self.theme, self.focus)
    }
}

impl Reply {
    /// Returns the reply for a handled action without effects.
    pub fn done() -> Self {
        Self::Done(Vec::new())
    }

    /// Returns [`Reply::Done`] with the effects, or [`Reply::Pass`] without effects.
    pub fn unless_empty(effects: impl IntoIterator<Item = Effect>) -> Self {
        let effects: Vec<Effect> = effects.into_iter().collect();
        if effects.is_empty() { Self::Pass } else { Self::Done(effects) }
    }

    /// Returns the effects of both replies; [`Reply::Pass`] if neither handled the action.
    pub fn and(self, next: Self) -> Self {
        match (self, next) {
            (Self::Done(mut effects), Self::Done(more)) => {
                effects.extend(more);
                Self::Done(effects)
            }
            (done @ Self::Done(_), Self::Pass) | (Self::Pass, done) => done,
        }
    }

    /// Returns the effects.
    pub fn into_effects(self) -> Vec<Effect> {
        match self {
            Self::Done(effects) => effects,
            Self::Pass => Vec::new(),
        }
    }

    /// Returns [`Reply::done`] if the action was handled, otherwise [`Reply::Pass`].
    pub fn taken(was: bool) -> Self {
        if was { Self::done() } else { Self::Pass }
    }
}

impl From<Effect> for Reply {
    fn from(effect: Effect) -> Self {
        Self::Done(vec![effect])
    }
}

/// Returns the panes of a run, except the run's own and the cells. The most informative for this kind of run come
/// first, as a screen shows those that fit. A new pane is added only here.
pub fn panes_for(queries: &Arc<SharedQueries>) -> Vec<Box<dyn Pane>> {
    let mut panes: Vec<Box<dyn Pane>> = vec![
        Box::new(ontology::OntologyPane::new(queries)),
        Box::new(matches::MatchesPane::new(queries)),
        Box::new(embedding::EmbeddingPane::new(queries.clone())),
        Box::new(clusters::ClustersPane::new(queries)),
        Box::new(overview::OverviewPane::new(queries)),
        Box::new(neighbors::NeighborsPane::new(queries.clone())),
        Box::new(metadata::MetadataPane::new(queries.clone())),
        Box::new(summary::SummaryPane::new(queries.clone())),
        Box::new(look_up::LookUpPane::new(queries.clone())),
        Box::new(evidence::EvidencePane::new(queries.clone())),
        Box::new(dot_plot::DotPlotPane::new(queries.clone())),
    ];
    let first: &[PaneKind] = match queries.kind() {
        OperationKind::OntologyAware => &[],
        OperationKind::SummaryStatistics => &[PaneKind::Summary, PaneKind::Embedding],
        OperationKind::Search => &[PaneKind::Neighbors, PaneKind::Metadata, PaneKind::Embedding],
    };
    panes.sort_by_key(|pane| first.iter().position(|kind| *kind == pane.kind()).unwrap_or(first.len()));
    panes
}
