//! Comparison of queries with blocks of points. In: queries and points, row by row. Out: for each query the points that
//! may be among its nearest.
//!
//! The distances are computed in `f32` through a matrix product (`|q - r|² = |q|² + |r|² - 2 q·r`). Every point that
//! could be among the nearest given the rounding is kept.

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};

/// The number of queries searched together.
pub const QUERY_BLOCK: usize = 64;

/// The number of points compared at a time; with [`QUERY_BLOCK`] queries this makes a megabyte of products.
const POINT_BLOCK: usize = 4096;

/// Points to be compared with queries.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    /// The position of the first point.
    pub first: usize,
    /// The coordinates, row by row.
    pub values: &'a [f32],
    /// The squared norms.
    pub norms: &'a [f32],
}

/// The nearest points of a block of queries, as far as they are known.
pub struct Shortlists {
    dimensions: usize,
    lists: Vec<Shortlist>,
    products: Vec<f32>,
}

impl Shortlists {
    /// Creates empty lists for queries. `largest_norm` is the maximum squared norm of the points.
    pub fn new(queries: &[f32], dimensions: usize, k: usize, largest_norm: f32) -> Self {
        let list = |query| Shortlist::new(k, margin(query, largest_norm));
        Self { dimensions, lists: queries.chunks_exact(dimensions).map(list).collect(), products: Vec::new() }
    }

    /// Compares some of the queries with points. `members` has the places of these queries in the block.
    pub fn compare(&mut self, queries: &[f32], members: &[usize], points: Points<'_>) {
        let rows = MatRef::from_row_major_slice(queries, members.len(), self.dimensions);
        let blocks = points.values.chunks(POINT_BLOCK * self.dimensions).zip(points.norms.chunks(POINT_BLOCK));
        for (block, (values, norms)) in blocks.enumerate() {
            self.products.resize(members.len() * norms.len(), 0.0);
            let target = MatMut::from_row_major_slice_mut(&mut self.products, members.len(), norms.len());
            let columns = MatRef::from_column_major_slice(values, self.dimensions, norms.len());
            matmul(target, Accum::Replace, rows, columns, -2.0, Par::Seq);
            for (member, products) in members.iter().zip(self.products.chunks_exact(norms.len())) {
                self.lists[*member].offer(points.first + block * POINT_BLOCK, products, norms);
            }
        }
    }

    /// Returns the positions of the points that may be among the nearest, for each query.
    pub fn finish(self) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        self.lists.into_iter().map(Shortlist::finish)
    }
}

/// Returns twice the maximum error of a squared distance: the usual bound for a dot product and two norms.
fn margin(query: &[f32], largest_norm: f32) -> f32 {
    let terms = 4.0 * query.len() as f32 + 8.0;
    2.0 * terms * f32::EPSILON * (squared_norm(query) + largest_norm)
}

/// The points that may still be among the `k` nearest of one query, with `|r|² - 2 q·r`.
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

/// Returns the squared norm of a point.
pub fn squared_norm(point: &[f32]) -> f32 {
    point.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>() as f32
}

/// Returns the Euclidean distance of two points.
pub fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>().sqrt()
}
