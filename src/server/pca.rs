//! Centered principal component analysis of packed counts. In: log-normalized counts, cells × genes. Out: the
//! components. A pure computation on all cores; the result does not depend on the number of threads.
//!
//! The covariance operator `C = Aᵀ A / n` of the centered matrix is never formed: one pass over the cells applies it
//! to a block of vectors. For few genes it is applied to all unit vectors, and the eigenvectors are exact. For many
//! genes the eigenvectors come from a block Krylov space with a seeded random start by Rayleigh–Ritz (Musco & Musco
//! 2015, arXiv:1504.05477, algorithm 2). Dense factorizations use faer.

use faer::{Accum, Mat, MatRef, Par, Side, linalg::matmul::matmul};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{Error, counts::PackedCounts};
use covariance::Covariance;

mod covariance;

/// The maximum number of components.
pub const DIMENSIONS: usize = 50;

/// The maximum number of genes for which the whole covariance matrix is formed.
const FEW_GENES: usize = 1024;

/// The number of vectors per Krylov block: the components and some extra.
const BLOCK: usize = 64;

/// The number of Krylov blocks, and hence of passes over the cells.
const BLOCKS: usize = 6;

/// The share of the first component's variance below which a component is rounding error.
const NEGLIGIBLE: f64 = 1e-10;

/// The principal components of a matrix.
#[derive(Clone, Debug)]
pub struct Components {
    /// The mean of each gene.
    pub means: Vec<f64>,
    /// The loadings, genes × components: unit columns in order of descending variance. The largest loading of each is
    /// positive.
    pub loadings: Mat<f64>,
}

/// Finds at most [`DIMENSIONS`] components; fewer if the rank is lower.
///
/// # Errors
/// Fails with [`Error::NoVariance`] if all cells are the same.
pub fn components(counts: &PackedCounts) -> Result<Components, Error> {
    let covariance = Covariance::new(counts);
    let genes = counts.gene_count();
    let (basis, projected) = if genes <= FEW_GENES {
        (Mat::identity(genes, genes), covariance.apply(Mat::<f64>::identity(genes, genes).as_ref()))
    } else {
        krylov(&covariance, genes)
    };
    let eigen = projected.self_adjoint_eigen(Side::Lower).map_err(|_| Error::NoConvergence)?;
    let variances = eigen.S().column_vector();
    let largest = variances.iter().copied().fold(0.0, f64::max);
    let ascending = 0..variances.nrows();
    let chosen: Vec<usize> =
        ascending.rev().take(DIMENSIONS).filter(|&i| variances[i] > largest * NEGLIGIBLE).collect();
    if largest <= 0.0 || chosen.is_empty() {
        return Err(Error::NoVariance);
    }
    let directions = Mat::from_fn(projected.nrows(), chosen.len(), |i, j| eigen.U()[(i, chosen[j])]);
    let mut loadings = product(basis.as_ref(), directions.as_ref());
    (0..loadings.ncols()).for_each(|j| fix_sign(loadings.col_as_slice_mut(j)));
    Ok(Components { means: covariance.into_means(), loadings })
}

/// Returns an orthonormal basis of the Krylov space, and the block-tridiagonal operator in that basis.
fn krylov(covariance: &Covariance<'_>, genes: usize) -> (Mat<f64>, Mat<f64>) {
    let size = BLOCK * BLOCKS;
    let mut basis = Mat::zeros(genes, size);
    let mut projected = Mat::zeros(size, size);
    let mut random = StdRng::seed_from_u64(0);
    let mut next = orthonormal(&Mat::from_fn(genes, BLOCK, |_, _| random.random_range(-1.0..1.0)));
    for first in (0..size).step_by(BLOCK) {
        basis.subcols_mut(first, BLOCK).copy_from(&next);
        let known = basis.subcols(0, first + BLOCK);
        let image = covariance.apply(next.as_ref());
        let coordinates = product(known.transpose(), image.as_ref());
        projected.submatrix_mut(0, first, first + BLOCK, BLOCK).copy_from(&coordinates);
        projected.submatrix_mut(first, 0, BLOCK, first + BLOCK).copy_from(coordinates.transpose());
        // Two rounds suffice (Giraud et al. 2005), even when the rank is exhausted and only rounding errors remain.
        next = orthonormal(&without(known, image));
        next = orthonormal(&without(known, next));
    }
    (basis, projected)
}

fn orthonormal(columns: &Mat<f64>) -> Mat<f64> {
    columns.qr().compute_thin_Q()
}

/// Returns the columns minus their projections onto an orthonormal basis.
fn without(basis: MatRef<'_, f64>, mut columns: Mat<f64>) -> Mat<f64> {
    let parts = product(basis.transpose(), columns.as_ref());
    matmul(columns.as_mut(), Accum::Add, basis, parts.as_ref(), -1.0, Par::Seq);
    columns
}

fn product(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::zeros(left.nrows(), right.ncols());
    matmul(result.as_mut(), Accum::Replace, left, right, 1.0, Par::Seq);
    result
}

fn fix_sign(column: &mut [f64]) {
    let largest = column.iter().copied().fold(0.0, |largest: f64, v| if v.abs() > largest.abs() { v } else { largest });
    if largest < 0.0 {
        column.iter_mut().for_each(|value| *value = -*value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::fake::FakeCounts;

    /// Returns the distances between all pairs of rows.
    fn distances(scores: &Mat<f64>) -> Vec<f64> {
        let n = scores.nrows();
        let pair = |i: usize, j: usize| (scores.row(i) - scores.row(j)).norm_l2();
        (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| pair(i, j)).collect()
    }

    fn centered(counts: &PackedCounts) -> Mat<f64> {
        let mut dense = Mat::zeros(counts.cell_count(), counts.gene_count());
        let mut row = Vec::new();
        for cell in 0..counts.cell_count() {
            counts.decode(cell, &mut row);
            row.iter().for_each(|&(gene, value)| dense[(cell, gene as usize)] = f64::from(value));
        }
        let mean: Vec<f64> =
            (0..dense.ncols()).map(|j| dense.col(j).iter().sum::<f64>() / dense.nrows() as f64).collect();
        Mat::from_fn(dense.nrows(), dense.ncols(), |i, j| dense[(i, j)] - mean[j])
    }

    fn compare_with_dense_svd(cells: usize, genes: usize) {
        let counts = PackedCounts::read(&FakeCounts::clustered(cells, genes)).unwrap();
        let found = components(&counts).unwrap();
        let centred = centered(&counts);
        let svd = centred.thin_svd().unwrap();
        let expected = Mat::from_fn(cells, DIMENSIONS.min(cells - 1), |i, j| svd.U()[(i, j)] * svd.S()[j]);
        let scores = &centred * &found.loadings;
        assert_eq!(scores.ncols(), expected.ncols());
        for (found, expected) in distances(&scores).into_iter().zip(distances(&expected)) {
            assert!((found - expected).abs() <= 1e-4 * expected, "{found} {expected}");
        }
    }

    #[test]
    fn distances_equal_those_of_a_dense_svd_for_few_genes() {
        compare_with_dense_svd(120, 90);
    }

    #[test]
    fn distances_equal_those_of_a_dense_svd_for_many_genes() {
        compare_with_dense_svd(150, 1300);
    }

    #[test]
    fn a_low_rank_gives_fewer_components() {
        let counts = PackedCounts::read(&FakeCounts::clustered(8, 1200)).unwrap();
        assert_eq!(components(&counts).unwrap().loadings.ncols(), 7);
        let same = PackedCounts::read(&FakeCounts::dense(&[vec![1.0, 2.0], vec![1.0, 2.0]])).unwrap();
        assert!(matches!(components(&same), Err(Error::NoVariance)));
    }

    #[test]
    fn repeated_runs_give_identical_bits() {
        let counts = PackedCounts::read(&FakeCounts::clustered(60, 1100)).unwrap();
        assert_eq!(components(&counts).unwrap().loadings, components(&counts).unwrap().loadings);
    }
}
