//! Columns that the genes of a matrix lack and those of another have, joined by the names of the genes: scanpy users add
//! ids to `var` after `raw` was set, and subset `var` while `raw.var` keeps what it had. On the HDF5 thread.

use std::{collections::HashMap, path::Path, sync::Arc};

use super::Format;
use crate::matrix::{ColumnHeader, CountSource, Error, frame::Frame, h5::File};

/// The frame that may lend columns to the genes of a matrix.
pub struct Joined {
    frame: Frame,
}

impl Joined {
    /// Opens the other frame of a file: `var` for `raw.X`, `raw.var` for the rest.
    pub fn open(file: &Arc<File>, path: &Path, format: &Format, source: &CountSource) -> Option<Self> {
        let other = match (format, source) {
            (Format::H5ad, CountSource::RawX) => CountSource::X,
            (Format::H5ad, CountSource::X | CountSource::Layer(_)) => CountSource::RawX,
            (Format::TenXV3 | Format::TenXV2 { .. }, _) => return None,
        };
        format.genes(file, path, &other).ok().map(|frame| Self { frame })
    }

    /// Its columns.
    pub fn headers(&self, file: &Arc<File>) -> Vec<ColumnHeader> {
        self.frame.headers(file)
    }

    /// Whether it has a column.
    pub fn has(&self, name: &str) -> bool {
        self.frame.has(name)
    }

    /// The values of a column, one a gene of the other frame; `None` where this one has no gene of that name, or
    /// several. Where both have the same names in the same order, a gene's place tells which it is.
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
