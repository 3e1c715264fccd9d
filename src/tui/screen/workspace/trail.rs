//! The way back from a pane to the pane that opened it. In: panes opened by one another. Out: the pane to go back to.

use super::{Workspace, Zoom};
use crate::tui::{
    pane::{PaneKind, Reply},
    selection::Group,
};

/// The panes that opened others, the last one last.
#[derive(Debug, Default)]
pub(super) struct Trail {
    visits: Vec<Visit>,
}

/// The pane with focus, and what a pane that it opens may change.
#[derive(Debug)]
pub(super) struct Visit {
    pane: PaneKind,
    before: View,
    /// The view after the opening.
    after: View,
}

/// The group of the trees, and the filter of the cells as text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct View {
    group: Group,
    filter: Option<String>,
}

impl Visit {
    /// Creates the visit of a pane that opens another one.
    pub(super) fn new(pane: PaneKind, before: View) -> Self {
        Self { pane, after: before.clone(), before }
    }
}

impl Workspace {
    /// Opens a pane from the one with focus. [`Self::back`] returns to that one.
    pub(super) fn open_pane(&mut self, kind: PaneKind) -> Reply {
        self.trail.leave(Visit::new(self.focused(), self.view()), kind);
        self.focus_on(kind)
    }

    /// Returns to the pane that opened this one, or else to several panes.
    pub(super) fn back(&mut self) -> Reply {
        if let Some(kind) = self.trail.back() {
            return self.focus_on(kind);
        }
        if self.zoom == Zoom::One && self.room.get() > 1 {
            self.zoom = Zoom::Several;
            return Reply::done();
        }
        Reply::Pass
    }

    /// Returns to the pane that opened this one, if a key has just undone what the opening had changed.
    pub(super) fn back_if_undone(&mut self, before: &View) -> Reply {
        let now = self.view();
        self.trail.undone(before, &now).map_or(Reply::Pass, |kind| self.focus_on(kind))
    }

    /// Returns what a pane that another one opens may change.
    pub(super) fn view(&self) -> View {
        View { group: self.selection.group.clone(), filter: self.cells.filter_text().map(str::to_owned) }
    }
}

impl Trail {
    /// Records that a pane was opened from another one.
    pub(super) fn leave(&mut self, from: Visit, to: PaneKind) {
        if from.pane != to {
            self.visits.retain(|visit| visit.pane != to && visit.pane != from.pane);
            self.visits.push(from);
        }
    }

    /// Records the view in a pane that was just opened.
    pub(super) fn arrive(&mut self, after: View) {
        if let Some(visit) = self.visits.last_mut() {
            visit.after = after;
        }
    }

    /// Returns the pane to go back to, and removes it.
    pub(super) fn back(&mut self) -> Option<PaneKind> {
        self.visits.pop().map(|visit| visit.pane)
    }

    /// Returns the pane to go back to if a key has just undone what the opening of this pane had changed, and removes
    /// it.
    pub(super) fn undone(&mut self, before: &View, now: &View) -> Option<PaneKind> {
        let last = self.visits.last();
        let is_undone = before != now && last.is_some_and(|visit| visit.after == *before && visit.before == *now);
        if is_undone { self.back() } else { None }
    }

    /// Forgets the way back, after the user has chosen a pane.
    pub(super) fn clear(&mut self) {
        self.visits.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(pane: PaneKind, filter: Option<&str>) -> Visit {
        Visit::new(pane, view(filter))
    }

    fn view(filter: Option<&str>) -> View {
        View { group: Group::All, filter: filter.map(str::to_owned) }
    }

    #[test]
    fn each_opened_pane_leads_back_once_and_circles_are_cut() {
        let mut trail = Trail::default();
        trail.leave(visit(PaneKind::Run, None), PaneKind::Cells);
        trail.leave(visit(PaneKind::Cells, None), PaneKind::Matches);
        assert_eq!([trail.back(), trail.back(), trail.back()], [Some(PaneKind::Cells), Some(PaneKind::Run), None]);
        for _ in 0..3 {
            trail.leave(visit(PaneKind::Clusters, None), PaneKind::Ontology);
            trail.leave(visit(PaneKind::Ontology, None), PaneKind::Clusters);
        }
        assert_eq!([trail.back(), trail.back()], [Some(PaneKind::Ontology), None]);
    }

    #[test]
    fn undoing_the_change_of_an_opened_pane_leads_back() {
        let (none, some) = (view(None), view(Some("call=x")));
        let mut trail = Trail::default();
        trail.leave(visit(PaneKind::Overview, None), PaneKind::Cells);
        trail.arrive(some.clone());
        assert_eq!(trail.undone(&none, &none), None, "nothing was undone");
        assert_eq!(trail.undone(&none, &some), None, "something was done");
        assert_eq!(trail.undone(&view(Some("typed")), &none), None, "another filter was undone");
        assert_eq!(trail.undone(&some, &none), Some(PaneKind::Overview));
        assert_eq!(trail.undone(&some, &none), None);
    }
}
