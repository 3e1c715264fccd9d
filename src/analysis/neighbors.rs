//! Exact nearest neighbors by Euclidean distance. In: coordinates of a reference and of queries. Out: the nearest
//! reference cells of each query, or the graph of a reference's own neighbors. A pure computation on all cores.
//!
//! The search runs in `f32` through a blocked matrix product (`|q - r|² = |q|² + |r|² - 2 q·r`). It keeps every cell
//! that could be among the nearest given the rounding, and measures the kept cells in `f64`.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use rayon::prelude::*;

use super::{Coordinates, Error, watch::Stage};

/// The number of queries searched together.
const QUERY_BLOCK: usize = 64;

/// The number of reference cells compared at a time; with [`QUERY_BLOCK`] queries this makes a megabyte of products.
const REFERENCE_BLOCK: usize = 4096;

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
        let queries = values.chunks_exact(dimensions);
        let mut shortlists: Vec<_> = queries.clone().map(|query| Shortlist::new(k, self.margin(query))).collect();
        let rows = MatRef::from_row_major_slice(values, queries.len(), dimensions);
        let mut products = vec![0.0f32; queries.len() * REFERENCE_BLOCK];
        let reference =
            self.points.values().chunks(REFERENCE_BLOCK * dimensions).zip(self.norms.chunks(REFERENCE_BLOCK));
        for (block, (points, norms)) in reference.enumerate() {
            let products = &mut products[..queries.len() * norms.len()];
            let target = MatMut::from_row_major_slice_mut(products, rows.nrows(), norms.len());
            let columns = MatRef::from_column_major_slice(points, dimensions, norms.len());
            matmul(target, Accum::Replace, rows, columns, -2.0, Par::Seq);
            for (shortlist, products) in shortlists.iter_mut().zip(products.chunks_exact(norms.len())) {
                shortlist.offer(block * REFERENCE_BLOCK, products, norms);
            }
        }
        let measured = shortlists.into_iter().zip(queries).map(|(shortlist, query)| self.measure(shortlist, query, k));
        measured.collect()
    }

    /// Returns twice the maximum error of a squared distance: the usual bound for a dot product and two norms.
    fn margin(&self, query: &[f32]) -> f32 {
        let terms = 4.0 * self.points.components() as f32 + 8.0;
        2.0 * terms * f32::EPSILON * (squared_norm(query) + self.largest_norm)
    }

    fn measure(&self, shortlist: Shortlist, query: &[f32], k: usize) -> Vec<Nearest> {
        let mut found: Vec<_> =
            shortlist.finish().map(|cell| Nearest { cell, distance: distance(query, self.points.row(cell)) }).collect();
        found.sort_unstable_by(|a, b| a.distance.total_cmp(&b.distance).then(a.cell.cmp(&b.cell)));
        found.truncate(k);
        found
    }
}

/// The cells that may still be among the `k` nearest of one query, with `|r|² - 2 q·r`.
struct Shortlist {
    k: usize,
    margin: f32,
    cutoff: f32,
    cells: Vec<(f32, u32)>,
}

impl Shortlist {
    fn new(k: usize, margin: f32) -> Self {
        Self { k, margin, cutoff: f32::INFINITY, cells: Vec::with_capacity(8 * k) }
    }

    fn offer(&mut self, first_cell: usize, products: &[f32], norms: &[f32]) {
        for (cell, (product, norm)) in (first_cell as u32..).zip(products.iter().zip(norms)) {
            let value = product + norm;
            if value <= self.cutoff {
                self.cells.push((value, cell));
                if self.cells.len() == self.cells.capacity() {
                    self.shorten();
                }
            }
        }
    }

    /// Drops cells farther than the `k`-th by more than the margin. If few can be dropped, the list may grow.
    fn shorten(&mut self) {
        if self.k == 0 || self.cells.len() <= self.k {
            self.cells.reserve(8);
            return;
        }
        let (_, (kth, _), _) = self.cells.select_nth_unstable_by(self.k - 1, |a, b| a.0.total_cmp(&b.0));
        self.cutoff = *kth + self.margin;
        let cutoff = self.cutoff;
        self.cells.retain(|(value, _)| *value <= cutoff);
        self.cells.reserve(self.cells.len());
    }

    fn finish(mut self) -> impl Iterator<Item = usize> {
        self.shorten();
        self.cells.into_iter().map(|(_, cell)| cell as usize)
    }
}

fn squared_norm(point: &[f32]) -> f32 {
    point.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>() as f32
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
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
