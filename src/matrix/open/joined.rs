//! Columns that `raw.var` lacks and `var` has, joined by the names of the genes: scanpy users add ids to `var` after
//! `raw` was set. On the HDF5 thread.

use std::{collections::HashMap, path::Path, sync::Arc};

use super::Format;
use crate::matrix::{ColumnHeader, CountSource, Error, frame::Frame, h5::File};

/// The frame of `var`, where it may lend columns to the genes of a matrix.
fn lender(format: &Format, file: &Arc<File>, path: &Path, source: &CountSource) -> Option<Frame> {
    match (format, source) {
        (Format::H5ad, CountSource::RawX) => format.genes(file, path, &CountSource::X).ok(),
        (Format::H5ad, CountSource::X | CountSource::Layer(_)) | (Format::TenXV3 | Format::TenXV2 { .. }, _) => None,
    }
}

/// The columns of `var` that the genes of a matrix lack.
pub fn headers(
    (format, file, path): (&Format, &Arc<File>, &Path),
    source: &CountSource,
    genes: &Frame,
) -> Vec<ColumnHeader> {
    let lender = lender(format, file, path, source);
    let lent = lender.into_iter().flat_map(|var| var.headers(file));
    lent.filter(|header| !genes.has(&header.name)).collect()
}

/// The values of such a column, one a gene of the matrix; empty where `var` has no gene of that name, or several.
pub fn column(
    (format, file, path): (&Format, &Arc<File>, &Path),
    (source, name): (&CountSource, &str),
    genes: &Frame,
) -> Option<Result<Vec<String>, Error>> {
    let var = lender(format, file, path, source).filter(|var| var.has(name) && !genes.has(name))?;
    Some(joined(file, (&var, name), genes))
}

fn joined(file: &Arc<File>, (var, name): (&Frame, &str), genes: &Frame) -> Result<Vec<String>, Error> {
    let column = var.column(file, name)?;
    let mut rows: HashMap<String, Option<usize>> = HashMap::new();
    for (row, gene) in var.names(file)?.into_iter().enumerate() {
        rows.entry(gene).and_modify(|row| *row = None).or_insert(Some(row));
    }
    let value = |gene: String| rows.get(&gene).copied().flatten().and_then(|row| column.text(row)).unwrap_or_default();
    Ok(genes.names(file)?.into_iter().map(value).collect())
}
