//! The levels of cells, compared with an independent implementation.

use std::collections::BTreeSet;

use castui::{
    domain::{ChunkIndex, Ontology, TermId, TermIndex},
    results::{
        CallOptions, CellScores, Restriction, Results,
        calls::{CellLevels, Level, Levels},
    },
};
use serde_json::Value;

use crate::fixture::Recipe;

const LISTS: &str = include_str!("../../assets/levels/cell-levels.json");

fn list(name: &str) -> Vec<TermId> {
    let lists: Value = serde_json::from_str(LISTS).unwrap();
    lists[name].as_array().unwrap().iter().map(|id| TermId::from(id.as_str().unwrap())).collect()
}

/// The terms and the rule, in sets.
struct Walk<'a> {
    ontology: &'a Ontology,
    listed: &'a [TermIndex],
    /// Pairs of listed terms of which the first descends from the second.
    below: &'a BTreeSet<(TermIndex, TermIndex)>,
    scores: CellScores<'a>,
    threshold: f64,
}

impl Walk<'_> {
    fn is_below(&self, term: TermIndex, above: TermIndex) -> bool {
        self.below.contains(&(term, above))
    }

    /// Returns the first term with the highest score that reaches the threshold.
    fn best(&self, terms: impl Iterator<Item = TermIndex>) -> Option<TermIndex> {
        let mut best: Option<TermIndex> = None;
        for term in terms.filter(|term| self.scores.get(*term) >= self.threshold) {
            if best.is_none_or(|best| self.scores.get(term) > self.scores.get(best)) {
                best = Some(term);
            }
        }
        best
    }

    /// Returns the listed terms of the path, from the top.
    fn listed_path(&self) -> Vec<TermIndex> {
        let mut path: Vec<TermIndex> = Vec::new();
        loop {
            let below: Vec<TermIndex> = self
                .listed
                .iter()
                .copied()
                .filter(|term| path.last().is_none_or(|above| self.is_below(*term, *above)))
                .collect();
            // The nearest ones have no listed term between them and the end of the path.
            let nearest = below.iter().copied().filter(|term| !below.iter().any(|other| self.is_below(*term, *other)));
            match self.best(nearest) {
                Some(next) => path.push(next),
                None => return path,
            }
        }
    }

    fn finest(&self, from: TermIndex) -> TermIndex {
        let mut children = self.ontology.children(from).to_vec();
        children.sort_unstable();
        self.best(children.into_iter()).map_or(from, |best| self.finest(best))
    }
}

fn terms(levels: &CellLevels) -> [Option<TermIndex>; 3] {
    Level::ALL.map(|level| levels.at(level).map(|call| call.term))
}

#[test]
fn levels_equal_an_independent_walk_and_are_consistent() {
    let fixture = Recipe::ontology_aware(60, 20).make();
    let results = Results::open(&fixture.run).unwrap();
    let ontology = results.ontology().unwrap();
    let (classes, subclasses) = (list("class"), list("subclass"));
    let root = ontology.find(&TermId::from(TermId::CELL)).unwrap();
    let mut listed: Vec<TermIndex> = Vec::new();
    for term in classes.iter().chain(&subclasses).filter_map(|id| ontology.find(id)) {
        if !listed.contains(&term) {
            listed.push(term);
        }
    }
    let pairs = listed.iter().flat_map(|above| listed.iter().map(move |term| (*term, *above)));
    let descends = |(term, above): &(TermIndex, TermIndex)| {
        term != above && ontology.with_ancestors(*term).binary_search(above).is_ok()
    };
    let below: BTreeSet<(TermIndex, TermIndex)> = pairs.filter(descends).collect();
    let mut seen = BTreeSet::new();
    for threshold in [0.1, 0.2, 0.5] {
        let options = CallOptions { min_acceptable_score: threshold, ..CallOptions::OFFICIAL };
        let levels = Levels::new(ontology, &options).unwrap();
        for row in 0..60 {
            let scores = results.scores(ChunkIndex(row / 20)).unwrap();
            let walk = Walk { ontology, listed: &listed, below: &below, scores: scores.cell(row as usize), threshold };
            let path = walk.listed_path();
            let last = |list: &[TermId]| path.iter().copied().rfind(|term| list.contains(ontology.id(*term)));
            let end = path.last().copied().unwrap_or(root);
            let fine = Some(walk.finest(end)).filter(|fine| *fine != root);
            let found = terms(&levels.of(walk.scores));
            assert_eq!(found, [last(&classes), last(&subclasses), fine], "cell {row} at {threshold}");
            for pair in found.iter().flatten().collect::<Vec<_>>().windows(2) {
                assert!(ontology.with_ancestors(*pair[1]).contains(pair[0]), "cell {row}: {pair:?}");
            }
            seen.insert(found);
        }
    }
    assert!(seen.len() > 10, "the cells differ: {seen:?}");
}

#[test]
fn levels_of_a_t_cell_are_class_subclass_and_fine_type() {
    let scores: &[&[(&str, f64)]] =
        &[&[("CL:0000000", 1.0), ("CL:0000988", 1.0), ("CL:0000738", 1.0), ("CL:0000542", 0.9), ("CL:0000084", 0.9)]];
    let fixture = Recipe::ontology_aware(1, 1).with_scores(scores).make();
    let results = Results::open(&fixture.run).unwrap();
    let ontology = results.ontology().unwrap();
    let chunk = results.scores(ChunkIndex(0)).unwrap();
    let labels = |restriction: Restriction| {
        let options = CallOptions { restriction, ..CallOptions::OFFICIAL };
        let found = terms(&Levels::new(ontology, &options).unwrap().of(chunk.cell(0)));
        found.map(|term| term.map_or("", |term| ontology.label(term)))
    };
    assert_eq!(labels(Restriction::NONE), ["hematopoietic cell", "T cell", "T cell"]);
    let never = Restriction::new(Vec::new(), vec!["CL:0000084".into()]);
    assert_eq!(labels(never), ["hematopoietic cell", "lymphocyte", "lymphocyte"]);
    let only = Restriction::new(vec!["CL:0000236".into()], Vec::new());
    assert_eq!(labels(only), ["", "", ""]);
}
