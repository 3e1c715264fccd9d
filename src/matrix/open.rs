//! An open matrix file: its structure, names and columns, and the readers of its matrices.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Error, frame::Frame, numeric_dataset::cache::ChunkCache, row_subset::RowSubset, tree::File};

mod added;
mod cells;
mod embedding;
mod features;
mod genes;
mod joined;
mod kinds;
mod layout;
mod loom;
mod matrices;
mod opening;
mod rows;
mod scores;
mod source;
mod split;

pub(crate) use added::Added;
use added::LazilyAdded;
pub(super) use added::free_name;
pub(super) use embedding::read_array;
pub(crate) use embedding::{EmbeddingHeader, usual_embedding};
pub(crate) use features::MergedColumn;
pub use kinds::FeatureKinds;
pub(crate) use layout::Format;
pub(crate) use scores::TermScores;
pub(crate) use source::{SourceHeader, StorageKind, Unstated};

/// An open `.h5ad` or 10x `.h5` file. Opening reads very little; everything else is read on request.
pub struct Matrix {
    path: PathBuf,
    file: Arc<File>,
    format: Format,
    cells: Frame,
    subset: Option<RowSubset>,
    cache: Arc<ChunkCache>,
    /// Columns and embeddings beside those of the file.
    added: Arc<LazilyAdded>,
}

impl Matrix {
    /// Returns a view of the file with only these cells. Row numbers of the view are positions in `rows`.
    ///
    /// # Errors
    /// Fails if a row is not in the file.
    pub fn subset(&self, rows: RowSubset) -> Result<Self, Error> {
        if let Some(&last) = rows.rows().last().filter(|last| **last as usize >= self.cells.rows) {
            let expected = format!("cell {last} was selected");
            return Err(Error::Shape { at: self.cells.at.clone(), found: vec![self.cells.rows as u64], expected });
        }
        Ok(Self {
            path: self.path.clone(),
            file: self.file.clone(),
            format: self.format.clone(),
            cells: self.cells.clone(),
            subset: Some(rows),
            cache: self.cache.clone(),
            added: self.added.clone(),
        })
    }

    /// Returns the row subset of this view, or `None` if it has all cells.
    pub fn row_subset(&self) -> Option<&RowSubset> {
        self.subset.as_ref()
    }

    /// Returns the number of cells in the file, whether they are in the view or not.
    pub fn cells_in_file(&self) -> usize {
        self.cells.rows
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the open file.
    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Returns the format of the file.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Returns the number of cells; in a view of a row subset, the size of the subset.
    pub fn cell_count(&self) -> usize {
        self.subset.as_ref().map_or(self.cells.rows, RowSubset::len)
    }
}
