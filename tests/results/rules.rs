//! The calling rules and restrictions, compared with independent implementations on random small ontologies.

use std::collections::{BTreeMap, BTreeSet};

use castui::{
    domain::{Ontology, TermId, TermIndex},
    results::{
        Call, CallOptions, CallRule, CellScores, DepthRule, Restriction,
        calls::{Caller, explain},
    },
};
use proptest::prelude::*;

/// A random ontology as the parents of each term, and the scores of a cell. Term 0 is the root.
#[derive(Clone, Debug)]
struct Case {
    parents: Vec<BTreeSet<usize>>,
    scores: BTreeMap<usize, f64>,
    threshold: f64,
    only: BTreeSet<usize>,
    never: BTreeSet<usize>,
}

fn id(term: usize) -> TermId {
    if term == 0 { TermId::from(TermId::CELL) } else { TermId::new(format!("CL:{term:07}")) }
}

fn case() -> impl Strategy<Value = Case> {
    (2usize..12).prop_flat_map(|terms| {
        let parents = prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..3), terms - 1);
        // A few values, so that scores are often equal.
        let score = prop::sample::select(vec![0.0, 0.1, 0.2, 0.25, 0.5, 0.8, 1.0]);
        let scores = prop::collection::btree_map(0..terms, score, 0..=terms);
        let some = || prop::collection::btree_set(0..terms, 0..3);
        let threshold = prop::sample::select(vec![0.05, 0.1, 0.2, 0.3, 0.5, 1.0]);
        (parents, scores, threshold, some(), some()).prop_map(|(parents, scores, threshold, only, never)| Case {
            // Parents come before their children, so the graph has no cycle and every term reaches the root.
            parents: std::iter::once(BTreeSet::new())
                .chain(
                    (1..).zip(parents).map(|(term, parents)| parents.iter().map(|parent| parent.index(term)).collect()),
                )
                .collect(),
            scores,
            threshold,
            only,
            never,
        })
    })
}

impl Case {
    fn ontology(&self) -> Ontology {
        let term = |(term, parents): (usize, &BTreeSet<usize>)| {
            (id(term), format!("term {term}"), parents.iter().map(|parent| id(*parent)).collect())
        };
        Ontology::from_parents(self.parents.iter().enumerate().map(term).collect(), &id(0))
    }

    fn restriction(&self) -> Restriction {
        let ids = |terms: &BTreeSet<usize>| terms.iter().map(|term| id(*term)).collect();
        Restriction::new(ids(&self.only), ids(&self.never))
    }

    fn score(&self, term: usize) -> f64 {
        self.scores.get(&term).copied().unwrap_or(0.0)
    }

    /// Returns whether a term is another one or descends from it.
    fn is_below(&self, term: usize, above: usize) -> bool {
        term == above || self.parents[term].iter().any(|parent| self.is_below(*parent, above))
    }

    fn may_call(&self, term: usize) -> bool {
        let is_under = |terms: &BTreeSet<usize>| terms.iter().any(|above| self.is_below(term, *above));
        (self.only.is_empty() || is_under(&self.only)) && !is_under(&self.never)
    }

    /// Walks down recursively and returns the terms of the best path without the root, the end first.
    fn best_path(&self, from: usize, restricted: bool) -> Vec<usize> {
        let reaches = |term: usize| self.score(term) > 0.0 && self.score(term) >= self.threshold;
        let leads_on = |term: &usize| {
            !restricted
                || (0..self.parents.len())
                    .any(|below| self.is_below(below, *term) && self.may_call(below) && reaches(below))
        };
        let mut children: Vec<usize> =
            (0..self.parents.len()).filter(|term| self.parents[*term].contains(&from) && reaches(*term)).collect();
        children.retain(leads_on);
        // The sort is stable, so the first of equal scores stays first.
        children.sort_by(|a, b| self.score(*b).total_cmp(&self.score(*a)));
        let Some(best) = children.first() else { return Vec::new() };
        let mut path = self.best_path(*best, restricted);
        path.extend((!restricted || self.may_call(*best)).then_some(*best));
        path
    }

    fn called(&self, options: CallOptions, scores: &BTreeMap<usize, f64>) -> Vec<(u32, u64)> {
        let terms: Vec<TermIndex> = scores.keys().map(|term| TermIndex(*term as u32)).collect();
        let values: Vec<f64> = scores.values().copied().collect();
        let caller = Caller::new(&self.ontology(), options).unwrap();
        let calls = caller.call(CellScores { terms: &terms, scores: &values });
        let mut dense = vec![0.0; self.parents.len()];
        scores.iter().for_each(|(term, score)| dense[*term] = *score);
        assert_eq!(caller.call_dense(&dense), calls, "one score for each term");
        calls.into_iter().map(bits).collect()
    }
}

/// Returns the term and the bits of the score of a call.
fn bits(call: Call) -> (u32, u64) {
    (call.term.0, call.score.to_bits())
}

proptest! {
    #[test]
    fn the_best_path_equals_an_independent_walk(case in case(), restricted in any::<bool>()) {
        let restriction = if restricted { case.restriction() } else { Restriction::NONE };
        let restricted = !restriction.is_none();
        let options =
            CallOptions { rule: CallRule::BestPath, min_acceptable_score: case.threshold, restriction, ..CallOptions::OFFICIAL };
        let called = case.called(options.clone(), &case.scores);
        let path = case.best_path(0, restricted);
        let expected = path.iter().map(|term| (*term as u32, case.score(*term).to_bits()));
        let padded = expected.chain(std::iter::repeat((0, 1f64.to_bits()))).take(options.top_k);
        prop_assert_eq!(called, padded.collect::<Vec<_>>());
    }

    #[test]
    fn restricted_calls_equal_official_calls_of_masked_scores(case in case(), longest in any::<bool>()) {
        let depth = if longest { DepthRule::LongestPath } else { DepthRule::ShortestPath };
        let official = CallOptions { min_acceptable_score: case.threshold, depth, ..CallOptions::OFFICIAL };
        let restricted = CallOptions { restriction: case.restriction(), ..official.clone() };
        let mut masked = case.scores.clone();
        masked.iter_mut().filter(|(term, _)| !case.may_call(**term)).for_each(|(_, score)| *score = 0.0);
        prop_assert_eq!(case.called(restricted, &case.scores), case.called(official, &masked));
    }

    #[test]
    fn explanations_of_both_rules_give_the_call_at_every_threshold(case in case(), path in any::<bool>()) {
        let rule = if path { CallRule::BestPath } else { CallRule::Official };
        let at = |min_acceptable_score: f64| {
            let options = CallOptions { rule, min_acceptable_score, restriction: case.restriction(), ..CallOptions::OFFICIAL };
            Caller::new(&case.ontology(), options).unwrap()
        };
        let terms: Vec<TermIndex> = case.scores.keys().map(|term| TermIndex(*term as u32)).collect();
        let values: Vec<f64> = case.scores.values().copied().collect();
        let scores = CellScores { terms: &terms, scores: &values };
        let first = |caller: &Caller| Some(caller.call(scores)[0]).filter(|call| caller.is_call(call));
        let explained = explain(&at(case.threshold), scores);
        prop_assert_eq!(explained.call, first(&at(case.threshold)));
        for step in explained.steps {
            for threshold in [step.up_to.min(2.0), (step.above + step.up_to.min(2.0)) / 2.0] {
                prop_assert_eq!(step.term, first(&at(threshold)).map(|call| call.term), "at {}", threshold);
            }
        }
    }
}
