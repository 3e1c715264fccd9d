//! The shown part of the ontology: its root, the hidden terms, and all terms or only called ones. In: aggregated
//! scores, calls, the user's choices. Out: the tree, the main lineage first.

use std::collections::HashSet;

use crate::{
    domain::{Ontology, TermId, TermIndex},
    results::{
        Aggregated, CallTable, CellSet, Error,
        aggregate::{TreeNode, TreeOptions, rooted_tree},
    },
};

/// The shown part of the ontology.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Part {
    /// The term at the top, if it is not "cell".
    root: Option<TermId>,
    /// The terms hidden with all terms below them, in the order of hiding.
    hidden: Vec<TermId>,
    /// The shown terms.
    terms: Terms,
}

/// A choice of shown terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Terms {
    /// All terms above the thresholds.
    #[default]
    All,
    /// The calls of the group's cells, and the terms above them.
    Called,
}

impl Part {
    /// Makes a term the root, or goes back to "cell" if it is the root already. Returns whether the root has changed.
    pub(super) fn toggle_root(&mut self, term: TermId) -> bool {
        let is_root = self.root.as_ref() == Some(&term) || term.as_str() == TermId::CELL;
        let root = (!is_root).then_some(term);
        std::mem::replace(&mut self.root, root) != self.root
    }

    /// Goes back to "cell", and returns whether another root was chosen.
    pub(super) fn forget_root(&mut self) -> bool {
        self.root.take().is_some()
    }

    /// Hides a term, except the root, and returns whether it did.
    pub(super) fn hide(&mut self, term: TermId) -> bool {
        let is_root = self.root.as_ref() == Some(&term) || self.root.is_none() && term.as_str() == TermId::CELL;
        if !is_root {
            self.hidden.push(term);
        }
        !is_root
    }

    /// Shows all hidden terms again, and returns whether there were any.
    pub(super) fn show_hidden(&mut self) -> bool {
        !std::mem::take(&mut self.hidden).is_empty()
    }

    /// Switches between all terms and called ones.
    pub(super) fn toggle_called(&mut self) {
        self.terms = match self.terms {
            Terms::All => Terms::Called,
            Terms::Called => Terms::All,
        };
    }

    /// Returns whether only called terms are shown.
    pub(super) fn is_called_only(&self) -> bool {
        self.terms == Terms::Called
    }

    /// Returns the differences from the default, in words: `from T cell, 2 hidden, called only`.
    pub(super) fn note(&self, ontology: Option<&Ontology>) -> String {
        let label = |root: &TermId| {
            let label = ontology.and_then(|ontology| Some(ontology.label(ontology.find(root)?)));
            label.unwrap_or(root.as_str()).to_owned()
        };
        let mut words: Vec<String> = self.root.iter().map(|root| format!("from {}", label(root))).collect();
        if !self.hidden.is_empty() {
            words.push(format!("{} hidden", self.hidden.len()));
        }
        if self.is_called_only() {
            words.push("called only".to_owned());
        }
        words.join(", ")
    }

    /// Returns the tree of aggregated scores.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing to show.
    pub(super) fn tree(
        &self,
        aggregated: &Aggregated,
        ontology: &Ontology,
        min_fraction: f64,
        called: &HashSet<TermIndex>,
    ) -> Result<TreeNode, Error> {
        let root = self.root.clone().unwrap_or_else(|| TermId::from(TermId::CELL));
        let options = TreeOptions { root: root.clone(), min_fraction, hidden: self.hidden.iter().cloned().collect() };
        let mut tree = rooted_tree(aggregated, ontology, &options)?;
        if self.is_called_only() && !keep_called(&mut tree, called) {
            return Err(Error::EmptyTree { root });
        }
        sort(&mut tree);
        Ok(tree)
    }
}

/// Returns the first calls of the cells of a group.
pub(super) fn called(calls: &CallTable, cells: &CellSet) -> HashSet<TermIndex> {
    let call = |row: usize| calls.called(row, 0).map(|call| call.term);
    match cells {
        CellSet::All => (0..calls.len()).filter_map(call).collect(),
        CellSet::Rows(rows) => rows.iter().copied().filter(|row| *row < calls.len()).filter_map(call).collect(),
    }
}

/// Removes the terms that are not called and have no called term below them, and returns whether any remains.
fn keep_called(node: &mut TreeNode, called: &HashSet<TermIndex>) -> bool {
    node.children.retain_mut(|child| keep_called(child, called));
    !node.children.is_empty() || called.contains(&node.term)
}

/// Puts the main lineage first: by the fraction of cells, then by score, then by the number of terms below. Returns the
/// number of terms of the branch.
fn sort(node: &mut TreeNode) -> usize {
    let mut sized: Vec<(usize, TreeNode)> =
        std::mem::take(&mut node.children).into_iter().map(|mut child| (sort(&mut child), child)).collect();
    sized.sort_by(|(size, a), (other_size, b)| {
        let by_cells = b.fraction.total_cmp(&a.fraction);
        by_cells.then(b.score.total_cmp(&a.score)).then(other_size.cmp(size))
    });
    let size = sized.iter().map(|(size, _)| size).sum::<usize>() + 1;
    node.children = sized.into_iter().map(|(_, child)| child).collect();
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(term: u32, (score, fraction): (f64, f64), children: Vec<TreeNode>) -> TreeNode {
        TreeNode { term: TermIndex(term), score, fraction, children }
    }

    fn terms(node: &TreeNode) -> Vec<u32> {
        std::iter::once(node.term.0).chain(node.children.iter().flat_map(terms)).collect()
    }

    #[test]
    fn the_branch_of_most_cells_comes_first() {
        let leaf = |term, numbers| node(term, numbers, vec![]);
        let branch = node(4, (0.9, 0.8), vec![leaf(5, (0.1, 0.2)), leaf(6, (0.1, 0.3))]);
        let mut tree = node(0, (1.0, 1.0), vec![leaf(1, (0.9, 0.1)), leaf(2, (0.5, 0.8)), leaf(3, (0.9, 0.8)), branch]);
        assert_eq!(sort(&mut tree), 7);
        assert_eq!(terms(&tree), [0, 4, 6, 5, 3, 2, 1]);
    }

    #[test]
    fn only_called_terms_and_those_above_them_are_kept() {
        let leaf = |term| node(term, (1.0, 1.0), vec![]);
        let mut tree = node(0, (1.0, 1.0), vec![node(1, (1.0, 1.0), vec![leaf(2), leaf(3)]), leaf(4)]);
        assert!(keep_called(&mut tree, &HashSet::from([TermIndex(3)])));
        assert_eq!(terms(&tree), [0, 1, 3]);
        assert!(!keep_called(&mut tree, &HashSet::from([TermIndex(2)])));
    }

    #[test]
    fn the_root_is_chosen_reset_and_never_hidden() {
        let (t, b) = (TermId::from("CL:0000084"), TermId::from("CL:0000236"));
        let mut part = Part::default();
        part.toggle_root(t.clone());
        assert_eq!(part.note(None), "from CL:0000084");
        assert!(!part.hide(t.clone()) && part.hide(b));
        assert_eq!(part.note(None), "from CL:0000084, 1 hidden");
        part.toggle_root(t);
        assert!(part.show_hidden() && !part.show_hidden());
        assert_eq!(part, Part::default());
        assert!(!part.hide(TermId::from(TermId::CELL)));
    }
}
