//! The table of annotated and inferred cells.

use std::path::Path;

use super::{
    annotations::Annotations,
    sink::Existing,
    table::{self, Batch, Column, Destination, TableFormat, Value},
};
use crate::results::{
    Error, NO_CALL, Results,
    export::LabelOptions,
    infer::{CellSource, Inference},
};

/// The number of rows written at once.
const ROWS: usize = 4096;

/// Writes a table with a row for each cell of the file: its row and name, `castui_source` (annotated, inferred or
/// none), the call, the confidence of an inferred call, and the distance to the nearest annotated cell.
///
/// # Errors
/// Fails if the run is not ontology-aware, or the file cannot be written.
pub fn inferred_cells(
    results: &Results,
    (inference, names): (&Inference, &[String]),
    path: &Path,
    target: (TableFormat, Existing),
    labels: &LabelOptions<'_>,
) -> Result<(), Error> {
    let ontology = results.ontology()?;
    let columns = [
        Column::whole("row"),
        Column::text("cell"),
        Column::text("castui_source"),
        Column::text("cas_cell_type"),
        Column::text("cas_cell_type_id"),
        Column::real("cas_cell_type_score"),
        Column::real("castui_confidence"),
        Column::real("castui_distance"),
    ];
    let about = Annotations::of(results, labels);
    let real = |value: Option<f64>| value.map_or(Value::Absent, Value::Real);
    table::write(Destination { path, target, about: &about }, &columns, |sink| {
        for first in (0..inference.cells.len()).step_by(ROWS) {
            let mut batch = Batch::new(&columns);
            for (row, cell) in inference.cells.iter().enumerate().skip(first).take(ROWS) {
                let name = names.get(row).map_or("", String::as_str);
                let (label, id) = match (cell.call, cell.source) {
                    (Some((term, _)), _) => {
                        (Value::text(ontology.label(term)), Value::text(ontology.id(term).as_str()))
                    }
                    (None, CellSource::Annotated) => (Value::text(NO_CALL), Value::Absent),
                    (None, CellSource::Inferred | CellSource::None) => (Value::Absent, Value::Absent),
                };
                let score = real(cell.call.map(|(_, score)| score));
                batch.push([
                    Value::count(row as u64),
                    Value::text(name),
                    Value::text(cell.source.name()),
                    label,
                    id,
                    score,
                    real(cell.confidence),
                    real(cell.distance),
                ]);
            }
            sink.write(batch)?;
        }
        Ok(())
    })
}
