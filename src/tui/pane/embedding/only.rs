//! The only shown category: the next one, one of the legend, or its cells in the table.

use super::{EmbeddingPane, coloring};
use crate::{
    results::coloring::{Categories, Coloring},
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        pane::Reply,
    },
};

impl EmbeddingPane {
    pub(super) fn palette(&self) -> Option<&Categories> {
        match self.coloring.value().map(AsRef::as_ref)? {
            Coloring::Categories(categories) => Some(categories),
            Coloring::Values(_) => None,
        }
    }

    /// Shows only the cells of the next or the previous category; after the last one, all cells.
    pub(super) fn step_only(&mut self, action: Action) -> Reply {
        let count = self.palette().map(|palette| palette.entries.len().min(usize::from(u16::MAX)) as u16);
        let Some(count) = count.filter(|count| *count > 0) else { return Reply::Pass };
        let only = match (self.only, action) {
            (None, Action::NextMatch) => Some(0),
            (None, _) => Some(count - 1),
            (Some(at), Action::NextMatch) => Some(at + 1).filter(|next| *next < count),
            (Some(at), _) => at.checked_sub(1),
        };
        self.show_only(only)
    }

    pub(super) fn show_only(&mut self, only: Option<u16>) -> Reply {
        self.only = only;
        if let Some(only) = only {
            self.rows.show(usize::from(only));
        }
        Reply::Done(self.recount().into_iter().collect())
    }

    /// Scrolls the legend.
    pub(super) fn scroll_legend(&mut self, action: Action) -> Reply {
        let Some(count) = self.palette().map(|palette| palette.entries.len()) else { return Reply::Pass };
        if self.rows.on_action(action, count) {
            Reply::done()
        } else {
            Effect::hint("the legend shows all of its groups").into()
        }
    }

    /// Lists the cells of the only shown category in the cells table.
    pub(super) fn list_only(&self) -> Reply {
        match self.only.and_then(|only| coloring::filter(self.palette()?, only)) {
            Some(filter) => Effect::Step(Step::Change(Change::Filter(filter))).into(),
            None => Effect::hint("n shows a group of the legend alone; = then lists its cells").into(),
        }
    }
}
