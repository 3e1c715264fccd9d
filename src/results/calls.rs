//! Cell type calls of cells and of groups of cells. In: scores of terms. Out: the most granular calls.
//!
//! The official rule (`get_most_granular_top_k_calls`) keeps the terms that score at least the threshold. The deepest
//! come first, then the highest score, then the ontology's own order. A deep term that just passes therefore beats a
//! shallower one that scores far higher.
//!
//! The best-path rule walks from the root to the child with the highest score as long as that score reaches the
//! threshold. The end of the path is the first call, and the terms above it are the next.
//!
//! A [`Restriction`] limits both rules to plausible terms. Calls at other settings are computed from stored scores.
//!
//! The official client pads missing calls with the root "cell" at score 1. Only the files that must equal the official
//! ones do the same ([`CallTable::official`]). Everywhere else such a cell has no call ([`CellCall::NoCall`]).

mod cluster;
mod explain;
mod levels;
mod lineages;
mod path;
mod restriction;
mod rival;
mod rule;
mod table;
mod words;

pub(crate) use cluster::ClusterCalls;
pub use cluster::{ClusterOptions, by_cluster};
pub use explain::explain;
pub(crate) use explain::{Explanation, Step};
pub use levels::{CellLevels, Level, Levels};
pub(in crate::results) use lineages::Lineages;
pub use restriction::Restriction;
pub(crate) use restriction::UnknownTerm;
pub use rule::CallRule;
pub use table::CallTable;
pub use table::call_all;
pub(crate) use table::{CallCounts, call_cells};

use std::cmp::Ordering;

use path::Paths;

use super::{CellScores, Error};
use crate::domain::{Ontology, TermId, TermIndex};

/// Options of the calling rule. The defaults are those of the official command line.
#[derive(Clone, Debug, PartialEq)]
pub struct CallOptions {
    /// The rule.
    pub rule: CallRule,
    /// The score that a term needs to be called.
    pub min_acceptable_score: f64,
    /// The number of calls per cell.
    pub top_k: usize,
    /// The definition of a term's depth. The best-path rule does not use it.
    pub depth: DepthRule,
    /// The terms that may be called.
    pub restriction: Restriction,
}

impl CallOptions {
    /// The defaults of the official command line.
    pub const OFFICIAL: Self = Self {
        rule: CallRule::Official,
        min_acceptable_score: 0.2,
        top_k: 3,
        depth: DepthRule::ShortestPath,
        restriction: Restriction::NONE,
    };

    /// Returns the same options with another number of calls per cell.
    pub fn with_top_k(&self, top_k: usize) -> Self {
        Self { top_k, ..self.clone() }
    }
}

impl Default for CallOptions {
    fn default() -> Self {
        Self::OFFICIAL
    }
}

/// The definition of a term's depth, in edges from the root "cell".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DepthRule {
    /// The shortest path.
    #[default]
    ShortestPath,
    /// The longest path.
    LongestPath,
}

/// A call: a term with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    /// The term.
    pub term: TermIndex,
    /// The score of the term.
    pub score: f64,
}

/// The text for a cell, or a group of cells, without any term below the root that reaches the threshold.
pub const NO_CALL: &str = "no call";

/// The first call of a cell, or the reason why it has no call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellCall {
    /// The term and its score.
    Called(Call),
    /// The cell has an answer, but no term below the root "cell" reaches the threshold.
    NoCall,
    /// The cell's answer is not stored, or cannot be read.
    NoAnswer,
}

/// The maximum number of calls per cell in a table: three columns each, far beyond the terms of any ontology.
const MOST_CALLS: usize = 1 << 20;

/// The calling rule, prepared for one ontology and applicable to any number of cells.
#[derive(Clone, Debug)]
pub struct Caller {
    options: CallOptions,
    /// The depth of each term of the ontology.
    depths: Vec<Option<u32>>,
    root: TermIndex,
    /// Whether each term may be called; `None` if all may.
    allowed: Option<Vec<bool>>,
    /// The graph; set for the best-path rule.
    paths: Option<Paths>,
}

impl Caller {
    /// Prepares the rule for an ontology. A term without a depth in the ontology is never called.
    ///
    /// # Errors
    /// Fails if the ontology has no root CL:0000000, which pads missing calls, if it lacks a term of the restriction, or if
    /// a cell would get more calls than a table can have.
    pub fn new(ontology: &Ontology, options: CallOptions) -> Result<Self, Error> {
        if options.top_k > MOST_CALLS {
            return Err(Error::TooManyCalls { top_k: options.top_k });
        }
        let depth = match options.depth {
            DepthRule::ShortestPath => Ontology::shortest_depth,
            DepthRule::LongestPath => Ontology::longest_depth,
        };
        let root = ontology.find(&TermId::from(TermId::CELL)).ok_or(Error::NoRoot)?;
        Ok(Self {
            depths: ontology.terms().map(|term| depth(ontology, term)).collect(),
            root,
            allowed: options.restriction.allowed(ontology)?,
            paths: (options.rule == CallRule::BestPath).then(|| Paths::new(ontology, root)),
            options,
        })
    }

    /// Returns the options.
    pub fn options(&self) -> &CallOptions {
        &self.options
    }

    /// Returns the root "cell". A cell whose first call is the root has no call.
    pub fn root(&self) -> TermIndex {
        self.root
    }

    /// Returns whether a call is more specific than the root.
    pub fn is_call(&self, call: &Call) -> bool {
        call.term != self.root
    }

    /// Returns the depth of a term.
    pub fn depth(&self, term: TermIndex) -> Option<u32> {
        self.depths[term.as_usize()]
    }

    /// Returns the calls of a cell, exactly `top_k` of them. Missing ones are padded with the root.
    pub fn call(&self, scores: CellScores<'_>) -> Vec<Call> {
        let mut calls = vec![self.filler(); self.options.top_k];
        self.call_into(scores, &mut calls);
        calls
    }

    /// Returns the calls of a group of cells from one score for each term of the ontology.
    pub fn call_dense(&self, scores: &[f64]) -> Vec<Call> {
        let mut calls = vec![self.filler(); self.options.top_k];
        let terms = (0u32..).map(TermIndex).zip(scores.iter().copied());
        match &self.paths {
            Some(paths) => self.follow(paths, terms, |term| scores[term.as_usize()], &mut calls),
            None => self.select(terms, &mut calls),
        }
        calls
    }

    /// Writes the calls of a cell into a slice whose length is the number of calls wanted; see [`Caller::call`].
    pub fn call_into(&self, scores: CellScores<'_>, calls: &mut [Call]) {
        if let Some(paths) = &self.paths {
            self.follow(paths, scores.iter(), |term| scores.get(term), calls);
        } else if self.options.min_acceptable_score > 0.0 {
            self.select(scores.iter(), calls);
        } else {
            // At this threshold, terms that are missing from the answer also pass, with their score of 0.
            let terms = (0..self.depths.len() as u32).map(TermIndex);
            self.select(terms.map(|term| (term, scores.get(term))), calls);
        }
    }

    /// Returns the padding for missing calls.
    pub(super) fn filler(&self) -> Call {
        Call { term: self.root, score: 1.0 }
    }

    /// Writes the calls along the best path, the end first.
    fn follow(
        &self,
        paths: &Paths,
        candidates: impl Iterator<Item = (TermIndex, f64)>,
        score: impl Fn(TermIndex) -> f64,
        calls: &mut [Call],
    ) {
        let gates = paths.gates(&self.options, self.allowed.as_deref(), candidates);
        let path = paths.calls(&gates, score);
        let found = path.len().min(calls.len());
        calls[..found].copy_from_slice(&path[..found]);
        calls[found..].fill(self.filler());
    }

    /// Keeps the best candidates in order, by insertion. Candidates are few and come in the ontology's order.
    fn select(&self, candidates: impl Iterator<Item = (TermIndex, f64)>, calls: &mut [Call]) {
        let mut found = 0;
        for (term, score) in candidates {
            let Some(depth) = self.candidate_depth(term, score) else { continue };
            let candidate = Rank { depth: Some(depth), score };
            let behind = |call: &Call| candidate.precedes(Rank { depth: self.depth(call.term), score: call.score });
            let place = calls[..found].iter().position(behind).unwrap_or(found);
            if place < calls.len() {
                found = (found + 1).min(calls.len());
                calls[place..found].rotate_right(1);
                calls[place] = Call { term, score };
            }
        }
        calls[found..].fill(self.filler());
    }

    /// Returns the depth of a term if its score passes the threshold and it may be called.
    fn candidate_depth(&self, term: TermIndex, score: f64) -> Option<u32> {
        let passes = score >= self.options.min_acceptable_score && self.may_call(term);
        self.depths[term.as_usize()].filter(|_| passes)
    }

    /// Returns whether the restriction allows a term.
    fn may_call(&self, term: TermIndex) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed[term.as_usize()])
    }
}

/// The values by which the rule ranks terms. A term without a depth ranks last.
#[derive(Clone, Copy)]
struct Rank {
    depth: Option<u32>,
    score: f64,
}

impl Rank {
    /// Returns whether a term ranks before one that comes earlier in the ontology.
    fn precedes(self, earlier: Self) -> bool {
        match self.depth.cmp(&earlier.depth) {
            Ordering::Less => false,
            Ordering::Equal => self.score > earlier.score,
            Ordering::Greater => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the ontology cell → a → {b, c, d}, with an unconnected term "lost".
    fn ontology() -> Ontology {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_owned(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![
            term("CL:0000000", &[]),
            term("a", &["CL:0000000"]),
            term("b", &["a"]),
            term("c", &["a"]),
            term("d", &["a"]),
            term("lost", &[]),
        ];
        Ontology::from_parents(terms, &TermId::from(TermId::CELL))
    }

    fn called(scores: &[(u32, f64)], options: CallOptions) -> Vec<(u32, f64)> {
        let (terms, scores): (Vec<_>, Vec<_>) = scores.iter().map(|(term, score)| (TermIndex(*term), *score)).unzip();
        let caller = Caller::new(&ontology(), options).unwrap();
        let calls = caller.call(CellScores { terms: &terms, scores: &scores });
        calls.into_iter().map(|call| (call.term.0, call.score)).collect()
    }

    #[test]
    fn a_deep_term_that_just_passes_beats_a_shallow_one() {
        let scores = [(0, 1.0), (1, 0.9), (2, 0.2), (3, 0.1)];
        assert_eq!(called(&scores, CallOptions::default()), [(2, 0.2), (1, 0.9), (0, 1.0)]);
    }

    #[test]
    fn equal_depth_and_score_keep_the_ontologys_order() {
        let scores = [(0, 1.0), (1, 1.0), (2, 0.3), (3, 0.4), (4, 0.3)];
        let options = CallOptions::OFFICIAL.with_top_k(4);
        assert_eq!(called(&scores, options), [(3, 0.4), (2, 0.3), (4, 0.3), (1, 1.0)]);
        assert_eq!(called(&scores, CallOptions::OFFICIAL.with_top_k(2)), [(3, 0.4), (2, 0.3)]);
    }

    #[test]
    fn missing_calls_are_padded_with_the_root() {
        assert_eq!(called(&[], CallOptions::default()), [(0, 1.0); 3]);
    }

    #[test]
    fn at_a_threshold_of_0_every_term_passes() {
        let options = CallOptions { min_acceptable_score: 0.0, top_k: 2, ..CallOptions::default() };
        assert_eq!(called(&[(3, 0.1)], options), [(3, 0.1), (2, 0.0)]);
    }

    fn best_path(restriction: Restriction) -> CallOptions {
        CallOptions { rule: CallRule::BestPath, restriction, ..CallOptions::OFFICIAL }
    }

    #[test]
    fn the_best_path_ends_where_no_child_reaches_the_threshold() {
        let scores = [(0, 1.0), (1, 0.9), (2, 0.2), (3, 0.4), (4, 0.4)];
        assert_eq!(called(&scores, best_path(Restriction::NONE)), [(3, 0.4), (1, 0.9), (0, 1.0)]);
        let scores = [(0, 1.0), (1, 0.9), (2, 0.1)];
        assert_eq!(called(&scores, best_path(Restriction::NONE)), [(1, 0.9), (0, 1.0), (0, 1.0)]);
        assert_eq!(called(&[(0, 1.0)], best_path(Restriction::NONE)), [(0, 1.0); 3]);
    }

    #[test]
    fn a_restricted_path_leads_to_an_allowed_term() {
        let scores = [(0, 1.0), (1, 0.9), (2, 0.3), (3, 0.6), (4, 0.1)];
        let only_b = Restriction::new(vec!["b".into()], Vec::new());
        assert_eq!(called(&scores, best_path(only_b)), [(2, 0.3), (0, 1.0), (0, 1.0)]);
        let never_c = Restriction::new(Vec::new(), vec!["c".into()]);
        assert_eq!(called(&scores, best_path(never_c.clone())), [(2, 0.3), (1, 0.9), (0, 1.0)]);
        let official = CallOptions { restriction: never_c, ..CallOptions::OFFICIAL };
        assert_eq!(called(&scores, official), [(2, 0.3), (1, 0.9), (0, 1.0)]);
        let only_d = Restriction::new(vec!["d".into()], Vec::new());
        assert_eq!(called(&scores, best_path(only_d)), [(0, 1.0); 3]);
    }

    #[test]
    fn a_term_without_a_depth_is_never_called() {
        assert_eq!(called(&[(5, 0.9)], CallOptions::default()), [(0, 1.0); 3]);
    }
}
