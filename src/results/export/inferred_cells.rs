//! The columns with annotated and inferred calls, and the table of them alone.
//!
//! Columns with names of the official client never have inferred calls. These columns have the calls of all cells: the
//! label of an inferred one says so, and `castui_source` tells the source of each.

use std::path::Path;

use super::{
    annotations::Annotations,
    sink::Existing,
    table::{Batch, Column, TableFormat, Value},
    table_file::{self, Destination},
};
use crate::{
    domain::Ontology,
    results::{
        CellNames, Error, Results,
        export::LabelOptions,
        infer::{Inference, InferredCell},
    },
};

/// The number of rows written at once.
const ROWS: usize = 4096;
/// The column with the source of a call.
pub(super) const SOURCE: &str = "castui_source";
/// The column with the label of a call, annotated or inferred.
pub(super) const CELL_TYPE: &str = "castui_cell_type";
/// The column with the term of a call.
pub(super) const TERM: &str = "castui_cell_type_id";
/// The columns with numbers: the score of a call, the confidence of an inferred one, and the distance to the nearest
/// annotated cell.
pub(super) const NUMBERS: [&str; 3] = ["castui_cell_type_score", "castui_confidence", "castui_distance"];

/// Returns the columns.
pub(super) fn columns() -> impl Iterator<Item = Column> {
    [SOURCE, CELL_TYPE, TERM].map(Column::text).into_iter().chain(NUMBERS.map(Column::real))
}

/// Returns the numbers of a cell.
pub(super) fn numbers(cell: &InferredCell) -> [Option<f64>; 3] {
    [cell.call.map(|(_, score)| score), cell.confidence, cell.distance]
}

/// Returns the values of a cell.
pub(super) fn values(cell: &InferredCell, ontology: &Ontology) -> [Value; 6] {
    let text = |text: Option<&str>| text.map_or(Value::Absent, Value::text);
    let [score, confidence, distance] = numbers(cell).map(|value| value.map_or(Value::Absent, Value::Real));
    let id = cell.call.map(|(term, _)| ontology.id(term).as_str());
    [Value::text(cell.source.name()), text(cell.label(ontology).as_deref()), text(id), score, confidence, distance]
}

/// The content of a table of inferred cells.
#[derive(Clone, Copy)]
pub struct InferredTable<'a> {
    /// The calls of all cells of the file.
    pub inference: &'a Inference,
    /// The names of these cells.
    pub names: &'a CellNames,
    /// The options of the calls, which the table mentions.
    pub labels: &'a LabelOptions<'a>,
}

/// Writes a table with a row for each cell of the file: its row and name, `castui_source` (annotated, inferred or
/// none), the call, the confidence of an inferred call, and the distance to the nearest annotated cell.
///
/// # Errors
/// Fails if the run is not ontology-aware, or the file cannot be written.
pub fn inferred_cells(
    results: &Results,
    InferredTable { inference, names, labels }: InferredTable<'_>,
    path: &Path,
    target: (TableFormat, Existing),
) -> Result<(), Error> {
    let ontology = results.ontology()?;
    let columns: Vec<Column> = [Column::whole("row"), Column::text("cell")].into_iter().chain(columns()).collect();
    let about = Annotations::of(results, labels);
    table_file::write(Destination { path, target, about: &about }, &columns, |sink| {
        for first in (0..inference.cells.len()).step_by(ROWS) {
            let mut batch = Batch::new(&columns);
            for (row, cell) in inference.cells.iter().enumerate().skip(first).take(ROWS) {
                let start = [Value::count(row as u64), Value::text(names.get(row))];
                batch.push(start.into_iter().chain(values(cell, ontology)));
            }
            sink.write(batch)?;
        }
        Ok(())
    })
}
