//! What the user's own file says of the cells of a run: columns of obs, embeddings of obsm. In: the file of a run. Out:
//! one value a cell. Refuses a file that has other cells than the run.

use std::{fmt, path::PathBuf};

use super::run_file;
use crate::{
    matrix::{self, Matrix},
    store::Run,
};

pub use crate::matrix::{Column, ColumnHeader, ColumnKind, EmbeddingHeader};

/// Why a file tells nothing of a run's cells.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// It cannot be opened as the file of the run.
    #[error(transparent)]
    File(#[from] run_file::Error),
    /// It is not what it was when the run began.
    #[error("{path} has {found} cells but the run has {cells}; was the file changed since the run?", path = path.display())]
    OtherCells {
        /// The file.
        path: PathBuf,
        /// Cells of the file.
        found: usize,
        /// Cells of the run.
        cells: usize,
    },
}

/// The columns and embeddings of a run's file; values are read when asked for.
pub struct CellColumns {
    matrix: Matrix,
}

impl fmt::Debug for CellColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CellColumns({})", self.matrix.path().display())
    }
}

impl CellColumns {
    /// Opens the file of a run.
    ///
    /// # Errors
    /// When it is not there, not understood, or has another number of cells.
    pub fn open(run: &Run) -> Result<Self, Error> {
        let (path, cells) = (run.input_path(), run.manifest().input.cells_in_file());
        let matrix = run_file::open(run, &path)?;
        match matrix.cells_in_file() {
            found if found == cells => Ok(Self { matrix }),
            found => Err(Error::OtherCells { path, found, cells }),
        }
    }

    /// The columns of obs, in the file's order.
    pub fn obs(&self) -> Vec<ColumnHeader> {
        self.matrix.obs_columns()
    }

    /// The values of a column of obs.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot be read.
    pub fn column(&self, name: &str) -> Result<Column, Error> {
        Ok(self.matrix.obs_column(name)?)
    }

    /// The embeddings of obsm.
    pub fn obsm(&self) -> Vec<EmbeddingHeader> {
        self.matrix.obsm()
    }

    /// Two dimensions of an embedding, one pair a cell.
    ///
    /// # Errors
    /// When there is none of that name, or it has not these dimensions.
    pub fn embedding(&self, name: &str, dimensions: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
        Ok(self.matrix.embedding(name, dimensions)?)
    }
}
