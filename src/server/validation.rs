//! Cross-validation of a reference: how many of its own cells would be labeled correctly. In: coordinates and terms of
//! the reference cells. Out: the share of correct calls. A pure computation.
//!
//! The cells are divided into five folds with the same shares of terms. The cells of a fold are labeled by their
//! neighbors among the other cells, and called by the best-path rule with its default threshold.

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{
    analysis::{
        Coordinates, lda,
        neighbors::{Nearest, Searchable},
    },
    domain::{Ontology, OntologyAwareOptions, TermIndex},
    results::{
        CallOptions, CellScores,
        calls::{CallRule, Caller},
    },
};

use super::consensus::Consensus;

/// The number of folds.
const FOLDS: usize = 5;

/// The maximum number of labeled cells. In a larger reference a random sample is labeled.
const MOST: usize = 5_000;

/// The shares of cells that are labeled correctly, in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accuracy {
    /// The call is the cell's term.
    pub exact: f64,
    /// The call is the cell's term, or an ancestor or descendant of it.
    pub same_branch: f64,
}

/// The axes on which neighbors are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embedding {
    /// Principal components.
    Pca,
    /// Linear discriminants of the principal components, supervised by the cell types.
    Lda,
}

impl Embedding {
    /// All embeddings.
    pub const ALL: [Self; 2] = [Self::Pca, Self::Lda];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pca => "pca",
            Self::Lda => "lda",
        }
    }
}

/// A labeled reference to be validated.
pub struct Validation<'a> {
    /// The principal components of the cells.
    pub coordinates: &'a Coordinates,
    /// The term of each cell; `None` if it is not in the ontology.
    pub terms: &'a [Option<TermIndex>],
    /// The ontology.
    pub ontology: &'a Ontology,
    /// The number of neighbors that label a cell.
    pub neighbors: usize,
}

impl Validation<'_> {
    /// Returns the accuracy with an embedding; `None` if it cannot be measured: no cell has a term, or the embedding does
    /// not exist for this reference.
    pub fn accuracy(&self, embedding: Embedding) -> Option<Accuracy> {
        let caller =
            Caller::new(self.ontology, CallOptions { rule: CallRule::BestPath, top_k: 1, ..CallOptions::OFFICIAL });
        let caller = caller.ok()?;
        let consensus = Consensus::new(self.ontology, self.terms.iter().copied().flatten());
        let mut calls = Vec::new();
        for fold in self.folds() {
            let training: Vec<usize> = self.except(&fold);
            if fold.is_empty() || training.is_empty() {
                continue;
            }
            let nearest = self.search(embedding, &training, &fold)?;
            for (cell, mut nearest) in fold.into_iter().zip(nearest) {
                nearest.iter_mut().for_each(|near| near.cell = training[near.cell]);
                let scores = consensus.annotate(&nearest, self.terms, OntologyAwareOptions::default());
                let (terms, scores): (Vec<_>, Vec<_>) = scores.terms.into_iter().unzip();
                let call = caller.call(CellScores { terms: &terms, scores: &scores });
                calls.extend(call.first().map(|call| (cell, call.term)));
            }
        }
        let share = |is_right: fn(&Ontology, TermIndex, TermIndex) -> bool| {
            let is_right = |(cell, call): &&(usize, TermIndex)| {
                self.terms[*cell].is_some_and(|term| is_right(self.ontology, *call, term))
            };
            calls.iter().filter(is_right).count() as f64 / calls.len() as f64
        };
        let accuracy =
            || Accuracy { exact: share(|_, call, term| call == term), same_branch: share(Ontology::same_branch) };
        (!calls.is_empty()).then(accuracy)
    }

    /// Returns the labeled cells of each fold, ascending.
    fn folds(&self) -> Vec<Vec<usize>> {
        let mut labeled: Vec<usize> = (0..self.terms.len()).filter(|cell| self.terms[*cell].is_some()).collect();
        labeled.shuffle(&mut StdRng::seed_from_u64(0));
        labeled.truncate(MOST);
        labeled.sort_by_key(|cell| self.terms[*cell]);
        let mut folds = vec![Vec::new(); FOLDS];
        labeled.into_iter().enumerate().for_each(|(place, cell)| folds[place % FOLDS].push(cell));
        folds.iter_mut().for_each(|fold| fold.sort_unstable());
        folds
    }

    /// Returns all cells but those of a fold.
    fn except(&self, fold: &[usize]) -> Vec<usize> {
        let mut rest = fold.iter().copied().peekable();
        (0..self.terms.len()).filter(|cell| rest.next_if_eq(cell).is_none()).collect()
    }

    /// Returns the nearest training cells of the cells of a fold.
    fn search(&self, embedding: Embedding, training: &[usize], fold: &[usize]) -> Option<Vec<Vec<Nearest>>> {
        let (mut known, mut asked) = (self.rows(training), self.rows(fold));
        if embedding == Embedding::Lda {
            let classes: Vec<_> = training.iter().map(|cell| self.terms[*cell].map(|term| term.0)).collect();
            let axes = lda::discriminants(&known, &classes).ok()?;
            (known, asked) = (axes.transform(&known), axes.transform(&asked));
        }
        Some(Searchable::new(known).nearest(&asked, self.neighbors))
    }

    fn rows(&self, cells: &[usize]) -> Coordinates {
        self.coordinates.select(cells.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TermId;

    /// Returns the ontology cell → {a, b}; a → c.
    fn ontology() -> Ontology {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_owned(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms =
            vec![term("CL:0000000", &[]), term("a", &["CL:0000000"]), term("b", &["CL:0000000"]), term("c", &["a"])];
        Ontology::from_parents(terms, &TermId::from("CL:0000000"))
    }

    fn accuracy(values: Vec<f32>, labels: &[&str], embedding: Embedding) -> Option<Accuracy> {
        let ontology = ontology();
        let terms: Vec<_> = labels.iter().map(|label| ontology.find(&TermId::from(*label))).collect();
        let coordinates = Coordinates::new(values.len() / labels.len(), values);
        let validation = Validation { coordinates: &coordinates, terms: &terms, ontology: &ontology, neighbors: 3 };
        validation.accuracy(embedding)
    }

    #[test]
    fn separate_types_are_labeled_correctly_and_strays_are_not() {
        let labels: Vec<&str> = (0..20).map(|cell| if cell < 10 { "c" } else { "b" }).collect();
        let mut values: Vec<f32> =
            (0..20).map(|cell| if cell < 10 { cell as f32 } else { 100.0 + cell as f32 }).collect();
        assert_eq!(accuracy(values.clone(), &labels, Embedding::Pca), Some(Accuracy { exact: 1.0, same_branch: 1.0 }));
        assert_eq!(accuracy(values.clone(), &labels, Embedding::Lda), Some(Accuracy { exact: 1.0, same_branch: 1.0 }));
        values[19] = 12.0;
        let found = accuracy(values, &labels, Embedding::Pca).unwrap();
        assert_eq!((found.exact, found.same_branch), (0.95, 0.95));
    }

    #[test]
    fn an_ancestor_is_on_the_same_branch() {
        // The cell labeled a is among cells labeled c.
        let labels = ["c", "c", "c", "c", "c", "c", "c", "c", "c", "a"];
        let values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 4].map(|value| value as f32).to_vec();
        assert_eq!(accuracy(values, &labels, Embedding::Pca), Some(Accuracy { exact: 0.9, same_branch: 1.0 }));
    }

    #[test]
    fn references_without_labels_or_with_a_single_one_have_no_measurement() {
        assert_eq!(accuracy(vec![1.0, 2.0, 3.0], &["x", "y", "z"], Embedding::Pca), None);
        let values: Vec<f32> = (0..10).map(|value| value as f32).collect();
        assert_eq!(accuracy(values.clone(), &["b"; 10], Embedding::Lda), None);
        assert_eq!(accuracy(values, &["b"; 10], Embedding::Pca), Some(Accuracy { exact: 1.0, same_branch: 1.0 }));
    }
}
