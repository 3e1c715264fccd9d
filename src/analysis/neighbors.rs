//! Exact nearest neighbors by Euclidean distance. In: coordinates of a reference and of queries. Out: the nearest
//! reference cells of each query, or the graph of a reference's own neighbors. A pure computation on all cores.
//!
//! The cells that could be among the nearest are found in `f32` (`kernel`), and measured in `f64`.

use rayon::prelude::*;

use super::{Coordinates, Error, watch::Stage};
use kernel::{Points, QUERY_BLOCK, Shortlists, distance, squared_norm};

pub(super) mod kernel;

/// The number of queries after which progress is reported.
const REPORTED: usize = 2048;

/// A reference cell near a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// The row in the reference.
    pub cell: usize,
    /// The Euclidean distance to the query.
    pub distance: f64,
}

impl Nearest {
    /// Returns the `k` nearest of some cells, nearest first, ties in order of row.
    pub(super) fn first(near: impl Iterator<Item = Self>, k: usize) -> Vec<Self> {
        let mut found: Vec<_> = near.collect();
        found.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance).then(a.cell.cmp(&b.cell)));
        found.truncate(k);
        found
    }
}

/// The nearest neighbors of every cell, the cell itself excluded.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    k: usize,
    neighbors: Vec<u32>,
    distances: Vec<f32>,
}

impl Graph {
    /// Returns the number of cells.
    pub fn rows(&self) -> usize {
        self.neighbors.len() / self.k
    }

    /// Returns the number of neighbors of a cell.
    pub fn k(&self) -> usize {
        self.k
    }

    /// Returns the neighbors of a cell, nearest first, ties in order of row.
    ///
    /// # Panics
    /// Panics if there is no such cell.
    pub fn neighbors(&self, row: usize) -> &[u32] {
        &self.neighbors[row * self.k..][..self.k]
    }

    /// Returns the distances of a cell to its neighbors.
    ///
    /// # Panics
    /// Panics if there is no such cell.
    pub fn distances(&self, row: usize) -> &[f32] {
        &self.distances[row * self.k..][..self.k]
    }
}

/// Returns the `k` nearest neighbors of every cell, the cell itself excluded. scanpy's `n_neighbors` includes the cell,
/// so `k` is one less.
///
/// # Errors
/// Fails if `k` is 0, if there are not `k` other cells, or if the analysis was canceled.
pub fn exact(coordinates: &Coordinates, k: usize, stage: Stage<'_>) -> Result<Graph, Error> {
    let (cells, components) = (coordinates.rows(), coordinates.components());
    let others = cells.saturating_sub(1);
    if k == 0 || k > others {
        return Err(Error::TooFewNeighbors { neighbors: k, others });
    }
    let reference = Searchable::new(coordinates.clone());
    let mut graph = Graph { k, neighbors: Vec::with_capacity(cells * k), distances: Vec::with_capacity(cells * k) };
    for values in coordinates.values().chunks(REPORTED * components) {
        let first = graph.rows();
        stage.advance(first, cells)?;
        let queries = Coordinates::new(components, values.to_vec());
        for (cell, nearest) in (first..).zip(reference.nearest(&queries, k + 1)) {
            // Of many cells at the same point, the cell itself may be beyond the last one.
            let others = nearest.into_iter().filter(|near| near.cell != cell).take(k);
            others.for_each(|near| {
                graph.neighbors.push(near.cell as u32);
                graph.distances.push(near.distance as f32);
            });
        }
    }
    stage.advance(cells, cells)?;
    Ok(graph)
}

/// Reference points prepared for searches.
#[derive(Clone, Debug)]
pub struct Searchable {
    points: Coordinates,
    norms: Vec<f32>,
    largest_norm: f32,
}

impl Searchable {
    /// Prepares the points.
    pub fn new(points: Coordinates) -> Self {
        let norms: Vec<f32> = points.iter().map(squared_norm).collect();
        let largest_norm = norms.iter().copied().fold(0.0, f32::max);
        Self { points, norms, largest_norm }
    }

    /// Returns the points.
    pub fn points(&self) -> &Coordinates {
        &self.points
    }

    /// Returns the `k` nearest cells of each query (all cells if there are fewer), nearest first, ties in order of
    /// row.
    ///
    /// # Panics
    /// Panics if the queries have a different number of dimensions.
    pub fn nearest(&self, queries: &Coordinates, k: usize) -> Vec<Vec<Nearest>> {
        assert_eq!(queries.components(), self.points.components(), "queries and reference share an embedding");
        let blocks = queries.values().par_chunks(QUERY_BLOCK * queries.components());
        blocks.flat_map_iter(|block| self.nearest_of_block(block, k)).collect()
    }

    fn nearest_of_block(&self, values: &[f32], k: usize) -> Vec<Vec<Nearest>> {
        let dimensions = self.points.components();
        let mut shortlists = Shortlists::new(values, dimensions, k, self.largest_norm);
        let all: Vec<usize> = (0..values.len() / dimensions).collect();
        shortlists.compare(values, &all, Points { first: 0, values: self.points.values(), norms: &self.norms });
        let measured = shortlists.finish().zip(values.chunks_exact(dimensions)).map(|(shortlist, query)| {
            let near = shortlist.map(|cell| Nearest { cell, distance: distance(query, self.points.row(cell)) });
            Nearest::first(near, k)
        });
        measured.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::analysis::{Step, Watch};

    fn brute_force(reference: &Coordinates, query: &[f32], k: usize) -> Vec<Nearest> {
        let mut all: Vec<_> =
            reference.iter().enumerate().map(|(cell, row)| Nearest { cell, distance: distance(query, row) }).collect();
        all.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        all.truncate(k);
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_search_equals_brute_force_with_ties_and_far_offsets(
            dimensions in 1..6usize, offset in prop::sample::select(vec![0.0f32, 300.0, 1e5]),
            reference in prop::collection::vec(0..40i32, 6..1500), queries in prop::collection::vec(0..40i32, 6..600),
            k in 1..150usize,
        ) {
            let points = |values: &[i32]| {
                let whole = values.len() / dimensions * dimensions;
                Coordinates::new(dimensions, values[..whole].iter().map(|v| *v as f32 / 8.0 + offset).collect())
            };
            let (reference, queries) = (points(&reference), points(&queries));
            let found = Searchable::new(reference.clone()).nearest(&queries, k);
            prop_assert_eq!(found.len(), queries.rows());
            for (found, query) in found.iter().zip(queries.iter()) {
                prop_assert_eq!(found, &brute_force(&reference, query, k));
            }
        }
    }

    #[test]
    fn a_graph_excludes_the_cell_itself_even_among_duplicates() {
        let values = vec![0.0, 5.0, 0.0, 0.0, 1.0];
        let graph = exact(&Coordinates::new(1, values), 2, Watch::default().of(Step::Neighbors)).unwrap();
        assert_eq!((graph.rows(), graph.k()), (5, 2));
        let found: Vec<_> = (0..5).map(|cell| graph.neighbors(cell)).collect();
        assert_eq!(found, [[2, 3], [4, 0], [0, 3], [0, 2], [0, 2]]);
        assert_eq!(graph.distances(1), [4.0, 5.0]);
    }

    #[test]
    fn too_few_cells_for_the_neighbors_are_an_error() {
        for (cells, k) in [(3, 3), (1, 1), (0, 1), (3, 0)] {
            let coordinates = Coordinates::new(1, vec![0.0; cells]);
            let error = exact(&coordinates, k, Watch::default().of(Step::Neighbors)).unwrap_err();
            assert!(matches!(error, Error::TooFewNeighbors { .. }), "{error}");
        }
    }

    #[test]
    fn more_than_one_block_of_reference_cells_is_searched() {
        let value = |i: usize| ((i * 7919) % 10_007) as f32 / 100.0;
        let reference = Coordinates::new(3, (0..3 * 9000).map(value).collect());
        let queries = Coordinates::new(3, (0..3 * 130).map(|i| value(i * 31 + 5)).collect());
        let found = Searchable::new(reference.clone()).nearest(&queries, 20);
        for (found, query) in found.iter().zip(queries.iter()) {
            assert_eq!(found, &brute_force(&reference, query, 20));
        }
    }
}
