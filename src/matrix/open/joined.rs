//! Columns of the other gene frame of a file, joined by gene name. scanpy users add IDs to `var` after `raw` was set,
//! or subset `var` while `raw.var` keeps all genes. All functions run on the HDF5 thread.

use std::{collections::HashMap, path::Path, sync::Arc};

use super::Format;
use crate::matrix::{ColumnHeader, CountSource, Error, frame::Frame, tree::File};

/// The gene frame from which columns are joined.
pub struct Joined {
    frame: Frame,
}

impl Joined {
    /// Opens the other gene frame of a file: `var` for `raw.X`, `raw.var` for other matrices.
    pub fn open(file: &Arc<File>, path: &Path, format: &Format, source: &CountSource) -> Option<Self> {
        let other = match (format, source) {
            (Format::H5ad | Format::Zarr | Format::H5mu { .. }, CountSource::RawX) => CountSource::X,
            (Format::H5ad | Format::Zarr | Format::H5mu { .. }, CountSource::X | CountSource::Layer(_)) => {
                CountSource::RawX
            }
            (Format::TenXV3 | Format::TenXV2 { .. } | Format::Loom | Format::Mex, _) => return None,
        };
        format.genes(file, path, &other).ok().map(|frame| Self { frame })
    }

    /// Returns the columns.
    pub fn headers(&self, file: &Arc<File>) -> Vec<ColumnHeader> {
        self.frame.headers(file)
    }

    /// Returns whether there is a column with this name.
    pub fn has(&self, name: &str) -> bool {
        self.frame.has(name)
    }

    /// Reads a column, with one value per gene of `genes`. A value is `None` if this frame has no gene of that name, or
    /// several. If both frames have the same names in the same order, genes are matched by position.
    pub fn column(&self, file: &Arc<File>, name: &str, genes: &Frame) -> Result<Vec<Option<String>>, Error> {
        let column = self.frame.column(file, name)?;
        let (lending, names) = (self.frame.names(file)?, genes.names(file)?);
        if lending == names {
            return Ok((0..column.len()).map(|row| column.text(row)).collect());
        }
        let mut rows: HashMap<String, Option<usize>> = HashMap::new();
        for (row, gene) in lending.into_iter().enumerate() {
            rows.entry(gene).and_modify(|row| *row = None).or_insert(Some(row));
        }
        let value = |gene: String| rows.get(&gene).copied().flatten().and_then(|row| column.text(row));
        Ok(names.into_iter().map(value).collect())
    }
}
