//! The tree of terms. In: aggregated scores and the shown part. Out: foldable items; open branches remain open.

use std::collections::HashSet;

use super::{
    OntologyPane,
    part::{self, Part},
};
use crate::{
    domain::TermIndex,
    results::aggregate::TreeNode,
    tui::{
        pane::{
            Reply,
            term_tree::{self, TermNode},
        },
        widget::TreeState,
    },
};

/// The minimum fraction of cells in a branch that is open at first.
const OPEN: f64 = 0.1;

impl TermNode for TreeNode {
    fn term(&self) -> TermIndex {
        self.term
    }

    fn children(&self) -> &[Self] {
        &self.children
    }
}

impl OntologyPane {
    /// Rebuilds the tree; open branches remain open.
    pub(super) fn arrange(&mut self) {
        let (Some(aggregated), Some(outline)) = (self.aggregated.value(), self.queries.outline().value()) else {
            return;
        };
        let Some(ontology) = &outline.ontology else { return };
        let called = self.called();
        self.tree = self.part.tree(aggregated, ontology, self.fraction, &called).map_err(Some);
        let roots = self.tree.as_ref().map_or(&[][..], std::slice::from_ref);
        self.items = term_tree::items(roots);
        if self.state.selected().is_empty() {
            for (path, _) in term_tree::branches(roots).into_iter().filter(|(_, node)| node.fraction >= OPEN) {
                self.state.open(path);
            }
        }
        let is_there = |path: &[TermIndex]| term_tree::node_at(roots, path).is_some();
        if !is_there(self.state.selected()) {
            let mut path = self.state.selected().to_vec();
            while !path.is_empty() && !is_there(&path) {
                path.pop();
            }
            let path = if path.is_empty() { roots.iter().map(|root| root.term).collect() } else { path };
            self.state.reveal(path);
        }
    }

    /// Returns the calls of the group's cells, if only those are shown.
    fn called(&self) -> HashSet<TermIndex> {
        match (self.queries.calls().value(), &self.asked) {
            (Some(calls), Some(asked)) if self.part.is_called_only() => part::called(&calls.table, &asked.cells),
            (Some(_) | None, _) => HashSet::new(),
        }
    }

    /// Changes the shown part of the ontology, and keeps the cursor on its term if that is still shown.
    pub(super) fn show_part(&mut self, change: impl FnOnce(&mut Part)) -> Reply {
        let term = self.state.selected().last().copied();
        change(&mut self.part);
        // A tree from another root has other paths, so the open branches are unknown.
        self.state = TreeState::default();
        self.arrange();
        if let Some(path) = term.and_then(|term| term_tree::path_of(&self.items, term)) {
            self.state.reveal(path);
        }
        Reply::done()
    }
}
