//! The matrix of which a sample is chosen.

use std::path::Path;

use crate::{
    chunk::ValuePolicy,
    matrix::{CountSource, Matrix},
};

/// A count matrix of a file, and the rules for reading it.
#[derive(Clone, Copy)]
pub struct SampledMatrix<'a> {
    /// The file.
    pub matrix: &'a Matrix,
    /// The count matrix.
    pub source: &'a CountSource,
    /// The policy for the values.
    pub values: ValuePolicy,
    /// The user's cache, in which the principal components of the cells are kept; `None` keeps none.
    pub cache: Option<&'a Path>,
}
