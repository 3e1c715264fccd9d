//! Exact nearest neighbors. In: points of a reference and of queries, row by row. Out: the nearest reference cells of
//! each query with their Euclidean distances. A pure computation on all cores.
//!
//! The search runs in `f32` through a blocked matrix product (`|q - r|² = |q|² + |r|² - 2 q·r`). It keeps every cell
//! that could be among the nearest given the rounding, and measures the kept cells in `f64`.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use rayon::prelude::*;

/// The number of neighbors that CAS returns per cell.
pub const NEIGHBORS: usize = 100;

/// The number of queries searched together.
const QUERY_BLOCK: usize = 64;

/// The number of reference cells compared at a time; with [`QUERY_BLOCK`] queries this makes a megabyte of products.
const REFERENCE_BLOCK: usize = 4096;

/// A reference cell near a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// The row in the reference.
    pub cell: usize,
    /// The Euclidean distance to the query.
    pub distance: f64,
}

/// Points in rows of `dimensions` coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    dimensions: usize,
    values: Vec<f32>,
}

impl Points {
    /// Creates points from coordinates, row by row.
    ///
    /// # Panics
    /// Panics if `dimensions` is 0, or if the values do not fill the last row.
    pub fn new(dimensions: usize, values: Vec<f32>) -> Self {
        assert!(dimensions > 0 && values.len().is_multiple_of(dimensions), "points have whole rows");
        Self { dimensions, values }
    }

    /// Returns the number of points.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// Returns whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the number of coordinates of a point.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Returns all coordinates, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.dimensions)
    }

    fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dimensions..][..self.dimensions]
    }
}

/// Reference points prepared for searches.
#[derive(Clone, Debug)]
pub struct Searchable {
    points: Points,
    norms: Vec<f32>,
    largest_norm: f32,
}

impl Searchable {
    /// Prepares the points.
    pub fn new(points: Points) -> Self {
        let norms: Vec<f32> = points.rows().map(squared_norm).collect();
        let largest_norm = norms.iter().copied().fold(0.0, f32::max);
        Self { points, norms, largest_norm }
    }

    /// Returns the points.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// Returns the `k` nearest cells of each query (all cells if there are fewer), nearest first, ties in order of
    /// row.
    ///
    /// # Panics
    /// Panics if the queries have a different number of dimensions.
    pub fn nearest(&self, queries: &Points, k: usize) -> Vec<Vec<Nearest>> {
        assert_eq!(queries.dimensions, self.points.dimensions, "queries and reference share an embedding");
        let blocks = queries.values.par_chunks(QUERY_BLOCK * queries.dimensions);
        blocks.flat_map_iter(|block| self.nearest_of_block(block, k)).collect()
    }

    fn nearest_of_block(&self, values: &[f32], k: usize) -> Vec<Vec<Nearest>> {
        let dimensions = self.points.dimensions;
        let queries = values.chunks_exact(dimensions);
        let mut shortlists: Vec<_> = queries.clone().map(|query| Shortlist::new(k, self.margin(query))).collect();
        let rows = MatRef::from_row_major_slice(values, queries.len(), dimensions);
        let mut products = vec![0.0f32; queries.len() * REFERENCE_BLOCK];
        let reference = self.points.values.chunks(REFERENCE_BLOCK * dimensions).zip(self.norms.chunks(REFERENCE_BLOCK));
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
        let terms = 4.0 * self.points.dimensions as f32 + 8.0;
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

    fn brute_force(reference: &Points, query: &[f32], k: usize) -> Vec<Nearest> {
        let mut all: Vec<_> =
            reference.rows().enumerate().map(|(cell, row)| Nearest { cell, distance: distance(query, row) }).collect();
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
                Points::new(dimensions, values[..whole].iter().map(|v| *v as f32 / 8.0 + offset).collect())
            };
            let (reference, queries) = (points(&reference), points(&queries));
            let found = Searchable::new(reference.clone()).nearest(&queries, k);
            prop_assert_eq!(found.len(), queries.len());
            for (found, query) in found.iter().zip(queries.rows()) {
                prop_assert_eq!(found, &brute_force(&reference, query, k));
            }
        }
    }

    #[test]
    fn more_than_one_block_of_reference_cells_is_searched() {
        let value = |i: usize| ((i * 7919) % 10_007) as f32 / 100.0;
        let reference = Points::new(3, (0..3 * 9000).map(value).collect());
        let queries = Points::new(3, (0..3 * 130).map(|i| value(i * 31 + 5)).collect());
        let found = Searchable::new(reference.clone()).nearest(&queries, 20);
        for (found, query) in found.iter().zip(queries.rows()) {
            assert_eq!(found, &brute_force(&reference, query, 20));
        }
    }
}
