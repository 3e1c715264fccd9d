//! The file of a run as the run sees it: narrowed to the cells the run is about.

use std::path::Path;

use crate::{
    matrix::{self, Matrix, RowSubset},
    store::{self, Run},
};

/// Why the file of a run cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// The run's list of cells cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Opens the file of a run, wherever it is now. Whether it is still the same file is another question.
///
/// # Errors
/// When file or list cannot be read, or the file lacks cells of the list.
pub fn open(run: &Run, path: &Path) -> Result<Matrix, Error> {
    let matrix = Matrix::open(path)?;
    Ok(match run.kept_rows()? {
        Some(rows) => matrix.subset(RowSubset::new(rows))?,
        None => matrix,
    })
}
