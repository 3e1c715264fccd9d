//! Ontology-aware consensus of a cell's neighbors. In: distances and terms of the neighbors. Out: scores of terms. A
//! pure computation with the formula of CAS; see [`Consensus::annotate`].

use crate::{
    analysis::neighbors::Nearest,
    domain::{Ontology, OntologyAwareOptions, TermIndex, quantile::median},
};

/// The scores of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The terms that reach the prune threshold, in the ontology's order, each with a score in 0..=1. At a threshold
    /// of 0 or less these are all terms of the ontology.
    pub terms: Vec<(TermIndex, f64)>,
    /// The sum of all weights.
    pub total_weight: f64,
    /// The number of neighbors without a term.
    pub unrecognized: usize,
}

/// An ontology with the ancestors of the terms that occur in a reference.
#[derive(Clone, Debug)]
pub struct Consensus {
    lineages: Vec<Vec<TermIndex>>,
    term_count: usize,
}

impl Consensus {
    /// Computes the ancestors of the given terms.
    pub fn new(ontology: &Ontology, occurring: impl IntoIterator<Item = TermIndex>) -> Self {
        let mut lineages = vec![Vec::new(); ontology.len()];
        for term in occurring {
            if lineages[term.as_usize()].is_empty() {
                lineages[term.as_usize()] = ontology.with_ancestors(term);
            }
        }
        Self { lineages, term_count: ontology.len() }
    }

    /// Scores the terms. Neighbor i has the weight `exp(-prefactor · d_i / median(d))`, which counts once for its own
    /// term and once for each ancestor of that term. A term's score is the sum of these weights divided by the sum of
    /// all weights.
    ///
    /// All sums add the neighbors in the same order. Rounding is monotone, so the root's score is exactly 1 when every
    /// neighbor has a term, and no score exceeds a parent's.
    pub fn annotate(
        &self,
        neighbors: &[Nearest],
        terms: &[Option<TermIndex>],
        options: OntologyAwareOptions,
    ) -> Scores {
        let weights = weights(neighbors, options.weighting_prefactor);
        let total_weight: f64 = weights.iter().sum();
        let mut sums = vec![0.0; self.term_count];
        let mut touched = Vec::new();
        let mut unrecognized = 0;
        for (neighbor, weight) in neighbors.iter().zip(weights) {
            let Some(term) = terms[neighbor.cell] else {
                unrecognized += 1;
                continue;
            };
            for ancestor in &self.lineages[term.as_usize()] {
                sums[ancestor.as_usize()] += weight;
                touched.push(*ancestor);
            }
        }
        if options.prune_threshold <= 0.0 {
            touched = (0..self.term_count as u32).map(TermIndex).collect();
        }
        touched.sort_unstable();
        touched.dedup();
        let score = |term: TermIndex| sums[term.as_usize()] / total_weight;
        let terms = touched.into_iter().map(|term| (term, score(term)));
        let reaches = |score: f64| options.prune_threshold <= 0.0 || score >= options.prune_threshold;
        Scores { terms: terms.filter(|(_, score)| reaches(*score)).collect(), total_weight, unrecognized }
    }
}

/// Returns the weights. If the median is 0 the formula is undefined and its limit is used: 1 at distance 0, otherwise
/// 0.
fn weights(neighbors: &[Nearest], prefactor: f64) -> Vec<f64> {
    let distances: Vec<f64> = neighbors.iter().map(|neighbor| neighbor.distance).collect();
    let median = median(&distances).unwrap_or(f64::NAN);
    let weight = |distance: f64| match (median > 0.0, distance > 0.0) {
        (true, _) => (-prefactor * distance / median).exp(),
        (false, true) => 0.0,
        (false, false) => 1.0,
    };
    distances.into_iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::TermId;

    /// Returns the ontology cell → {a, b}; {a, b} → c.
    fn diamond() -> Ontology {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_owned(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![term("a", &["cell"]), term("b", &["cell"]), term("c", &["a", "b"]), term("cell", &[])];
        Ontology::from_parents(terms, &TermId::from("cell"))
    }

    fn nearest(distances: &[f64]) -> Vec<Nearest> {
        distances.iter().enumerate().map(|(cell, &distance)| Nearest { cell, distance }).collect()
    }

    fn options(prune_threshold: f64, weighting_prefactor: f64) -> OntologyAwareOptions {
        OntologyAwareOptions { prune_threshold, weighting_prefactor }
    }

    #[test]
    fn scores_equal_those_computed_by_hand() {
        let ontology = diamond();
        let find = |id: &str| ontology.find(&TermId::from(id));
        let terms = [find("c"), find("a"), find("b"), None];
        let consensus = Consensus::new(&ontology, terms.into_iter().flatten());
        // The median of 1, 2, 4, 6 is 3.
        let scores = consensus.annotate(&nearest(&[1.0, 2.0, 4.0, 6.0]), &terms, options(0.2, 1.5));
        let w = [-0.5f64, -1.0, -2.0, -3.0].map(f64::exp);
        let total: f64 = w.iter().sum();
        assert_eq!((scores.total_weight, scores.unrecognized), (total, 1));
        let expected = [("a", w[0] + w[1]), ("b", w[0] + w[2]), ("c", w[0]), ("cell", w[0] + w[1] + w[2])];
        for ((term, score), (id, sum)) in scores.terms.iter().zip(expected) {
            assert_eq!(ontology.id(*term).as_str(), id);
            assert!((score - sum / total).abs() < 1e-15);
        }
        let pruned = consensus.annotate(&nearest(&[1.0, 2.0, 4.0, 6.0]), &terms, options(0.9, 1.5));
        assert_eq!(pruned.terms.len(), 1);
    }

    #[test]
    fn neighbors_at_distance_0_share_the_whole_weight() {
        let ontology = diamond();
        let (a, b) = (ontology.find(&TermId::from("a")), ontology.find(&TermId::from("b")));
        let terms = [a, a, b];
        let scores = Consensus::new(&ontology, terms.into_iter().flatten()).annotate(
            &nearest(&[0.0, 0.0, 7.0]),
            &terms,
            options(0.05, 1.0),
        );
        assert_eq!(scores.total_weight, 2.0);
        assert_eq!(scores.terms.len(), 2);
    }

    proptest! {
        #[test]
        fn scores_equal_a_naive_sum_and_never_rise_towards_the_leaves(
            cells in prop::collection::vec((0.0..9.0f64, 0..5usize), 1..60), prefactor in 0.0..4.0f64,
        ) {
            let ontology = diamond();
            let terms: Vec<_> = cells.iter().map(|&(_, t)| ontology.terms().nth(t)).collect();
            let neighbors = nearest(&cells.iter().map(|&(d, _)| d).collect::<Vec<_>>());
            let scores = Consensus::new(&ontology, terms.iter().copied().flatten())
                .annotate(&neighbors, &terms, options(0.0, prefactor));
            let score = |term: TermIndex| scores.terms.iter().find(|(t, _)| *t == term).map_or(0.0, |(_, s)| *s);
            let weights = weights(&neighbors, prefactor);
            for term in ontology.terms() {
                let members = ontology.with_descendants(term);
                let sum: f64 = weights.iter().zip(&terms).filter(|(_, t)| t.is_some_and(|t| members.contains(&t))).map(|(w, _)| w).sum();
                prop_assert!((score(term) - sum / weights.iter().sum::<f64>()).abs() < 1e-12);
                for &parent in ontology.parents(term) {
                    prop_assert!(score(parent) >= score(term));
                }
            }
            if scores.unrecognized == 0 {
                prop_assert_eq!(score(ontology.find(&TermId::from("cell")).unwrap()), 1.0);
            }
        }
    }
}
