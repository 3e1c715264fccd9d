//! A tidy table of the summary statistics broken down by dataset.

use std::{path::Path, sync::Arc};

use super::{
    annotations::Annotations,
    inferred_labels::LabelOptions,
    sink::Existing,
    table::{Batch, Column, TableFormat, Value},
    table_file::{self, Destination},
};
use crate::{
    domain::{CellAnswer, ChunkIndex, OperationKind, SummaryStatistics},
    results::{CellSet, Error, Results},
};

/// Writes a table with one row for each cell, cell type and dataset among the cell's neighbors. Columns are named as
/// the official client's fields. A cell without a readable answer has a row with only its position and name.
///
/// # Errors
/// Fails if the run is not of summary statistics, no answer contains a breakdown, or the file cannot be written.
pub fn dataset_table(
    results: &Results,
    path: &Path,
    target: (TableFormat, Existing),
    labels: &LabelOptions<'_>,
) -> Result<(), Error> {
    results.require(OperationKind::SummaryStatistics)?;
    let (columns, cells) = (columns(), labels.cells);
    let about = Annotations::of(results, labels);
    table_file::write(Destination { path, target, about: &about }, &columns, |sink| {
        let mut seen = Seen::default();
        results.in_order_by_size(
            &results.planned_chunks(cells),
            |chunk| rows(results, chunk, cells, &columns),
            |(batch, in_chunk)| {
                seen = Seen { types: seen.types + in_chunk.types, datasets: seen.datasets + in_chunk.datasets };
                sink.write(batch)
            },
        )?;
        if seen.types > 0 && seen.datasets == 0 {
            return Err(Error::NoDatasets { run: results.run().folder().to_owned() });
        }
        Ok(())
    })
}

/// Numbers of cell types and of datasets seen in the answers.
#[derive(Clone, Copy, Default)]
struct Seen {
    types: usize,
    datasets: usize,
}

fn columns() -> Vec<Column> {
    vec![
        Column::whole("row"),
        Column::text("cell"),
        Column::text("cell_type"),
        Column::text("dataset_id"),
        Column::whole("count_per_dataset"),
        Column::real("min_distance"),
        Column::real("max_distance"),
        Column::real("median_distance"),
        Column::real("mean_distance"),
    ]
}

fn rows(results: &Results, chunk: ChunkIndex, cells: &CellSet, columns: &[Column]) -> Result<(Batch, Seen), Error> {
    let range = results.run().manifest().range(chunk);
    let stored = results.stored().contains(&chunk);
    let answers = if stored { results.answers_if_readable(chunk)? } else { None }.unwrap_or_default();
    let (mut batch, mut seen) = (Batch::new(columns), Seen::default());
    for row in cells.within(range.clone()) {
        let name: Arc<str> = results.names().get(row).into();
        let start = [Value::count(results.row_in_file(row) as u64), Value::Text(name)];
        match answers.get(row - range.start) {
            None => batch.push(start),
            Some(CellAnswer::SummaryStatistics(answer)) => {
                for found in &answer.matches {
                    seen.types += 1;
                    seen.datasets += found.datasets.as_ref().map_or(0, Vec::len);
                    push_datasets(&mut batch, &start, found);
                }
            }
            Some(CellAnswer::OntologyAware(_) | CellAnswer::Search(_)) => {}
        }
    }
    Ok((batch, seen))
}

fn push_datasets(batch: &mut Batch, start: &[Value; 2], found: &SummaryStatistics) {
    for dataset in found.datasets.iter().flatten() {
        let names = [Value::text(&found.cell_type), Value::text(&dataset.dataset_id), Value::count(dataset.count)];
        let distances = [dataset.min, dataset.max, dataset.median, dataset.mean].map(Value::Real);
        batch.push(start.iter().cloned().chain(names).chain(distances));
    }
}
