//! Ancestors and descendants of terms, computed once per term.

use std::sync::OnceLock;

use crate::domain::{Ontology, TermIndex};

/// Ancestors and descendants of terms, computed once per term.
#[derive(Debug)]
pub(in crate::results) struct Lineages<'a> {
    pub(in crate::results) ontology: &'a Ontology,
    ancestors: Vec<OnceLock<Vec<TermIndex>>>,
    finer: Vec<OnceLock<usize>>,
}

impl<'a> Lineages<'a> {
    pub(in crate::results) fn new(ontology: &'a Ontology) -> Self {
        let terms = ontology.len();
        Self {
            ontology,
            ancestors: (0..terms).map(|_| OnceLock::new()).collect(),
            finer: (0..terms).map(|_| OnceLock::new()).collect(),
        }
    }

    fn descends(&self, term: TermIndex, from: TermIndex) -> bool {
        let ancestors = self.ancestors[term.as_usize()].get_or_init(|| self.ontology.with_ancestors(term));
        ancestors.binary_search(&from).is_ok()
    }

    /// Returns whether neither term descends from the other.
    pub(in crate::results) fn are_apart(&self, a: TermIndex, b: TermIndex) -> bool {
        !self.descends(a, b) && !self.descends(b, a)
    }

    /// Returns the number of descendants of a term.
    pub(in crate::results) fn finer(&self, term: TermIndex) -> usize {
        *self.finer[term.as_usize()].get_or_init(|| self.ontology.with_descendants(term).len().saturating_sub(1))
    }
}
