//! The table with one row per match or neighbor. In: answers. Out: rows in the order of the server.

use std::{path::Path, sync::Arc};

use super::called::FlagColumn;
use crate::{
    domain::{CellAnswer, OperationKind},
    results::{
        Error, Results,
        export::{
            annotations::Annotations,
            inferred_labels::LabelOptions,
            sink::Existing,
            table::{Batch, Column, TableFormat, Value},
            table_file::{self, Destination},
        },
    },
};

/// Writes a table with one row per match (a term or cell type of a cell's answer) or neighbor, in the server's order.
///
/// A cell with an empty answer has no row. A cell without a readable answer has a row with only its position and name.
/// Each match of an ontology-aware run carries the flags of its cell's call.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn match_table(
    results: &Results,
    path: &Path,
    target: (TableFormat, Existing),
    labels: &LabelOptions<'_>,
) -> Result<(), Error> {
    let (columns, cells) = (match_columns(results.kind(), labels.flag_column()), labels.cells);
    let flags = match results.kind() {
        OperationKind::OntologyAware => FlagColumn::new(labels.flags(results)?),
        OperationKind::SummaryStatistics | OperationKind::Search => FlagColumn::new(Vec::new()),
    };
    let about = Annotations::of(results, labels);
    table_file::write(Destination { path, target, about: &about }, &columns, |sink| {
        results.in_order_by_size(
            &results.planned_chunks(cells),
            |chunk| {
                let range = results.run().manifest().range(chunk);
                let stored = results.stored().contains(&chunk);
                let answers = if stored { results.answers_if_readable(chunk)? } else { None }.unwrap_or_default();
                let mut batch = Batch::new(&columns);
                for row in cells.within(range.clone()) {
                    let name = results.names().get(row).into();
                    let cell = MatchedCell { row: results.row_in_file(row), name, flags: flags.of(row) };
                    cell.push(&mut batch, answers.get(row - range.start));
                }
                Ok(batch)
            },
            |batch| sink.write(batch),
        )
    })
}

fn match_columns(kind: OperationKind, flags: String) -> Vec<Column> {
    let mut columns = vec![Column::whole("row"), Column::text("cell")];
    match kind {
        OperationKind::OntologyAware => columns.extend([
            Column::text("cell_type_ontology_term_id"),
            Column::text("cell_type"),
            Column::real("score"),
            Column::text(flags),
        ]),
        OperationKind::SummaryStatistics => columns.extend([
            Column::text("cell_type"),
            Column::whole("cell_count"),
            Column::real("min_distance"),
            Column::real("p25_distance"),
            Column::real("median_distance"),
            Column::real("p75_distance"),
            Column::real("max_distance"),
        ]),
        OperationKind::Search => {
            columns.extend([Column::whole("rank"), Column::whole("cas_cell_index"), Column::real("distance")]);
        }
    }
    columns
}

/// The cell of some rows of matches.
struct MatchedCell {
    row: usize,
    name: Arc<str>,
    flags: Value,
}

impl MatchedCell {
    fn push(&self, batch: &mut Batch, answer: Option<&CellAnswer>) {
        let start = || [Value::count(self.row as u64), Value::Text(self.name.clone())].into_iter();
        let Some(answer) = answer else { return batch.push(start()) };
        match answer {
            CellAnswer::OntologyAware(answer) => answer.matches.iter().for_each(|found| {
                let (term, label) = (Value::text(found.term.as_str()), Value::text(&found.label));
                batch.push(start().chain([term, label, Value::Real(found.score), self.flags.clone()]));
            }),
            CellAnswer::SummaryStatistics(answer) => answer.matches.iter().for_each(|found| {
                let distances = found.distances;
                let distances = [distances.min, distances.p25, distances.median, distances.p75, distances.max];
                let found = [Value::text(&found.cell_type), Value::count(found.cell_count)];
                batch.push(start().chain(found).chain(distances.map(Value::Real)));
            }),
            CellAnswer::Search(found) => (1..).zip(&found.neighbors).for_each(|(rank, neighbor)| {
                batch.push(start().chain([
                    Value::count(rank),
                    Value::Whole(neighbor.cell.0),
                    Value::Real(neighbor.distance),
                ]));
            }),
        }
    }
}
