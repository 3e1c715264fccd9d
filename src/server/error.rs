//! Why a service could not be started. Each names the file and the fix.

use crate::matrix;

/// What keeps a reference from being used, or a service from starting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The reference file cannot be read.
    #[error("the reference cannot be read")]
    Matrix(#[from] matrix::Error),
    /// A value that is no count.
    #[error(
        "cell {cell} of the reference has the value {value}, which is no count; give raw counts in X, raw.X or layers/counts"
    )]
    NotACount {
        /// The row, from 0.
        cell: usize,
        /// The value.
        value: f32,
    },
    /// All cells are equal.
    #[error("all cells of the reference are the same, which leaves nothing to tell cell types apart by")]
    NoVariance,
    /// The eigenvalue solver failed.
    #[error("the principal components of the reference could not be computed: its values are not finite")]
    NoConvergence,
}
