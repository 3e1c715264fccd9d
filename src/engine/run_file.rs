//! The input file of a run, reduced to the cells of the run.

use std::path::Path;

use crate::{
    matrix::{self, Matrix, RowSubset},
    store::{self, Run},
};

/// An error that prevents opening the input file of a run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// The run's list of cells cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Opens the input file of a run at its current path. Does not check whether the file has changed.
///
/// # Errors
/// Fails if the file or the list of cells cannot be read, or the file lacks cells of the list.
pub fn open(run: &Run, path: &Path) -> Result<Matrix, Error> {
    let matrix = Matrix::open(path)?;
    Ok(match run.kept_rows()? {
        Some(rows) => matrix.subset(RowSubset::new(rows))?,
        None => matrix,
    })
}
