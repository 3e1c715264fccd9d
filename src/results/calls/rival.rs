//! The rival of a call: the best term on another branch. In: the scores of a cell and its call. Out: a term that the
//! calling rule could have named instead.

use super::{Call, Caller, lineages::Lineages};
use crate::results::CellScores;

impl Caller {
    /// Returns the highest-scoring term that is neither above nor below a cell's call, if it scores at least as high as the
    /// call and may be called. Of equal scores the deepest term is taken, then the first in the ontology's order. The root
    /// has no rival.
    pub(super) fn rival(&self, scores: CellScores<'_>, call: &Call, lineages: &Lineages<'_>) -> Option<Call> {
        if !self.is_call(call) {
            return None;
        }
        let ranked = scores.iter().filter_map(|(term, score)| {
            let is_as_high = score > 0.0 && score >= call.score;
            let depth = self.candidate_depth(term, score).filter(|_| is_as_high)?;
            lineages.are_apart(term, call.term).then_some((Call { term, score }, depth))
        });
        let best = ranked.reduce(|best, next| {
            let is_better = next.0.score > best.0.score || (next.0.score == best.0.score && next.1 > best.1);
            if is_better { next } else { best }
        });
        best.map(|(rival, _)| rival)
    }
}
