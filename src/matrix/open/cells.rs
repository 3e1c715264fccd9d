//! The data of cells: names, columns of obs, embeddings of obsm and matrices of obsp.

use super::{EmbeddingHeader, Format, Matrix, embedding, loom};
use crate::matrix::{Column, ColumnHeader, Error, error::Location, hdf5_thread, tree::Node};

impl Matrix {
    /// Reads the names of the cells, exactly as in the file.
    ///
    /// # Errors
    /// Fails if the index is damaged.
    pub fn cell_names(&self) -> Result<Vec<String>, Error> {
        hdf5_thread::run(|| match &self.subset {
            Some(subset) => self.cells.names_of(&self.file, subset.rows()),
            None => self.cells.names(&self.file),
        })
    }

    /// Reads the name of one cell.
    ///
    /// # Errors
    /// Fails if the index is damaged or the cell does not exist.
    pub fn cell_name(&self, cell: usize) -> Result<String, Error> {
        let row = self.file_row(cell);
        let names = hdf5_thread::run(|| self.cells.names_of(&self.file, row.as_slice()))?;
        names.into_iter().next().ok_or_else(|| Error::Missing { at: self.cells.at.join(&cell.to_string()) })
    }

    /// Returns the row of a cell in the file, from 0; `None` if the cell does not exist.
    pub fn file_row(&self, cell: usize) -> Option<u32> {
        match &self.subset {
            Some(subset) => subset.rows().get(cell).copied(),
            None => u32::try_from(cell).ok().filter(|_| cell < self.cells.rows),
        }
    }

    /// Returns the columns of obs without the index, then the added ones.
    pub fn obs_columns(&self) -> Vec<ColumnHeader> {
        let mut headers = self.own_obs_columns();
        headers.extend(self.added().column_headers());
        headers
    }

    /// Returns the columns of obs that the file has itself, without the index.
    pub fn own_obs_columns(&self) -> Vec<ColumnHeader> {
        hdf5_thread::run(|| self.cells.headers(&self.file))
    }

    /// Reads a column of obs.
    ///
    /// # Errors
    /// Fails if the column is missing or damaged.
    pub fn obs_column(&self, name: &str) -> Result<Column, Error> {
        let added = if self.cells.has(name) { None } else { self.added().column(name) };
        let column = match added {
            Some(column) => column.clone(),
            None => hdf5_thread::run(|| self.cells.column(&self.file, name))?,
        };
        Ok(match &self.subset {
            Some(subset) => subset.select_column(column),
            None => column,
        })
    }

    /// Returns the names and sizes of the embeddings in obsm, then of the added ones.
    pub fn obsm(&self) -> Vec<EmbeddingHeader> {
        let mut headers = hdf5_thread::run(|| embedding::headers(&self.file, &self.obsm_at(), self.cells_in_file()));
        headers.extend(self.added().embedding_headers());
        headers
    }

    /// Returns the location of the embeddings.
    pub(super) fn obsm_at(&self) -> Location {
        let object = match self.format.anndata() {
            Some(root) => format!("{root}/obsm"),
            None if self.format == Format::Loom => loom::CELLS.to_owned(),
            None => "/obsm".to_owned(),
        };
        Location::new(&self.path, object)
    }

    pub(super) fn obsp_at(&self) -> Location {
        Location::new(&self.path, format!("{}/obsp", self.format.anndata().unwrap_or_default()))
    }

    /// Reads two dimensions of an embedding, one pair per cell.
    ///
    /// # Errors
    /// Fails if the embedding is missing or damaged, or has fewer dimensions.
    pub fn embedding(&self, name: &str, dimensions: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
        let at = self.obsm_at().join(name);
        let points = match self.added().embedding(name) {
            Some(points) => embedding::chosen(points, &at, dimensions)?,
            None => hdf5_thread::run(|| embedding::read(&self.file, &at, self.cells_in_file(), dimensions))?,
        };
        Ok(match &self.subset {
            Some(subset) => subset.select(&points),
            None => points,
        })
    }

    /// Returns the names of the cell-by-cell matrices in obsp.
    pub fn obsp(&self) -> Vec<String> {
        let at = self.obsp_at();
        hdf5_thread::run(|| match Node::find(&self.file, &at) {
            Ok(Some(Node::Group(group))) => group.members().unwrap_or_default(),
            Ok(Some(Node::Dataset(_)) | None) | Err(_) => Vec::new(),
        })
    }
}
