//! The input file of a run, reduced to the cells of the run, with the clusters and the map that castui computed.

use std::path::Path;

use super::clustering;
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

/// Opens the input file of a run at its current path. Does not check whether the file has changed. A stored analysis
/// appears beside the columns of obs and the embeddings of obsm, unless the file has changed since.
///
/// # Errors
/// Fails if the file or the list of cells cannot be read, or the file lacks cells of the list.
pub fn open(run: &Run, path: &Path) -> Result<Matrix, Error> {
    let matrix = Matrix::open(path)?;
    let matrix = match run.kept_rows()? {
        Some(rows) => matrix.subset(RowSubset::new(rows))?,
        None => matrix,
    };
    Ok(match clustering::stored(run, path) {
        Some(analysis) => {
            let places: Vec<Option<usize>> = (0..analysis.clusters.len()).map(Some).collect();
            matrix.with_computed(clustering::computed(&analysis, &places))
        }
        None => matrix,
    })
}
