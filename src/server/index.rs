//! The search index of a reference. In: counts and cell types. Out: the projection of queries, and the reference's
//! points.

use crate::{
    analysis::{
        Coordinates, Counts, Error, InvertedLists, Parameters, Projection, Search, Watch, lda, neighbors::Searchable,
        prepare,
    },
    domain::{Ontology, TermIndex},
};

use super::validation::{Accuracy, Embedding, Validation};

/// The maximum default number of neighbors, which is that of CAS.
const MOST_NEIGHBORS: usize = 100;

/// The largest value of a scaled gene, as in scanpy's tutorials.
const LARGEST_SCALED: f32 = 10.0;

/// The minimum default number of neighbors.
const FEWEST_NEIGHBORS: usize = 5;

/// The choices that are made for a reference, unless the user makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexOptions {
    /// The number of neighbors that label a cell. By default half the square root of the number of reference cells, but
    /// from 5 to 100.
    pub neighbors: Option<usize>,
    /// The embedding. By default the one with the better cross-validated accuracy.
    pub embedding: Option<Embedding>,
    /// The maximum number of reference cells that are compared with every query. In a larger reference, the search is in
    /// lists of cells and approximate.
    pub exact_up_to: usize,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self { neighbors: None, embedding: None, exact_up_to: Self::EXACT_UP_TO }
    }
}

impl IndexOptions {
    /// The default of [`Self::exact_up_to`]. A chunk of 1,000 cells is compared with that number of cells in about a second.
    pub const EXACT_UP_TO: usize = 500_000;

    /// Returns the number of neighbors for a reference with this number of cells.
    pub fn neighbors(&self, cells: usize) -> usize {
        let default = ((cells as f64).sqrt() / 2.0).round() as usize;
        self.neighbors.unwrap_or(default.clamp(FEWEST_NEIGHBORS, MOST_NEIGHBORS))
    }
}

/// The cell types of a reference.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The term of each cell; `None` if it is not in the ontology.
    pub terms: &'a [Option<TermIndex>],
    /// The ontology.
    pub ontology: &'a Ontology,
}

/// The data needed for a search, and each reference cell's total count.
#[derive(Clone, Debug)]
pub struct Index {
    /// The embedding.
    pub embedding: Embedding,
    /// The cross-validated accuracy; `None` if it cannot be measured because no cell has a term.
    pub accuracy: Option<Accuracy>,
    /// The projection of queries.
    pub projection: Projection,
    /// The points of the reference cells.
    pub reference: Search,
    /// The sum of each reference cell's counts.
    pub totals: Vec<f64>,
}

impl Index {
    /// Reads the counts and computes the index.
    ///
    /// # Errors
    /// Fails if the matrix cannot be read, has values that are not counts, or all its cells are the same; or if the
    /// chosen embedding needs more cell types.
    pub fn build(counts: &Counts<'_>, labels: Labels<'_>, options: IndexOptions) -> Result<Self, Error> {
        let parameters = Parameters { max_value: Some(LARGEST_SCALED), ..Parameters::default() };
        let found = prepare::fit(counts, &parameters, Watch::default())?;
        let Labels { terms, ontology } = labels;
        let neighbors = options.neighbors(counts.cells());
        let validation = Validation { coordinates: &found.coordinates, terms, ontology, neighbors };
        let (embedding, accuracy) = choose(&validation, options.embedding);
        let (projection, points) = match embedding {
            Embedding::Pca => (found.projection, found.coordinates),
            Embedding::Lda => {
                let classes: Vec<_> = terms.iter().map(|term| term.map(|term| term.0)).collect();
                let axes = lda::discriminants(&found.coordinates, &classes)?;
                (axes.after(&found.projection), axes.transform(&found.coordinates))
            }
        };
        let reference = search(points, parameters.random_state, options);
        Ok(Self { embedding, accuracy, projection, reference, totals: found.totals })
    }
}

/// Prepares points for an exact search, or for one in lists if there are many.
fn search(points: Coordinates, random_state: u64, options: IndexOptions) -> Search {
    if points.rows() <= options.exact_up_to {
        return Search::Exact(Searchable::new(points));
    }
    let neighbors = options.neighbors(points.rows());
    Search::Lists(InvertedLists::build(points, neighbors, random_state))
}

/// Returns the chosen embedding, or the one with more exact calls, and its accuracy.
fn choose(validation: &Validation<'_>, chosen: Option<Embedding>) -> (Embedding, Option<Accuracy>) {
    if let Some(embedding) = chosen {
        return (embedding, validation.accuracy(embedding));
    }
    let [pca, lda] = Embedding::ALL.map(|embedding| validation.accuracy(embedding));
    let exact = |accuracy: Option<Accuracy>| accuracy.map_or(0.0, |accuracy| accuracy.exact);
    if exact(lda) > exact(pca) { (Embedding::Lda, lda) } else { (Embedding::Pca, pca) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{analysis::fake::FakeCounts, domain::CellOntology};

    /// Returns an index of four kinds of cells, of which every other kind is labeled as B cells or T cells.
    pub fn fake_index(cells: usize, genes: usize, options: IndexOptions) -> Result<Index, Error> {
        let ontology = CellOntology::embedded().ontology();
        let types = ["CL:0000236", "CL:0000084"].map(|id| ontology.find(&id.into()));
        let terms: Vec<_> = (0..cells).map(|cell| types[cell % 2]).collect();
        let labels = Labels { terms: &terms, ontology: &ontology };
        Index::build(&Counts::new(&FakeCounts::clustered(cells, genes)), labels, options)
    }

    #[test]
    fn points_are_centered_and_cells_of_a_kind_are_neighbors() {
        for embedding in Embedding::ALL {
            let options = IndexOptions { embedding: Some(embedding), ..IndexOptions::default() };
            let index = fake_index(80, 400, options).unwrap();
            let Search::Exact(reference) = &index.reference else { panic!("few cells are searched exactly") };
            let points = reference.points();
            for component in 0..points.components() {
                let values = points.iter().map(|point| f64::from(point[component]));
                let mean = values.sum::<f64>() / 80.0;
                assert!(mean.abs() < 1e-4, "{mean}");
            }
            for (cell, neighbors) in reference.nearest(points, 10).iter().enumerate() {
                assert_eq!((neighbors[0].cell, neighbors[0].distance), (cell, 0.0));
                assert!(neighbors.iter().all(|neighbor| neighbor.cell % 2 == cell % 2));
            }
            assert_eq!(index.accuracy, Some(Accuracy { exact: 1.0, same_branch: 1.0 }));
        }
    }

    #[test]
    fn components_are_preferred_if_the_accuracy_is_the_same() {
        assert_eq!(fake_index(80, 100, IndexOptions::default()).unwrap().embedding, Embedding::Pca);
    }

    #[test]
    fn a_reference_with_one_label_has_no_discriminants() {
        let ontology = CellOntology::embedded().ontology();
        let terms = vec![ontology.find(&"CL:0000236".into()); 40];
        let labels = Labels { terms: &terms, ontology: &ontology };
        let source = FakeCounts::clustered(40, 30);
        let build = |embedding| {
            Index::build(&Counts::new(&source), labels, IndexOptions { embedding, ..IndexOptions::default() })
        };
        assert_eq!(build(None).unwrap().embedding, Embedding::Pca);
        let error = build(Some(Embedding::Lda)).unwrap_err();
        assert!(error.to_string().contains("1 labels are too few"), "{error}");
    }

    #[test]
    fn more_cells_than_are_searched_exactly_are_divided_into_lists() {
        let options = IndexOptions { exact_up_to: 299, ..IndexOptions::default() };
        let index = fake_index(300, 100, options).unwrap();
        let Search::Lists(lists) = &index.reference else { panic!("many cells are in lists") };
        let tuning = lists.parts().tuning;
        assert_eq!((lists.rows(), tuning.k), (300, options.neighbors(300)));
        let exact = fake_index(300, 100, IndexOptions { exact_up_to: 300, ..options }).unwrap();
        let Search::Exact(exact) = &exact.reference else { panic!("few cells are searched exactly") };
        let mut all = lists.parts().clone();
        all.tuning.probes = lists.lists();
        let all = InvertedLists::new(all).unwrap();
        assert_eq!(all.nearest(exact.points(), 9), exact.nearest(exact.points(), 9));
    }

    #[test]
    fn the_default_number_of_neighbors_grows_with_the_reference() {
        let default = |cells| IndexOptions::default().neighbors(cells);
        assert_eq!([4, 479, 10_000, 1_000_000].map(default), [5, 11, 50, 100]);
        assert_eq!(IndexOptions { neighbors: Some(7), ..IndexOptions::default() }.neighbors(479), 7);
    }
}
