//! A table of metadata of reference cells.

use std::path::Path;

use super::{
    annotations::Annotations,
    sink::Existing,
    table::{Batch, Column, TableFormat, Value},
    table_file::{self, Destination},
};
use crate::{
    domain::{CellMetadata, CellMetadataFeature},
    results::Error,
};

/// The number of rows per batch.
const ROWS: usize = 1 << 16;

/// Writes a table with one row per reference cell and one column per feature, named as on the wire.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn neighbor_metadata(
    cells: &[CellMetadata],
    features: &[CellMetadataFeature],
    path: &Path,
    target: (TableFormat, Existing),
) -> Result<(), Error> {
    let index = CellMetadataFeature::CasCellIndex;
    let features: Vec<_> = features.iter().copied().filter(|feature| *feature != index).collect();
    let mut columns = vec![Column::whole(index.name())];
    columns.extend(features.iter().map(|feature| Column::text(feature.name())));
    let about = Annotations::default();
    table_file::write(Destination { path, target, about: &about }, &columns, |sink| {
        cells.chunks(ROWS).try_for_each(|cells| {
            let mut batch = Batch::new(&columns);
            for cell in cells {
                let value = |feature| cell.values.get(feature).map_or(Value::Absent, |text| Value::text(text));
                batch.push([Value::Whole(cell.cell.0)].into_iter().chain(features.iter().map(value)));
            }
            sink.write(batch)
        })
    })
}
