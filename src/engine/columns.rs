//! Columns of obs and embeddings of obsm in the input file of a run. In: a run. Out: one value per cell. Refuses a file
//! whose number of cells differs from that of the run.

use std::{fmt, path::PathBuf};

use super::run_file;
use crate::{
    matrix::{self, Matrix},
    store::Run,
};

pub(crate) use crate::matrix::{Column, ColumnHeader, ColumnKind, EmbeddingHeader, usual_embedding};

/// An error that prevents reading the columns of a run's file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// The file cannot be opened with the cells of the run.
    #[error("{0}")]
    File(#[from] run_file::Error),
    /// The file has changed since the run was created.
    #[error("{path} has {found} cells but the run has {cells}; was the file changed since the run?", path = path.display())]
    OtherCells {
        /// The file.
        path: PathBuf,
        /// Number of cells in the file.
        found: usize,
        /// Number of cells in the file when the run was created.
        cells: usize,
    },
}

/// The columns and embeddings of a run's input file. Values are read on request.
pub struct CellColumns {
    matrix: Matrix,
}

impl fmt::Debug for CellColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CellColumns({})", self.matrix.path().display())
    }
}

impl CellColumns {
    /// Opens the input file of a run.
    ///
    /// # Errors
    /// Fails if the file is missing, cannot be read, or has another number of cells.
    pub fn open(run: &Run) -> Result<Self, Error> {
        let (path, cells) = (run.input_path(), run.manifest().input.cells_in_file());
        let matrix = run_file::open(run, &path)?;
        match matrix.cells_in_file() {
            found if found == cells => Ok(Self { matrix }),
            found => Err(Error::OtherCells { path, found, cells }),
        }
    }

    /// Returns two dimensions of an embedding for all cells of a run's input file, those of the run and others.
    ///
    /// # Errors
    /// Fails if the file lacks the embedding or cannot be read.
    pub fn embedding_of_file(run: &Run, name: &str, dimensions: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
        Ok(Matrix::open(&run.input_path())?.embedding(name, dimensions)?)
    }

    /// Returns the columns of obs, in the order of the file.
    pub fn obs(&self) -> Vec<ColumnHeader> {
        self.matrix.obs_columns()
    }

    /// Reads the values of a column of obs.
    ///
    /// # Errors
    /// Fails if the column does not exist or cannot be read.
    pub fn column(&self, name: &str) -> Result<Column, Error> {
        Ok(self.matrix.obs_column(name)?)
    }

    /// Returns the embeddings in obsm.
    pub fn obsm(&self) -> Vec<EmbeddingHeader> {
        self.matrix.obsm()
    }

    /// Reads two dimensions of an embedding, one pair per cell.
    ///
    /// # Errors
    /// Fails if the embedding does not exist or does not have these dimensions.
    pub fn embedding(&self, name: &str, dimensions: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
        Ok(self.matrix.embedding(name, dimensions)?)
    }
}
