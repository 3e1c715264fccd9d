//! Why a cell is called what it is called, and what it would be called at other thresholds.

use super::{Call, Caller};
use crate::{domain::TermIndex, results::CellScores};

/// The reasons of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The first call.
    pub call: Call,
    /// The terms that pass the threshold, in the order of the rule: the first is the call.
    pub passed: Vec<Candidate>,
    /// The highest-scoring term that does not pass, if any.
    pub best_below: Option<Call>,
    /// What the first call is at every threshold, from low to high.
    pub steps: Vec<Step>,
}

/// A term that passes, with what the rule looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The term.
    pub term: TermIndex,
    /// Its depth under the rule.
    pub depth: u32,
    /// Its score.
    pub score: f64,
}

/// The first call over a range of thresholds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The call holds for thresholds above this (and above 0).
    pub above: f64,
    /// And up to this, included; the last step, the root, goes on without end.
    pub up_to: f64,
    /// The term called.
    pub term: TermIndex,
}

/// Explains the first call of a cell.
pub fn explain(caller: &Caller, scores: CellScores<'_>) -> Explanation {
    let threshold = caller.options.min_acceptable_score;
    let ranked = ranked(caller, scores);
    let passed: Vec<Candidate> = ranked.iter().copied().filter(|candidate| candidate.score >= threshold).collect();
    let call = passed.first().map_or(caller.filler(), |first| Call { term: first.term, score: first.score });
    let below = ranked.iter().filter(|candidate| candidate.score < threshold);
    let best_below = below.max_by(|a, b| a.score.total_cmp(&b.score));
    Explanation {
        call,
        best_below: best_below.map(|best| Call { term: best.term, score: best.score }),
        steps: steps(caller, &ranked),
        passed,
    }
}

/// All terms of the answer in the order of the rule.
fn ranked(caller: &Caller, scores: CellScores<'_>) -> Vec<Candidate> {
    let candidate = |(term, score)| Some(Candidate { term, depth: caller.depth(term)?, score });
    let mut ranked: Vec<Candidate> = scores.iter().filter_map(candidate).collect();
    ranked.sort_by(|a, b| b.depth.cmp(&a.depth).then(b.score.total_cmp(&a.score)));
    ranked
}

/// As the threshold rises, a term is called until it no longer passes; then it is the turn of the next in order that
/// scores higher.
fn steps(caller: &Caller, ranked: &[Candidate]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut above = 0.0;
    for candidate in ranked {
        if candidate.score > above {
            steps.push(Step { above, up_to: candidate.score, term: candidate.term });
            above = candidate.score;
        }
    }
    match steps.last_mut() {
        Some(last) if last.term == caller.root => last.up_to = f64::INFINITY,
        _ => steps.push(Step { above, up_to: f64::INFINITY, term: caller.root }),
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Ontology, TermId},
        results::calls::CallOptions,
    };

    #[test]
    fn the_steps_say_what_is_called_at_every_threshold() {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_owned(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![term("CL:0000000", &[]), term("a", &["CL:0000000"]), term("b", &["a"]), term("c", &["a"])];
        let ontology = Ontology::from_parents(terms, &TermId::from(TermId::CELL));
        let terms: Vec<TermIndex> = ontology.terms().collect();
        let scores = CellScores { terms: &terms, scores: &[1.0, 0.8, 0.3, 0.25] };
        let caller = |min_acceptable_score| {
            Caller::new(&ontology, CallOptions { min_acceptable_score, ..CallOptions::default() }).unwrap()
        };
        let explanation = explain(&caller(0.28), scores);
        assert_eq!(explanation.passed.iter().map(|c| c.term.0).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(explanation.best_below, Some(Call { term: TermIndex(3), score: 0.25 }));
        let ends: Vec<_> = explanation.steps.iter().map(|step| (step.up_to, step.term.0)).collect();
        assert_eq!(ends, [(0.3, 2), (0.8, 1), (f64::INFINITY, 0)]);
        for step in &explanation.steps {
            for threshold in [step.up_to.min(5.0), (step.above + step.up_to.min(5.0)) / 2.0] {
                assert_eq!(caller(threshold).call(scores)[0].term, step.term, "at {threshold}");
            }
        }
    }
}
