//! Files of tables, written in batches.

use std::path::Path;

use super::{
    annotations::Annotations,
    delimited::Delimited,
    parquet::ParquetTable,
    sink::{self, Existing},
    table::{Column, TableFormat, TableSink},
};
use crate::results::Error;

/// The target of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Destination<'a> {
    /// The path of the file.
    pub path: &'a Path,
    /// The file format, and the treatment of an existing file.
    pub target: (TableFormat, Existing),
    /// The description of the export, used by formats that have a place for it.
    pub about: &'a Annotations,
}

/// Writes a complete table. `fill` passes the rows to the sink.
pub(super) fn write(
    destination: Destination<'_>,
    columns: &[Column],
    fill: impl FnOnce(&mut dyn TableSink) -> Result<(), Error>,
) -> Result<(), Error> {
    let Destination { path, target: (format, existing), about } = destination;
    sink::write(path, existing, |out| {
        let mut table: Box<dyn TableSink + '_> = match format {
            TableFormat::Csv => Box::new(Delimited::new(out, b',', columns)?),
            TableFormat::Tsv => Box::new(Delimited::new(out, b'\t', columns)?),
            TableFormat::Parquet => Box::new(ParquetTable::new(out, columns, about)?),
        };
        fill(table.as_mut())?;
        table.finish()
    })
}
