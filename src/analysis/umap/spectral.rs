//! The spectral start of a map: the eigenvectors of the normalized graph Laplacian with the smallest positive
//! eigenvalues.
//!
//! These are the eigenvectors of `N = D^-½ W D^-½` with the largest eigenvalues below 1. They are found by subspace
//! iteration with a Chebyshev filter (Zhou, Saad, Tiago & Chelikowsky 2006, doi:10.1016/j.jcp.2006.03.017), which needs
//! far fewer orthogonalizations than a Krylov method.

use faer::{Mat, Side};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

use crate::analysis::fuzzy_graph::Connectivities;

/// The number of vectors in the subspace: two are wanted, the others speed up convergence.
const VECTORS: usize = 8;
/// The degree of the filter.
const DEGREE: usize = 24;
/// The maximum number of filtered subspaces.
const ROUNDS: usize = 40;
/// The change of an eigenvalue, relative to its distance from 1, at which the iteration ends.
const TOLERANCE: f64 = 1e-3;
/// The minimum number of cells; fewer have no use for eigenvectors.
const MIN_CELLS: usize = 4 * VECTORS;
/// The share of the largest eigenvalue of a Gram matrix below which a vector is rounding error.
const NEGLIGIBLE: f64 = 1e-10;

/// One row of the subspace, for one cell.
type Row = [f32; VECTORS];

/// Returns a point for each cell, or nothing if the graph has several components or no eigenvectors are found.
pub(super) fn start(graph: &Connectivities, seed: u64) -> Option<Vec<[f32; 2]>> {
    if graph.rows() < MIN_CELLS || !graph.is_connected() {
        return None;
    }
    let operator = Operator::new(graph);
    let mut random = StdRng::seed_from_u64(seed);
    let random_row = |_| std::array::from_fn(|_| random.random_range(-1.0..1.0));
    let mut rows: Vec<Row> = (0..graph.rows()).map(random_row).collect();
    let mut values = operator.rotate(&mut rows)?;
    for _ in 0..ROUNDS {
        rows = operator.filter(rows, values[VECTORS - 1].clamp(-0.5, 0.999));
        let next = operator.rotate(&mut rows)?;
        let is_settled = |i: usize| (next[i] - values[i]).abs() <= TOLERANCE * (1.0 - next[i]).abs();
        let is_done = (0..2).all(is_settled);
        values = next;
        if is_done {
            break;
        }
    }
    Some(rows.into_iter().map(|row| [row[0], row[1]]).collect())
}

/// The operator `N`.
struct Operator<'a> {
    graph: &'a Connectivities,
    /// `D^-½`.
    scale: Vec<f32>,
    /// The first eigenvector, which is known: the normalized `D^½`.
    first: Vec<f32>,
}

/// The factors of a step of the filter: `image · N x + current · x + previous · y`.
#[derive(Clone, Copy)]
struct Factors {
    image: f32,
    current: f32,
    previous: f32,
}

impl<'a> Operator<'a> {
    fn new(graph: &'a Connectivities) -> Self {
        let degree = |cell| graph.row(cell).1.iter().copied().map(f64::from).sum::<f64>();
        let roots: Vec<f64> = (0..graph.rows()).map(degree).map(f64::sqrt).collect();
        let norm = roots.iter().map(|root| root * root).sum::<f64>().sqrt();
        let scale = roots.iter().map(|root| if *root > 0.0 { (1.0 / root) as f32 } else { 0.0 }).collect();
        Self { graph, scale, first: roots.iter().map(|root| (root / norm) as f32).collect() }
    }

    /// Replaces the previous rows with a combination of the rows, their images and the previous rows.
    fn step(&self, rows: &[Row], previous: &mut [Row], factors: Factors) {
        previous.par_iter_mut().enumerate().with_min_len(512).for_each(|(cell, out)| {
            let (targets, weights) = self.graph.row(cell);
            let mut sum = [0.0; VECTORS];
            for (target, weight) in targets.iter().zip(weights) {
                let factor = weight * self.scale[*target as usize];
                let row = &rows[*target as usize];
                (0..VECTORS).for_each(|i| sum[i] += factor * row[i]);
            }
            let image = factors.image * self.scale[cell];
            (0..VECTORS).for_each(|i| {
                out[i] = image * sum[i] + factors.current * rows[cell][i] + factors.previous * out[i];
            });
        });
    }

    /// Damps the eigenvectors with eigenvalues in [-1, `cut`].
    fn filter(&self, rows: Vec<Row>, cut: f64) -> Vec<Row> {
        let (half_width, center) = ((cut + 1.0) / 2.0, (cut - 1.0) / 2.0);
        let first = half_width / (1.0 - center);
        let mut sigma = first;
        let mut rows = rows;
        let mut next = vec![[0.0; VECTORS]; rows.len()];
        let factor = sigma / half_width;
        let start = Factors { image: factor as f32, current: (-center * factor) as f32, previous: 0.0 };
        self.step(&rows, &mut next, start);
        for _ in 1..DEGREE {
            let new_sigma = 1.0 / (2.0 / first - sigma);
            let factor = 2.0 * new_sigma / half_width;
            let (current, previous) = ((-center * factor) as f32, (-sigma * new_sigma) as f32);
            self.step(&next, &mut rows, Factors { image: factor as f32, current, previous });
            std::mem::swap(&mut rows, &mut next);
            sigma = new_sigma;
        }
        next
    }

    /// Orthonormalizes the vectors and turns them into approximate eigenvectors by decreasing eigenvalue, which are
    /// returned (Rayleigh–Ritz).
    fn rotate(&self, rows: &mut [Row]) -> Option<[f64; VECTORS]> {
        // Twice, as the first time leaves the errors of an ill-conditioned Gram matrix.
        for _ in 0..2 {
            self.remove_first(rows);
            let gram = products(rows, rows).self_adjoint_eigen(Side::Lower).ok()?;
            let values: Vec<f64> = gram.S().column_vector().iter().copied().collect();
            let largest = values.iter().copied().fold(0.0, f64::max);
            let scale = |value: f64| if value > NEGLIGIBLE * largest { 1.0 / value.sqrt() } else { 0.0 };
            transform(rows, &Mat::from_fn(VECTORS, VECTORS, |i, j| gram.U()[(i, j)] * scale(values[j])));
        }
        let mut images = vec![[0.0; VECTORS]; rows.len()];
        self.step(rows, &mut images, Factors { image: 1.0, current: 0.0, previous: 0.0 });
        let eigen = products(rows, &images).self_adjoint_eigen(Side::Lower).ok()?;
        let descending = |j: usize| VECTORS - 1 - j;
        transform(rows, &Mat::from_fn(VECTORS, VECTORS, |i, j| eigen.U()[(i, descending(j))]));
        let values = std::array::from_fn(|j| eigen.S().column_vector()[descending(j)]);
        let is_finite = values.iter().all(|value| value.is_finite()) && rows.iter().flatten().all(|v| v.is_finite());
        is_finite.then_some(values)
    }

    fn remove_first(&self, rows: &mut [Row]) {
        let mut shares = [0.0f64; VECTORS];
        for (row, first) in rows.iter().zip(&self.first) {
            (0..VECTORS).for_each(|i| shares[i] += f64::from(row[i] * first));
        }
        for (row, first) in rows.iter_mut().zip(&self.first) {
            (0..VECTORS).for_each(|i| row[i] -= shares[i] as f32 * first);
        }
    }
}

/// Returns the dot products of all pairs of vectors.
fn products(left: &[Row], right: &[Row]) -> Mat<f64> {
    let mut sums = [[0.0f64; VECTORS]; VECTORS];
    for (left, right) in left.iter().zip(right) {
        for (sums, left) in sums.iter_mut().zip(left) {
            (0..VECTORS).for_each(|j| sums[j] += f64::from(*left) * f64::from(right[j]));
        }
    }
    Mat::from_fn(VECTORS, VECTORS, |i, j| (sums[i][j] + sums[j][i]) / 2.0)
}

/// Replaces the vectors with linear combinations of them.
fn transform(rows: &mut [Row], factors: &Mat<f64>) {
    let factors: [[f32; VECTORS]; VECTORS] = std::array::from_fn(|i| std::array::from_fn(|j| factors[(i, j)] as f32));
    for row in rows {
        let mut sum = [0.0; VECTORS];
        for (value, factors) in row.iter().zip(&factors) {
            (0..VECTORS).for_each(|j| sum[j] += value * factors[j]);
        }
        *row = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a graph in which each cell is connected to the next, and the last to the first.
    fn ring(cells: u32) -> Connectivities {
        let row = |cell: u32| {
            let mut row = vec![((cell + 1) % cells, 0.5), ((cell + cells - 1) % cells, 0.5)];
            row.sort_by_key(|(target, _)| *target);
            row
        };
        Connectivities::from_rows((0..cells).map(row).collect())
    }

    /// The eigenvectors of a ring of n cells are sine and cosine, so its points are on a circle of radius √(2/n).
    #[test]
    fn a_ring_becomes_a_circle() {
        let cells = 90;
        let points = start(&ring(cells), 1).unwrap();
        let step = std::f64::consts::TAU / f64::from(cells);
        for (point, next) in points.iter().zip(points.iter().cycle().skip(1)) {
            let [[x, y], [u, v]] = [point, next].map(|point| point.map(f64::from));
            assert!(((x * x + y * y).sqrt() - (2.0 / f64::from(cells)).sqrt()).abs() < 1e-3);
            let angle = (x * v - y * u).atan2(x * u + y * v).abs();
            assert!((angle - step).abs() < 0.01, "{angle}, not {step}");
        }
    }

    #[test]
    fn a_graph_of_two_components_has_no_spectral_start() {
        let pairs = (0..40u32).map(|cell| vec![(cell ^ 1, 1.0)]).collect();
        assert!(start(&Connectivities::from_rows(pairs), 0).is_none());
    }
}
