//! Confusion counts and the F-measures computed from them.

use std::collections::BTreeMap;

use crate::{
    domain::{Ontology, TermId, TermIndex},
    results::{Error, aggregate::pairwise::PairwiseSum},
};

/// Numbers of cells by true and called term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confusion {
    cells: BTreeMap<TermId, BTreeMap<TermId, u64>>,
}

impl Confusion {
    /// Adds a number of cells.
    pub fn add(&mut self, truth: &TermId, called: &TermId, cells: u64) {
        let row = match self.cells.get_mut(truth) {
            Some(row) => row,
            None => self.cells.entry(truth.clone()).or_default(),
        };
        match row.get_mut(called) {
            Some(count) => *count += cells,
            None => {
                row.insert(called.clone(), cells);
            }
        }
    }

    /// Returns the non-zero counts as true term, called term and number of cells.
    pub fn iter(&self) -> impl Iterator<Item = (&TermId, &TermId, u64)> {
        self.cells.iter().flat_map(|(truth, row)| row.iter().map(move |(called, cells)| (truth, called, *cells)))
    }

    /// Returns the count of a pair.
    pub fn get(&self, truth: &TermId, called: &TermId) -> u64 {
        self.cells.get(truth).and_then(|row| row.get(called)).copied().unwrap_or(0)
    }

    /// Returns the counts of each class, sorted by id.
    fn classes(&self) -> BTreeMap<&TermId, Class> {
        let mut classes: BTreeMap<&TermId, Class> = BTreeMap::new();
        for (truth, called, cells) in self.iter() {
            classes.entry(truth).or_default().truth += cells;
            classes.entry(called).or_default().called += cells;
            if truth == called {
                classes.entry(truth).or_default().right += cells;
            }
        }
        classes
    }
}

/// Counts of a class: true positives, cells of this class, cells called this class.
#[derive(Clone, Copy, Default)]
struct Class {
    right: u64,
    truth: u64,
    called: u64,
}

/// Precision, recall and F1 over classes; 0 where the denominator is 0. Classes are all terms that occur as truth or
/// as call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FMeasure {
    pub tp: u64,
    pub fp: u64,
    pub fn_: u64,
    pub precision_micro: f64,
    pub recall_micro: f64,
    pub f1_micro: f64,
    pub f1_macro: f64,
    pub precision_macro: f64,
    pub recall_macro: f64,
    pub precision_weighted: f64,
    pub recall_weighted: f64,
    pub f1_weighted: f64,
}

impl FMeasure {
    /// The official column names, in order.
    pub const COLUMNS: [&str; 12] = [
        "tp",
        "fp",
        "fn",
        "precision_micro",
        "recall_micro",
        "f1_micro",
        "f1_macro",
        "precision_macro",
        "recall_macro",
        "precision_weighted",
        "recall_weighted",
        "f1_weighted",
    ];

    /// Computes the measures of a confusion.
    pub fn of(confusion: &Confusion) -> Self {
        let classes: Vec<Class> = confusion.classes().into_values().collect();
        let cells: u64 = classes.iter().map(|class| class.truth).sum();
        let tp: u64 = classes.iter().map(|class| class.right).sum();
        let micro = ratio(tp as f64, cells as f64);
        let means = Means::of(&classes);
        Self {
            tp,
            fp: cells - tp,
            fn_: cells - tp,
            precision_micro: micro,
            recall_micro: micro,
            f1_micro: harmonic(micro, micro),
            f1_macro: means.f1_macro,
            precision_macro: means.precision_macro,
            recall_macro: means.recall_macro,
            precision_weighted: means.precision_weighted,
            recall_weighted: means.recall_weighted,
            f1_weighted: means.f1_weighted,
        }
    }

    /// Returns the three counts, then the nine measures, in the order of [`FMeasure::COLUMNS`].
    pub fn values(&self) -> ([u64; 3], [f64; 9]) {
        let measures = [
            self.precision_micro,
            self.recall_micro,
            self.f1_micro,
            self.f1_macro,
            self.precision_macro,
            self.recall_macro,
            self.precision_weighted,
            self.recall_weighted,
            self.f1_weighted,
        ];
        ([self.tp, self.fp, self.fn_], measures)
    }
}

/// Hierarchical measures after Kiritchenko et al. Each cell counts the ancestors that truth and call share (`h_tp`),
/// those of the call only (`h_fp`) and those of the truth only (`h_fn`). The term itself is included, the root is not.
///
/// The macro measures are means over the terms that are an ancestor of some truth; the weighted ones weight each term
/// by how often it is one. The official benchmark sums in the random order of a set, so the last digits may differ
/// (1e-12 relative).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HierarchicalFMeasure {
    pub h_tp: u64,
    pub h_fp: u64,
    pub h_fn: u64,
    pub h_precision_micro: f64,
    pub h_recall_micro: f64,
    pub h_f1_micro: f64,
    pub h_f1_macro: f64,
    pub h_precision_macro: f64,
    pub h_recall_macro: f64,
    pub h_precision_weighted: f64,
    pub h_recall_weighted: f64,
    pub h_f1_weighted: f64,
}

impl HierarchicalFMeasure {
    /// The official column names, in order.
    pub const COLUMNS: [&str; 12] = [
        "h_tp",
        "h_fp",
        "h_fn",
        "h_precision_micro",
        "h_recall_micro",
        "h_f1_micro",
        "h_f1_macro",
        "h_precision_macro",
        "h_recall_macro",
        "h_precision_weighted",
        "h_recall_weighted",
        "h_f1_weighted",
    ];

    /// Computes the measures of a confusion.
    ///
    /// # Errors
    /// Fails if one of its terms is not in the ontology.
    pub fn of(confusion: &Confusion, ontology: &Ontology) -> Result<Self, Error> {
        let mut nodes = vec![Class::default(); ontology.len()];
        for (truth, called, cells) in confusion.iter() {
            let (truth, called) = (ancestors(truth, ontology)?, ancestors(called, ontology)?);
            truth.iter().for_each(|term| nodes[term.as_usize()].truth += cells);
            called.iter().for_each(|term| nodes[term.as_usize()].called += cells);
            let shared = truth.iter().filter(|term| called.binary_search(term).is_ok());
            shared.for_each(|term| nodes[term.as_usize()].right += cells);
        }
        let sum = |count: fn(&Class) -> u64| nodes.iter().map(count).sum::<u64>();
        let (right, truth, called) = (sum(|node| node.right), sum(|node| node.truth), sum(|node| node.called));
        let (precision, recall) = (ratio(right as f64, called as f64), ratio(right as f64, truth as f64));
        nodes.retain(|node| node.truth > 0);
        let means = Means::of(&nodes);
        Ok(Self {
            h_tp: right,
            h_fp: called - right,
            h_fn: truth - right,
            h_precision_micro: precision,
            h_recall_micro: recall,
            h_f1_micro: harmonic(precision, recall),
            h_f1_macro: means.f1_macro,
            h_precision_macro: means.precision_macro,
            h_recall_macro: means.recall_macro,
            h_precision_weighted: means.precision_weighted,
            h_recall_weighted: means.recall_weighted,
            h_f1_weighted: means.f1_weighted,
        })
    }

    /// Returns the three counts, then the nine measures, in the order of [`HierarchicalFMeasure::COLUMNS`].
    pub fn values(&self) -> ([u64; 3], [f64; 9]) {
        let measures = [
            self.h_precision_micro,
            self.h_recall_micro,
            self.h_f1_micro,
            self.h_f1_macro,
            self.h_precision_macro,
            self.h_recall_macro,
            self.h_precision_weighted,
            self.h_recall_weighted,
            self.h_f1_weighted,
        ];
        ([self.h_tp, self.h_fp, self.h_fn], measures)
    }
}

/// Means over classes: unweighted (macro), or weighted by how often each class is the truth.
struct Means {
    f1_macro: f64,
    precision_macro: f64,
    recall_macro: f64,
    precision_weighted: f64,
    recall_weighted: f64,
    f1_weighted: f64,
}

impl Means {
    fn of(classes: &[Class]) -> Self {
        let cells: u64 = classes.iter().map(|class| class.truth).sum();
        let precision: Vec<f64> = classes.iter().map(|class| ratio(class.right as f64, class.called as f64)).collect();
        let recall: Vec<f64> = classes.iter().map(|class| ratio(class.right as f64, class.truth as f64)).collect();
        let f1: Vec<f64> =
            precision.iter().zip(&recall).map(|(precision, recall)| harmonic(*precision, *recall)).collect();
        let mean = |values: &[f64]| ratio(PairwiseSum::of(values), values.len() as f64);
        let weighted = |values: &[f64]| {
            let parts: Vec<f64> = values.iter().zip(classes).map(|(value, class)| value * class.truth as f64).collect();
            ratio(PairwiseSum::of(&parts), cells as f64)
        };
        Self {
            f1_macro: mean(&f1),
            precision_macro: mean(&precision),
            recall_macro: mean(&recall),
            precision_weighted: weighted(&precision),
            recall_weighted: weighted(&recall),
            f1_weighted: weighted(&f1),
        }
    }
}

/// Returns a term and its ancestors without the root, in ascending order.
fn ancestors(term: &TermId, ontology: &Ontology) -> Result<Vec<TermIndex>, Error> {
    let found = ontology.find(term).ok_or_else(|| Error::NotInOntology { term: term.clone() })?;
    let mut ancestors = ontology.with_ancestors(found);
    let root = ontology.find(&TermId::from(TermId::CELL));
    ancestors.retain(|term| Some(*term) != root);
    Ok(ancestors)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn harmonic(precision: f64, recall: f64) -> f64 {
    ratio(2.0 * precision * recall, precision + recall)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the ontology cell → a → {b, c}.
    fn ontology() -> Ontology {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_owned(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![term(TermId::CELL, &[]), term("a", &[TermId::CELL]), term("b", &["a"]), term("c", &["a"])];
        Ontology::from_parents(terms, &TermId::from(TermId::CELL))
    }

    fn confusion(cells: &[(&str, &str, u64)]) -> Confusion {
        let mut confusion = Confusion::default();
        cells.iter().for_each(|(truth, called, cells)| confusion.add(&(*truth).into(), &(*called).into(), *cells));
        confusion
    }

    #[test]
    fn a_call_of_a_sibling_scores_half() {
        let measures = HierarchicalFMeasure::of(&confusion(&[("b", "b", 2), ("c", "b", 1)]), &ontology()).unwrap();
        assert_eq!((measures.h_tp, measures.h_fp, measures.h_fn), (5, 1, 1));
        assert_eq!(measures.h_f1_micro, 5.0 / 6.0);
        assert_eq!(measures.h_f1_macro, (1.0 + 0.8 + 0.0) / 3.0);
        assert_eq!(measures.h_recall_weighted, (3.0 + 2.0 + 0.0) / 6.0);
    }

    #[test]
    fn classes_that_are_only_called_count_in_the_macro_means() {
        let measures = FMeasure::of(&confusion(&[("a", "a", 3), ("a", "b", 1), ("c", "c", 4)]));
        assert_eq!((measures.tp, measures.fp, measures.fn_), (7, 1, 1));
        assert_eq!(measures.precision_macro, 2.0 / 3.0);
        assert_eq!(measures.recall_macro, 1.75 / 3.0);
        assert_eq!(measures.recall_weighted, 7.0 / 8.0);
        assert_eq!(FMeasure::of(&Confusion::default()), FMeasure::default());
    }
}
