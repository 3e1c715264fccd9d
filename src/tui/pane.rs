//! The contract of a pane. A pane draws a part of an open run and turns actions into effects; it waits for nothing,
//! and what it shows of the shared selection it is told.

pub mod cells;
pub mod clusters;
pub mod columns;
pub mod embedding;
mod flagged;
pub mod look_up;
pub mod matches;
pub mod metadata;
mod nearby;
pub mod neighbors;
pub mod ontology;
pub mod picker;
mod references;
pub mod run;
pub(super) mod score;
#[cfg(test)]
mod stage;
pub mod summary;
mod term_tree;
mod terms;
mod tree_columns;
mod unreadable;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    action::Action,
    effect::Effect,
    facts::{Facts, Moment},
    kept::Kept,
    keymap::{Context, Key, Keymap},
    log::Log,
    msg::Answer,
    overlay::copy_menu::CopyItem,
    selection::Selection,
    study::Study,
    theme::Theme,
};
use crate::domain::OperationKind;

/// Where the user's keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// To this pane.
    Here,
    /// To another.
    Elsewhere,
}

/// Everything that drawing may look at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Styles by meaning.
    pub theme: &'a Theme,
    /// Where keys go.
    pub focus: Focus,
    /// What time it is.
    pub now: Moment,
    /// What is known of the world.
    pub facts: &'a Facts,
    /// The key table, for messages that say what to press.
    pub keymap: &'a Keymap,
    /// What happened so far.
    pub log: &'a Log,
}

/// What a pane or a screen says to an action.
#[derive(Debug)]
pub enum Reply {
    /// Not mine: whoever is behind may take it.
    Pass,
    /// Taken, and this is to be done.
    Done(Vec<Effect>),
}

/// The panes of a run, in the order of their digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaneKind {
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
    /// 0: the run itself.
    Run,
}

/// A part of an open run. See the module's documentation.
pub trait Pane: std::fmt::Debug {
    /// Which one it is.
    fn kind(&self) -> PaneKind;

    /// What stands at the right of its title: counts, order, filter. Short.
    fn note(&self) -> String {
        String::new()
    }

    /// Returns what stands there where the note has no room.
    fn short_note(&self) -> String {
        self.note()
    }

    /// Whether it has nothing to show in such a run, whatever is selected. Such a pane is shown only when it has focus.
    fn is_empty(&self) -> bool {
        false
    }

    /// Whether an action does anything here now; others are not offered in the footer.
    fn offers(&self, _action: Action) -> bool {
        true
    }

    /// The contexts its keys are looked up in, the most special first; those of results, lists and everything follow by
    /// themselves. While it takes text, only [`Context::Input`] and contexts for what is typed.
    fn contexts(&self) -> &'static [Context];

    /// Whether keys are text now, and go to [`Pane::on_key`].
    fn is_typing(&self) -> bool {
        false
    }

    /// Takes a key while typing; whether it meant anything.
    fn on_key(&mut self, _key: Key) -> bool {
        false
    }

    /// What follows from the text as it stands after a key or a paste.
    fn after_typing(&mut self) -> Vec<Effect> {
        Vec::new()
    }

    /// Takes pasted text while typing.
    fn on_paste(&mut self, _text: &str) {}

    /// Does what an action means here. A change of the selection is seen by all panes.
    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply;

    /// Takes a click at a place of the area that [`Pane::render`] draws in.
    fn on_click(&mut self, _at: Position, _area: Rect, _selection: &mut Selection) -> Reply {
        Reply::Pass
    }

    /// Is told that the selection has changed, by whomever.
    fn on_selection(&mut self, _selection: &Selection) -> Vec<Effect> {
        Vec::new()
    }

    /// Is told that what all panes know has changed. The first time is when the run has just been opened.
    fn on_study(&mut self, _study: &Arc<Study>, _selection: &Selection) -> Vec<Effect> {
        Vec::new()
    }

    /// Is told of every answer while its run is open.
    fn on_answer(&mut self, _answer: &Answer, _now: Moment) -> Vec<Effect> {
        Vec::new()
    }

    /// What there is to copy of what is selected in it.
    fn copies(&self, _selection: &Selection) -> Vec<CopyItem> {
        Vec::new()
    }

    /// Puts down what of it is worth keeping for the next time.
    fn keep(&self, _kept: &mut Kept) {}

    /// Is told, once the run was opened, what was kept of the last time.
    fn restore(&mut self, _kept: &Kept) {}

    /// Draws what is inside its frame. Must have an empty, a loading and an error state in words, with what to press
    /// ([`super::widget::message`]).
    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection);
}

impl PaneKind {
    /// All of them, in the order of their digits.
    pub const ALL: [Self; 10] = [
        Self::Cells,
        Self::Ontology,
        Self::Matches,
        Self::Neighbors,
        Self::Clusters,
        Self::Embedding,
        Self::Metadata,
        Self::LookUp,
        Self::Summary,
        Self::Run,
    ];

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Ontology => "ontology",
            Self::Matches => "matches",
            Self::Neighbors => "neighbors",
            Self::Clusters => "clusters",
            Self::Embedding => "embedding",
            Self::Metadata => "metadata",
            Self::LookUp => "look-up",
            Self::Summary => "summary",
            Self::Run => "run",
        }
    }

    /// A shorter name, for narrow screens.
    pub fn short_title(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Ontology => "tree",
            Self::Matches => "matches",
            Self::Neighbors => "near",
            Self::Clusters => "cluster",
            Self::Embedding => "plot",
            Self::Metadata => "meta",
            Self::LookUp => "ids",
            Self::Summary => "stats",
            Self::Run => "run",
        }
    }

    /// Its digit.
    pub fn digit(self) -> char {
        let place = Self::ALL.iter().position(|kind| *kind == self).unwrap_or(0);
        // Ten panes, ten digits.
        char::from(b"1234567890"[place])
    }

    /// Whether it shows calls, which depend on the call threshold.
    pub fn shows_calls(self) -> bool {
        match self {
            Self::Cells | Self::Ontology | Self::Matches | Self::Clusters | Self::Embedding => true,
            Self::Neighbors | Self::Metadata | Self::LookUp | Self::Summary | Self::Run => false,
        }
    }

    /// The pane that an action shows, if it shows one.
    pub fn shown_by(action: Action) -> Option<Self> {
        let place = Action::PANES.iter().position(|shows| *shows == action)?;
        Self::ALL.get(place).copied()
    }
}

impl<'a> Look<'a> {
    /// The same for a part with or without focus.
    pub fn focused(self, focus: Focus) -> Look<'a> {
        Look { focus, ..self }
    }

    /// The same for a part of what is drawn: keys go to it only if they go to the whole.
    pub fn part(self, focus: Focus) -> Look<'a> {
        Look { focus: if self.focus == Focus::Here { focus } else { Focus::Elsewhere }, ..self }
    }

    /// The theme and the focus, as widgets want them.
    pub fn style(&self) -> (&'a Theme, Focus) {
        (self.theme, self.focus)
    }
}

impl Reply {
    /// Taken, and nothing is to be done.
    pub fn done() -> Self {
        Self::Done(Vec::new())
    }

    /// Returns the effects, or passes the action on if there are none.
    pub fn unless_empty(effects: Vec<Effect>) -> Self {
        if effects.is_empty() { Self::Pass } else { Self::Done(effects) }
    }

    /// Taken if it was, passed on if not.
    pub fn taken(was: bool) -> Self {
        if was { Self::done() } else { Self::Pass }
    }
}

impl From<Effect> for Reply {
    fn from(effect: Effect) -> Self {
        Self::Done(vec![effect])
    }
}

/// The panes of a run, besides the run's own and the cells; those that say most of such a run first, since a screen
/// shows as many as it has room for. A new pane is added here and nowhere else.
pub fn panes_for(study: &Arc<Study>) -> Vec<Box<dyn Pane>> {
    let mut panes: Vec<Box<dyn Pane>> = vec![
        Box::new(ontology::OntologyPane::new(study)),
        Box::new(matches::MatchesPane::new(study)),
        Box::new(embedding::EmbeddingPane::new(study.clone())),
        Box::new(clusters::ClustersPane::new(study)),
        Box::new(neighbors::NeighborsPane::new(study.clone())),
        Box::new(metadata::MetadataPane::new(study.clone())),
        Box::new(summary::SummaryPane::new(study.clone())),
        Box::new(look_up::LookUpPane::new(study.clone())),
    ];
    let first: &[PaneKind] = match study.kind() {
        OperationKind::OntologyAware => &[],
        OperationKind::SummaryStatistics => &[PaneKind::Summary, PaneKind::Embedding],
        OperationKind::Search => &[PaneKind::Neighbors, PaneKind::Metadata, PaneKind::Embedding],
    };
    panes.sort_by_key(|pane| first.iter().position(|kind| *kind == pane.kind()).unwrap_or(first.len()));
    panes
}
