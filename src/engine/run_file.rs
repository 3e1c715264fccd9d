//! The input file of a run, reduced to the cells of the run, with the clusters and the map that castui computed and the
//! tables that the user joins.

use std::path::{Path, PathBuf};

use super::computed_columns;
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
    /// The file is not the one that the answers are about.
    #[error("{path} does not have the cells of the answers in their order", path = path.display())]
    OtherCells {
        /// The file.
        path: PathBuf,
    },
    /// The run's list of cells cannot be read.
    #[error("{0}")]
    Store(#[from] store::Error),
}

/// Opens the input file of a run at its current path, reduced to the cells of the run. Does not check whether the file
/// has changed; see [`open_whole`] for the added columns.
///
/// # Errors
/// Fails if the file or the list of cells cannot be read, or the file lacks cells of the list.
pub fn open(run: &Run, path: &Path) -> Result<Matrix, Error> {
    let rows = run.kept_rows()?;
    let matrix = with_added(checked(run, path)?, path, run, rows.as_deref());
    Ok(match rows {
        Some(rows) => matrix.subset(RowSubset::new(rows))?,
        None => matrix,
    })
}

/// Opens the input file of a run at its current path, with all of its cells. A stored analysis and the tables that the
/// user joins appear beside the columns of obs and the embeddings of obsm. The analysis does not if the file has changed
/// since.
///
/// # Errors
/// Fails if the file or the list of cells cannot be read.
pub fn open_whole(run: &Run, path: &Path) -> Result<Matrix, Error> {
    let rows = run.kept_rows()?;
    Ok(with_added(checked(run, path)?, path, run, rows.as_deref()))
}

fn with_added(matrix: Matrix, path: &Path, run: &Run, rows: Option<&[u32]>) -> Matrix {
    let matrix = match computed_columns::stored(run, path) {
        Some(analysis) => {
            let places = places(rows, matrix.cells_in_file(), analysis.clusters.len());
            matrix.with_added(computed_columns::computed(&analysis, &places))
        }
        None => matrix,
    };
    if !run.may_have_tables() {
        return matrix;
    }
    let run = run.clone();
    matrix.with_tables_of(move || run.tables().clone())
}

/// Opens a file. That of the official client's answers must have their cells, because the client only names its input.
fn checked(run: &Run, path: &Path) -> Result<Matrix, Error> {
    let matrix = Matrix::open(path)?;
    if run.manifest().imported.is_some() && matrix.cell_names()? != run.cell_names()? {
        return Err(Error::OtherCells { path: path.to_owned() });
    }
    Ok(matrix)
}

/// Returns the cell of the run for each row of the file; `None` for rows that the run does not cover.
fn places(rows: Option<&[u32]>, in_file: usize, cells: usize) -> Vec<Option<usize>> {
    match rows {
        None => (0..in_file).map(|row| Some(row).filter(|row| *row < cells)).collect(),
        Some(rows) => {
            let mut places = vec![None; in_file];
            for (cell, &row) in rows.iter().enumerate().take(cells) {
                if let Some(place) = places.get_mut(row as usize) {
                    *place = Some(cell);
                }
            }
            places
        }
    }
}
