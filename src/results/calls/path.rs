//! The best path through an ontology: from a term to the child with the highest score, step by step.

use super::{Call, CallOptions};
use crate::domain::{Ontology, TermIndex};

/// The parts of an ontology that the walk needs.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    children: Vec<Vec<TermIndex>>,
    parents: Vec<Vec<TermIndex>>,
    root: TermIndex,
}

/// The steps that a walk may make, and the terms that it may call.
#[derive(Debug)]
pub(super) struct Gates<'a> {
    threshold: f64,
    callable: Option<&'a [bool]>,
    passable: Option<Vec<bool>>,
}

impl Gates<'_> {
    /// Returns whether the restriction allows a call of a term.
    pub(super) fn may_call(&self, call: &Call) -> bool {
        self.callable.is_none_or(|callable| callable[call.term.as_usize()])
    }

    /// Returns whether a walk may step to a term: its score is above 0 and reaches the threshold, and the term may be
    /// called or leads to such a term that reaches the threshold.
    pub(super) fn may_pass(&self, call: &Call) -> bool {
        let is_passable = self.passable.as_ref().is_none_or(|passable| passable[call.term.as_usize()]);
        is_passable && self.reaches(call.score)
    }

    fn reaches(&self, score: f64) -> bool {
        score > 0.0 && score >= self.threshold
    }
}

impl Paths {
    pub(super) fn new(ontology: &Ontology, root: TermIndex) -> Self {
        let lists = |of: fn(&Ontology, TermIndex) -> &[TermIndex]| {
            ontology.terms().map(|term| of(ontology, term).to_vec()).collect()
        };
        Self { children: lists(Ontology::children), parents: lists(Ontology::parents), root }
    }

    /// Returns the calls along the best path, from its end upward, without the root. With a restriction, only terms that
    /// may be called are returned.
    pub(super) fn calls(&self, gates: &Gates<'_>, score: impl Fn(TermIndex) -> f64) -> Vec<Call> {
        let mut path = self.walk(self.root, gates, score);
        path.retain(|call| gates.may_call(call));
        path.reverse();
        path
    }

    /// Returns the steps of the best path from a term downward. Of equal scores the first term in the ontology's order is
    /// taken.
    pub(super) fn walk(&self, from: TermIndex, gates: &Gates<'_>, score: impl Fn(TermIndex) -> f64) -> Vec<Call> {
        let mut path: Vec<Call> = Vec::new();
        let mut at = from;
        while let Some(next) = self.best_child(at, &score, |call| {
            // A term met before would close a cycle, which an ontology should not have.
            let is_new = call.term != from && path.iter().all(|above| above.term != call.term);
            is_new && gates.may_pass(call)
        }) {
            path.push(next);
            at = next.term;
        }
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

    /// Returns the gates for a cell. `candidates` are the terms that may score above 0.
    pub(super) fn gates<'a>(
        &self,
        options: &CallOptions,
        allowed: Option<&'a [bool]>,
        candidates: impl Iterator<Item = (TermIndex, f64)>,
    ) -> Gates<'a> {
        let mut gates = Gates { threshold: options.min_acceptable_score, callable: allowed, passable: None };
        gates.passable = allowed.map(|allowed| {
            let targets = candidates.filter(|(term, score)| allowed[term.as_usize()] && gates.reaches(*score));
            self.leading_to(targets.map(|(term, _)| term).collect())
        });
        gates
    }

    /// Returns whether each term is one of the targets, or an ancestor of one.
    fn leading_to(&self, targets: Vec<TermIndex>) -> Vec<bool> {
        let mut leading = vec![false; self.parents.len()];
        let mut open = targets;
        while let Some(term) = open.pop() {
            if !std::mem::replace(&mut leading[term.as_usize()], true) {
                open.extend_from_slice(&self.parents[term.as_usize()]);
            }
        }
        leading
    }
}
