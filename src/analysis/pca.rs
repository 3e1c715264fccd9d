//! Principal component analysis. In: the covariance of genes. Out: the components. A pure computation; the result does
//! not depend on the number of threads.
//!
//! For few genes the eigenvectors are exact. For many genes they come from a block Krylov space with a seeded random
//! start by Rayleigh–Ritz (Musco & Musco 2015, arXiv:1504.05477, algorithm 2). Dense factorizations use faer.

use faer::{Accum, Mat, MatRef, Par, Side, linalg::matmul::matmul};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::Error;

pub(crate) mod gram;

/// The maximum number of genes for which all eigenvectors are computed.
const FEW_GENES: usize = 1024;

/// The number of vectors per Krylov block in addition to the components.
const EXTRA: usize = 14;

/// The number of Krylov blocks.
const BLOCKS: usize = 8;

/// The share of the first component's variance below which a component is rounding error.
const NEGLIGIBLE: f64 = 1e-10;

/// The principal components of a matrix.
#[derive(Clone, Debug)]
pub struct Components {
    /// The loadings, genes × components: unit columns in order of descending variance. The largest loading of each is
    /// positive, as in scikit-learn.
    pub loadings: Mat<f64>,
    /// The variance of each component.
    pub variances: Vec<f64>,
}

/// Finds at most `n_pcs` components of a covariance matrix; fewer if the rank is lower.
///
/// # Errors
/// Fails with [`Error::NoVariance`] if the matrix is zero.
pub fn components(covariance: &Mat<f64>, n_pcs: usize, random_state: u64) -> Result<Components, Error> {
    let genes = covariance.nrows();
    let block = n_pcs + EXTRA;
    let is_exact = genes <= FEW_GENES.max(block * BLOCKS);
    let (basis, projected) = match is_exact {
        true => (Mat::identity(genes, genes), covariance.clone()),
        false => krylov(covariance, block, random_state),
    };
    let eigen = projected.self_adjoint_eigen(Side::Lower).map_err(|_| Error::NoConvergence)?;
    let variances = eigen.S().column_vector();
    let largest = variances.iter().copied().fold(0.0, f64::max);
    let ascending = 0..variances.nrows();
    let chosen: Vec<usize> = ascending.rev().take(n_pcs).filter(|&i| variances[i] > largest * NEGLIGIBLE).collect();
    if largest <= 0.0 || chosen.is_empty() {
        return Err(Error::NoVariance);
    }
    let directions = Mat::from_fn(projected.nrows(), chosen.len(), |i, j| eigen.U()[(i, chosen[j])]);
    let mut loadings = product(basis.as_ref(), directions.as_ref());
    (0..loadings.ncols()).for_each(|j| fix_sign(loadings.col_as_slice_mut(j)));
    Ok(Components { loadings, variances: chosen.iter().map(|&i| variances[i]).collect() })
}

/// Multiplies the covariance of genes by a factor for each gene.
pub fn scale(covariance: &mut Mat<f64>, factors: &[f64]) {
    for (column, outer) in covariance.col_iter_mut().zip(factors) {
        column.iter_mut().zip(factors).for_each(|(value, inner)| *value *= outer * inner);
    }
}

/// Returns an orthonormal basis of the Krylov space, and the block-tridiagonal operator in that basis.
fn krylov(covariance: &Mat<f64>, block: usize, random_state: u64) -> (Mat<f64>, Mat<f64>) {
    let (genes, size) = (covariance.nrows(), block * BLOCKS);
    let mut basis = Mat::zeros(genes, size);
    let mut projected = Mat::zeros(size, size);
    let mut random = StdRng::seed_from_u64(random_state);
    let mut next = orthonormal(&Mat::from_fn(genes, block, |_, _| random.random_range(-1.0..1.0)));
    for first in (0..size).step_by(block) {
        basis.subcols_mut(first, block).copy_from(&next);
        let known = basis.subcols(0, first + block);
        let image = product(covariance.as_ref(), next.as_ref());
        let coordinates = product(known.transpose(), image.as_ref());
        projected.submatrix_mut(0, first, first + block, block).copy_from(&coordinates);
        projected.submatrix_mut(first, 0, block, first + block).copy_from(coordinates.transpose());
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
    use super::{gram::Gram, *};
    use crate::{analysis::fake::FakeCounts, matrix::RowSource};

    /// Returns the covariance as accumulated in two batches, and the centered matrix.
    fn covariance(source: &FakeCounts) -> (Mat<f64>, Mat<f64>) {
        let (cells, genes) = (source.cell_count(), source.gene_count());
        let mut gram = Gram::new(genes);
        let windows = [0..cells / 3, cells / 3..cells / 2, cells / 2..cells].map(|range| source.rows(range).unwrap());
        gram.add(&[&windows[0], &windows[1]]);
        gram.add(&[&windows[2]]);
        let mut dense = Mat::zeros(cells, genes);
        for (row, (columns, values)) in windows.iter().flat_map(|window| window.iter()).enumerate() {
            columns.iter().zip(values).for_each(|(j, value)| dense[(row, *j as usize)] = f64::from(*value));
        }
        let mean = |j: usize| dense.col(j).iter().sum::<f64>() / cells as f64;
        let means: Vec<f64> = (0..genes).map(mean).collect();
        (gram.covariance(), Mat::from_fn(cells, genes, |i, j| dense[(i, j)] - means[j]))
    }

    /// Returns the largest sine of the principal angles between the spans of two sets of orthonormal columns.
    fn largest_sine(one: &Mat<f64>, other: &Mat<f64>) -> f64 {
        let cosines = (one.transpose() * other).singular_values().unwrap();
        cosines.iter().map(|cosine| (1.0 - cosine * cosine).max(0.0).sqrt()).fold(0.0, f64::max)
    }

    fn compare_with_dense_svd(cells: usize, genes: usize, n_pcs: usize) {
        let (covariance, centered) = covariance(&FakeCounts::clustered(cells, genes));
        let found = components(&covariance, n_pcs, 0).unwrap();
        let svd = centered.thin_svd().unwrap();
        let expected = Mat::from_fn(genes, n_pcs, |i, j| svd.V()[(i, j)]);
        assert!(largest_sine(&found.loadings, &expected) < 1e-5);
        for (j, variance) in found.variances.iter().enumerate() {
            let expected = svd.S()[j].powi(2) / (cells as f64 - 1.0);
            assert!((variance - expected).abs() < 1e-6 * expected, "{j}: {variance} {expected}");
        }
    }

    #[test]
    fn components_equal_those_of_a_dense_svd_for_few_genes() {
        compare_with_dense_svd(60, 90, 20);
    }

    #[test]
    fn components_equal_those_of_a_dense_svd_for_many_genes() {
        compare_with_dense_svd(70, 1300, 5);
    }

    #[test]
    fn a_low_rank_gives_fewer_components() {
        let (low, _) = covariance(&FakeCounts::clustered(8, 1200));
        assert_eq!(components(&low, 50, 0).unwrap().loadings.ncols(), 7);
        let (none, _) = covariance(&FakeCounts::dense(&[vec![1.0, 2.0], vec![1.0, 2.0], vec![1.0, 2.0]]));
        assert!(matches!(components(&none, 50, 0), Err(Error::NoVariance)));
    }

    #[test]
    fn repeated_runs_give_identical_bits() {
        let (covariance, _) = covariance(&FakeCounts::clustered(60, 1100));
        let found = || components(&covariance, 10, 0).unwrap().loadings;
        assert_eq!(found(), found());
    }
}
