//! The data of cells: columns of obs, embeddings of obsm and matrices of obsp.

use std::sync::Arc;

use super::{Computed, EmbeddingHeader, Format, Matrix, embedding, loom};
use crate::matrix::{Column, ColumnHeader, Error, error::Location, hdf5_thread, tree::Node};

impl Matrix {
    /// Returns the file with computed columns and embeddings beside its own, which keep their names. Computed ones get
    /// another name if theirs is taken. Those of another number of cells are ignored.
    pub fn with_computed(self, computed: Computed) -> Self {
        if !computed.has_cells(self.cell_count()) {
            return self;
        }
        let computed = computed.named_beside(&self.obs_columns(), &self.obsm());
        Self { computed: Some(Arc::new(computed)), ..self }
    }

    /// Returns the computed columns and embeddings with their names in this file.
    pub fn computed(&self) -> Option<&Computed> {
        self.computed.as_deref()
    }

    /// Returns the columns of obs without the index, then the computed ones.
    pub fn obs_columns(&self) -> Vec<ColumnHeader> {
        let mut headers = hdf5_thread::run(|| self.cells.headers(&self.file));
        let beside = self.beside().columns.iter().filter(|(name, _)| !self.cells.has(name));
        headers.extend(beside.map(|(name, column)| ColumnHeader { name: name.clone(), kind: column.kind() }));
        headers.extend(self.computed().into_iter().flat_map(Computed::column_headers));
        headers
    }

    /// Reads a column of obs.
    ///
    /// # Errors
    /// Fails if the column is missing or damaged.
    pub fn obs_column(&self, name: &str) -> Result<Column, Error> {
        if let Some(column) = self.computed().and_then(|computed| computed.column(name)) {
            return Ok(column.clone());
        }
        let beside = self.beside().columns.iter().find(|(other, _)| other == name && !self.cells.has(name));
        let column = match beside {
            Some((_, column)) => column.clone(),
            None => hdf5_thread::run(|| self.cells.column(&self.file, name))?,
        };
        Ok(match &self.subset {
            Some(subset) => subset.select_column(column),
            None => column,
        })
    }

    /// Returns the names and sizes of the embeddings in obsm, then of the computed ones.
    pub fn obsm(&self) -> Vec<EmbeddingHeader> {
        let mut headers = hdf5_thread::run(|| embedding::headers(&self.file, &self.obsm_at(), self.cells_in_file()));
        headers.extend(self.beside().embeddings.iter().map(|(header, _)| header.clone()));
        headers.extend(self.computed().into_iter().flat_map(Computed::embedding_headers));
        headers
    }

    /// Returns the location of the embeddings.
    fn obsm_at(&self) -> Location {
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
        if let Some(points) = self.computed().and_then(|computed| computed.embedding(name)) {
            if dimensions.iter().any(|dimension| *dimension > 1) {
                let expected = "an embedding with two dimensions has no others".to_owned();
                return Err(Error::Shape { at, found: vec![points.len() as u64, 2], expected });
            }
            return Ok(points.iter().map(|point| dimensions.map(|dimension| point[dimension])).collect());
        }
        let beside = self.beside().embeddings.iter().find(|(header, _)| header.name == name);
        let points = match beside {
            Some((_, points)) => embedding::chosen(points, &at, dimensions)?,
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
