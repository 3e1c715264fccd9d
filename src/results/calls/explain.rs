//! Explanations of calls: the reasons of a call, and the calls at other thresholds.

use super::{Call, CallOptions, Caller, path::Paths};
use crate::{domain::TermIndex, results::CellScores};

/// The explanation of a cell's first call.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The first call; `None` where no term below the root passes the threshold.
    pub call: Option<Call>,
    /// The terms that pass the threshold, in the order of the rule. The first is the call, unless it is the root. For the
    /// best-path rule, the terms of the path, its end first.
    pub passed: Vec<Candidate>,
    /// The highest-scoring term that does not pass, if any. For the best-path rule, the highest-scoring child of the
    /// call.
    pub best_below: Option<Call>,
    /// The first call at every threshold above 0, in ascending order.
    pub steps: Vec<Step>,
}

/// A term that passes the threshold, with the values that the rule compares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The term.
    pub term: TermIndex,
    /// The depth of the term under the rule.
    pub depth: u32,
    /// The score of the term.
    pub score: f64,
}

/// The first call within a range of thresholds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The lower end of the range, exclusive.
    pub above: f64,
    /// The upper end of the range, inclusive; infinite for the last step.
    pub up_to: f64,
    /// The called term; `None` in the last step, where no term below the root passes.
    pub term: Option<TermIndex>,
}

/// Explains the first call of a cell.
pub fn explain(caller: &Caller, scores: CellScores<'_>) -> Explanation {
    match &caller.paths {
        Some(paths) => explain_path(caller, paths, scores),
        None => explain_official(caller, scores),
    }
}

/// Explains a call as the end of the best path.
fn explain_path(caller: &Caller, paths: &Paths, scores: CellScores<'_>) -> Explanation {
    let path_at = |min_acceptable_score: f64| {
        let options = CallOptions { min_acceptable_score, ..caller.options.clone() };
        let gates = paths.gates(&options, caller.allowed.as_deref(), scores.iter());
        paths.calls(&gates, |term| scores.get(term))
    };
    let path = path_at(caller.options.min_acceptable_score);
    let call = path.first().copied();
    let end = call.map_or(caller.root, |call| call.term);
    let candidate =
        |call: &Call| Candidate { term: call.term, depth: caller.depth(call.term).unwrap_or(0), score: call.score };
    let mut thresholds: Vec<f64> = scores.scores.iter().copied().filter(|score| *score > 0.0).collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let mut steps: Vec<Step> = Vec::new();
    let mut above = 0.0;
    for threshold in thresholds {
        let Some(term) = path_at(threshold).first().map(|call| call.term) else { break };
        match steps.last_mut().filter(|step| step.term == Some(term)) {
            Some(step) => step.up_to = threshold,
            None => steps.push(Step { above, up_to: threshold, term: Some(term) }),
        }
        above = threshold;
    }
    steps.push(Step { above, up_to: f64::INFINITY, term: None });
    Explanation {
        call,
        best_below: paths
            .best_child(end, &|term| scores.get(term), |child| child.score > 0.0 && caller.may_call(child.term)),
        passed: path.iter().map(candidate).collect(),
        steps,
    }
}

/// Explains a call as the deepest term that passes the threshold.
fn explain_official(caller: &Caller, scores: CellScores<'_>) -> Explanation {
    let threshold = caller.options.min_acceptable_score;
    let answered = ranked(caller, scores.iter());
    let passed: Vec<Candidate> = if threshold > 0.0 {
        answered.iter().copied().filter(|candidate| candidate.score >= threshold).collect()
    } else {
        // Every term passes; those missing from the answer have a score of 0.
        let terms = (0..caller.depths.len() as u32).map(TermIndex);
        ranked(caller, terms.map(|term| (term, scores.get(term))))
    };
    let call = passed.first().map(|first| Call { term: first.term, score: first.score });
    let below = answered.iter().filter(|candidate| candidate.score < threshold);
    let best_below = below.max_by(|a, b| a.score.total_cmp(&b.score));
    Explanation {
        call: call.filter(|call| caller.is_call(call)),
        best_below: best_below.map(|best| Call { term: best.term, score: best.score }),
        steps: steps(caller, &answered),
        passed,
    }
}

/// Returns terms in the order of the rule, best first. The input is in the ontology's order, which decides ties.
fn ranked(caller: &Caller, terms: impl Iterator<Item = (TermIndex, f64)>) -> Vec<Candidate> {
    let candidate = |(term, score)| Some(Candidate { term, depth: caller.depth(term)?, score });
    let mut ranked: Vec<Candidate> = terms.filter(|(term, _)| caller.may_call(*term)).filter_map(candidate).collect();
    ranked.sort_by(|a, b| b.depth.cmp(&a.depth).then(b.score.total_cmp(&a.score)));
    ranked
}

/// Returns the first call at every threshold. As the threshold rises, a term is called until it no longer passes; then
/// the next-ranked term with a higher score takes its place.
fn steps(caller: &Caller, ranked: &[Candidate]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut above = 0.0;
    for candidate in ranked.iter().filter(|candidate| candidate.term != caller.root) {
        if candidate.score > above {
            steps.push(Step { above, up_to: candidate.score, term: Some(candidate.term) });
            above = candidate.score;
        }
    }
    steps.push(Step { above, up_to: f64::INFINITY, term: None });
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Ontology, TermId},
        results::calls::CallRule,
    };

    /// Returns the ontology cell → a → {b, c}.
    fn ontology() -> Ontology {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_owned(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![term("CL:0000000", &[]), term("a", &["CL:0000000"]), term("b", &["a"]), term("c", &["a"])];
        Ontology::from_parents(terms, &TermId::from(TermId::CELL))
    }

    fn caller(min_acceptable_score: f64) -> Caller {
        Caller::new(&ontology(), CallOptions { min_acceptable_score, ..CallOptions::default() }).unwrap()
    }

    #[test]
    fn steps_give_the_call_at_every_threshold() {
        let terms: Vec<TermIndex> = ontology().terms().collect();
        let scores = CellScores { terms: &terms, scores: &[1.0, 0.8, 0.3, 0.25] };
        let explanation = explain(&caller(0.28), scores);
        assert_eq!(explanation.passed.iter().map(|c| c.term.0).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(explanation.best_below, Some(Call { term: TermIndex(3), score: 0.25 }));
        let ends: Vec<_> = explanation.steps.iter().map(|step| (step.up_to, step.term.map(|term| term.0))).collect();
        assert_eq!(ends, [(0.3, Some(2)), (0.8, Some(1)), (f64::INFINITY, None)]);
        for step in &explanation.steps {
            for threshold in [step.up_to.min(5.0), (step.above + step.up_to.min(5.0)) / 2.0] {
                let official = caller(threshold).call(scores)[0];
                assert_eq!(step.term, caller(threshold).is_call(&official).then_some(official.term), "at {threshold}");
            }
        }
    }

    #[test]
    fn a_path_is_explained_by_its_terms_and_by_other_thresholds() {
        let path_caller = |min_acceptable_score| {
            let options = CallOptions { rule: CallRule::BestPath, min_acceptable_score, ..CallOptions::OFFICIAL };
            Caller::new(&ontology(), options).unwrap()
        };
        let terms: Vec<TermIndex> = ontology().terms().collect();
        let scores = CellScores { terms: &terms, scores: &[1.0, 0.8, 0.3, 0.45] };
        let explanation = explain(&path_caller(0.5), scores);
        assert_eq!(explanation.call, Some(Call { term: TermIndex(1), score: 0.8 }));
        assert_eq!(explanation.passed.iter().map(|c| (c.term.0, c.depth)).collect::<Vec<_>>(), [(1, 1)]);
        assert_eq!(explanation.best_below, Some(Call { term: TermIndex(3), score: 0.45 }));
        let ends: Vec<_> = explanation.steps.iter().map(|step| (step.up_to, step.term.map(|term| term.0))).collect();
        assert_eq!(ends, [(0.45, Some(3)), (0.8, Some(1)), (f64::INFINITY, None)]);
        for step in &explanation.steps {
            for threshold in [step.up_to.min(5.0), (step.above + step.up_to.min(5.0)) / 2.0] {
                let call = path_caller(threshold).call(scores)[0];
                assert_eq!(step.term, path_caller(threshold).is_call(&call).then_some(call.term), "at {threshold}");
            }
        }
    }

    #[test]
    fn at_a_threshold_of_0_the_explanation_gives_the_official_call() {
        let answer = CellScores { terms: &[TermIndex(0), TermIndex(1)], scores: &[1.0, 0.8] };
        let explanation = explain(&caller(0.0), answer);
        let official = caller(0.0).call(answer);
        assert_eq!(explanation.call, Some(official[0]));
        let passed: Vec<Call> =
            explanation.passed.iter().map(|found| Call { term: found.term, score: found.score }).collect();
        assert_eq!(passed[..3], official[..]);
        assert_eq!((passed.len(), explanation.best_below), (4, None));
    }

    #[test]
    fn a_cell_of_which_only_the_root_passes_has_no_call() {
        let answer = CellScores { terms: &[TermIndex(0), TermIndex(1)], scores: &[1.0, 0.8] };
        let explanation = explain(&caller(0.9), answer);
        assert_eq!((explanation.call, explanation.passed.len()), (None, 1));
        assert_eq!(explanation.best_below, Some(Call { term: TermIndex(1), score: 0.8 }));
        let nothing = explain(&caller(0.2), CellScores { terms: &[], scores: &[] });
        assert_eq!((nothing.call, nothing.passed.len(), nothing.steps.len()), (None, 0, 1));
    }
}
