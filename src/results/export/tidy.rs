//! Tidy tables with one row per cell, or one row per match or neighbor.

mod called;
mod cell_rows;
mod columns;
mod digest;
mod matches;

use std::path::Path;

use super::{
    annotations::Annotations,
    inferred_labels::LabelOptions,
    sink::Existing,
    table::{Batch, TableFormat},
    table_file::{self, Destination},
};
use crate::results::{Error, Results};

use cell_rows::CellRows;
pub use matches::match_table;

/// Writes a table with one row per cell: its row in the file, its name, its cluster and its place in the map if castui
/// computed them, and a digest of its answer.
///
/// Ontology-aware: the number of matches, neighborhood totals, calls and flags. Columns of calls are named like the
/// official client's. The calls of the cell's cluster follow if `labels` has them. If no term reaches the threshold,
/// the label of the first call is [`NO_CALL`](crate::results::NO_CALL); its term, its score and all further calls are
/// empty.
///
/// Summary statistics: the majority vote and the nearest cell type. Search: the number of neighbors, the nearest one
/// with its distance, and the median distance.
///
/// A cell without a readable answer ([`Results::unreadable`]) has only its row and name. With inferred calls, the table
/// lists all cells of the file and ends with their columns; no other column has values of cells that were not sent.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn cell_table(
    results: &Results,
    path: &Path,
    target: (TableFormat, Existing),
    labels: &LabelOptions<'_>,
) -> Result<(), Error> {
    let labels = &labels.complete();
    let cells = CellRows::new(results, labels)?;
    let about = Annotations::of(results, labels);
    table_file::write(Destination { path, target, about: &about }, &cells.columns, |sink| {
        results.in_order(
            &results.planned_chunks(labels.cells),
            |chunk| {
                let range = results.run().manifest().range(chunk);
                let answers = cells.answers(chunk)?;
                let mut batch = Batch::new(&cells.columns);
                let mut next = first_listed(results, range.start);
                for row in labels.cells.within(range.clone()) {
                    let listed = results.row_in_file(row);
                    cells.push_unsent(&mut batch, next..listed);
                    batch.push(cells.row(row, row - range.start, &answers));
                    next = listed + 1;
                }
                if range.end == results.cell_count() {
                    cells.push_unsent(&mut batch, next..cells.listed());
                }
                Ok(batch)
            },
            |batch| sink.write(batch),
        )
    })
}

/// Returns the first row in the file that is listed with the cells from `cell` on: the row after the cell before it.
fn first_listed(results: &Results, cell: usize) -> usize {
    cell.checked_sub(1).map_or(0, |before| results.row_in_file(before) + 1)
}

impl<'a> CellRows<'a> {}
