//! The best path through an ontology: from the root to the child with the highest score, step by step.

use super::{Call, CallOptions};
use crate::domain::{Ontology, TermIndex};

/// The parts of an ontology that the walk needs.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    children: Vec<Vec<TermIndex>>,
    parents: Vec<Vec<TermIndex>>,
    root: TermIndex,
}

/// The terms that a walk may call, and those that it may pass.
struct Gates<'a> {
    callable: Option<&'a [bool]>,
    passable: Option<Vec<bool>>,
}

impl Gates<'_> {
    fn may_call(&self, term: TermIndex) -> bool {
        self.callable.is_none_or(|callable| callable[term.as_usize()])
    }

    fn may_pass(&self, term: TermIndex) -> bool {
        self.passable.as_ref().is_none_or(|passable| passable[term.as_usize()])
    }
}

impl Paths {
    pub(super) fn new(ontology: &Ontology, root: TermIndex) -> Self {
        let lists = |of: fn(&Ontology, TermIndex) -> &[TermIndex]| {
            ontology.terms().map(|term| of(ontology, term).to_vec()).collect()
        };
        Self { children: lists(Ontology::children), parents: lists(Ontology::parents), root }
    }

    /// Returns the calls along the best path, from its end upward, without the root.
    ///
    /// A step is only made to a child whose score is above 0 and reaches the threshold. Of equal scores the first term
    /// in the ontology's order is taken. With a restriction, only terms that may be called, or lead to such a term that
    /// reaches the threshold, are passed; and only those that may be called are returned.
    ///
    /// `candidates` are the terms that may score above 0.
    pub(super) fn calls(
        &self,
        options: &CallOptions,
        allowed: Option<&[bool]>,
        candidates: impl Iterator<Item = (TermIndex, f64)>,
        score: impl Fn(TermIndex) -> f64,
    ) -> Vec<Call> {
        let threshold = options.min_acceptable_score;
        let reaches = |score: f64| score > 0.0 && score >= threshold;
        let targets = candidates.filter(|(_, score)| reaches(*score)).map(|(term, _)| term);
        let gates = Gates { callable: allowed, passable: allowed.map(|allowed| self.leading_to(allowed, targets)) };
        let mut path: Vec<Call> = Vec::new();
        let mut at = self.root;
        while let Some(next) = self.best_child(at, &score, |call| {
            // A term met before would close a cycle, which an ontology should not have.
            let is_new = call.term != self.root && path.iter().all(|above| above.term != call.term);
            is_new && reaches(call.score) && gates.may_pass(call.term)
        }) {
            path.push(next);
            at = next.term;
        }
        path.retain(|call| gates.may_call(call.term));
        path.reverse();
        path
    }

    /// Returns the child with the highest score among those that satisfy a condition.
    pub(super) fn best_child(
        &self,
        term: TermIndex,
        score: &impl Fn(TermIndex) -> f64,
        may_be: impl Fn(&Call) -> bool,
    ) -> Option<Call> {
        let children = self.children[term.as_usize()].iter().map(|child| Call { term: *child, score: score(*child) });
        children.filter(may_be).reduce(|best, child| {
            let is_better = child.score > best.score || (child.score == best.score && child.term < best.term);
            if is_better { child } else { best }
        })
    }

    /// Returns whether each term is one of the allowed targets, or an ancestor of one.
    fn leading_to(&self, allowed: &[bool], targets: impl Iterator<Item = TermIndex>) -> Vec<bool> {
        let mut leading = vec![false; self.parents.len()];
        let mut open: Vec<TermIndex> = targets.filter(|term| allowed[term.as_usize()]).collect();
        while let Some(term) = open.pop() {
            if !std::mem::replace(&mut leading[term.as_usize()], true) {
                open.extend_from_slice(&self.parents[term.as_usize()]);
            }
        }
        leading
    }
}
