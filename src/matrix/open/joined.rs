//! Columns of `var` for the genes of `raw.var`, which often has nothing but an index: joined by the names in both. On
//! the HDF5 thread.

use std::{collections::HashMap, sync::Arc};

use crate::matrix::{ColumnHeader, Error, frame::Frame, h5::File};

/// The headers of the columns that `var` has and `raw.var` has not.
pub fn headers(file: &Arc<File>, raw: &Frame, var: &Frame) -> Vec<ColumnHeader> {
    var.headers(file).into_iter().filter(|header| !raw.has(&header.name)).collect()
}

/// A column of `var` as text, one a gene of `raw.var`; empty where `var` does not have the gene, or has it twice.
pub fn column(file: &Arc<File>, raw: &Frame, (var, name): (&Frame, &str)) -> Result<Vec<String>, Error> {
    let values = var.column(file, name)?;
    let mut rows: HashMap<String, Option<usize>> = HashMap::with_capacity(var.rows);
    for (row, name) in var.names(file)?.into_iter().enumerate() {
        rows.entry(name).and_modify(|known| *known = None).or_insert(Some(row));
    }
    let row_of = |name: &String| rows.get(name).copied().flatten();
    let text_of = |name: &String| row_of(name).and_then(|row| values.text(row)).unwrap_or_default();
    Ok(raw.names(file)?.iter().map(text_of).collect())
}
