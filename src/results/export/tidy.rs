//! Tidy tables: one row a cell, or one row a match or neighbor.

use std::{path::Path, sync::Arc};

use super::{
    inferred_labels::{CALL_PREFIX, LabelOptions},
    sink::Existing,
    table::{self, Batch, Column, TableFormat, Value},
};
use crate::{
    domain::{CellAnswer, ChunkIndex, FoundNeighbors, OperationKind, SummaryAnnotation, SummaryStatistics},
    results::{Call, CallTable, CellSet, ChunkScores, Error, Results, calls::Caller},
};

/// Writes a table with one row a cell: its row in the file, its name, and what the answer comes down to.
///
/// Ontology-aware: the calls (columns named as the official client's), those of its cluster where `labels` has them,
/// and what the answer says of the neighborhood. Summary statistics: majority vote and nearest cell type. Search: how
/// many neighbors, the nearest and its distance, the median distance. A cell without an answer has its row and name.
///
/// # Errors
/// When an answer is damaged or the file cannot be written.
pub fn cell_table(
    results: &Results,
    path: &Path,
    target: (TableFormat, Existing),
    labels: &LabelOptions<'_>,
) -> Result<(), Error> {
    let cells = CellRows::new(results, labels)?;
    table::write(path, target, &cells.columns, |sink| {
        results.in_order(
            &results.planned_chunks(labels.cells),
            |chunk| {
                let range = results.run().manifest().range(chunk);
                let answers = cells.answers(chunk)?;
                let mut batch = Batch::new(&cells.columns);
                for row in labels.cells.within(range.clone()) {
                    batch.push(cells.row(row, row - range.start, &answers));
                }
                Ok(batch)
            },
            |batch| sink.write(batch),
        )
    })
}

/// Writes a table with one row a match (a term or cell type of a cell's answer) or neighbor, in the server's order. A
/// cell without an answer has a row with nothing but its name; one with an empty answer has none.
///
/// # Errors
/// When an answer is damaged or the file cannot be written.
pub fn match_table(
    results: &Results,
    path: &Path,
    target: (TableFormat, Existing),
    cells: &CellSet,
) -> Result<(), Error> {
    let columns = match_columns(results.kind());
    table::write(path, target, &columns, |sink| {
        results.in_order(
            &results.planned_chunks(cells),
            |chunk| {
                let range = results.run().manifest().range(chunk);
                let stored = results.stored().contains(&chunk);
                let answers = if stored { results.read_answers(chunk)? } else { Vec::new() };
                let mut batch = Batch::new(&columns);
                for row in cells.within(range.clone()) {
                    push_matches(
                        &mut batch,
                        (results.row_in_file(row), results.names().get(row)),
                        answers.get(row - range.start),
                    );
                }
                Ok(batch)
            },
            |batch| sink.write(batch),
        )
    })
}

fn match_columns(kind: OperationKind) -> Vec<Column> {
    let mut columns = vec![Column::whole("row"), Column::text("cell")];
    match kind {
        OperationKind::OntologyAware => columns.extend([
            Column::text("cell_type_ontology_term_id"),
            Column::text("cell_type"),
            Column::real("score"),
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

fn push_matches(batch: &mut Batch, (row, name): (usize, &str), answer: Option<&CellAnswer>) {
    let name: Arc<str> = name.into();
    let start = || [Value::count(row as u64), Value::Text(name.clone())].into_iter();
    let Some(answer) = answer else { return batch.push(start()) };
    match answer {
        CellAnswer::OntologyAware(answer) => answer.matches.iter().for_each(|found| {
            let (term, label) = (Value::text(found.term.as_str()), Value::text(&found.label));
            batch.push(start().chain([term, label, Value::Real(found.score)]));
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

/// What makes a row of a cell.
struct CellRows<'a> {
    results: &'a Results,
    columns: Vec<Column>,
    calls: Option<(Caller, Terms)>,
    clusters: Option<(&'a str, &'a CallTable)>,
}

impl<'a> CellRows<'a> {
    fn new(results: &'a Results, labels: &LabelOptions<'a>) -> Result<Self, Error> {
        let mut columns = vec![Column::whole("row"), Column::text("cell")];
        let mut calls = None;
        let mut clusters = None;
        match results.kind() {
            OperationKind::OntologyAware => {
                let ontology = results.ontology()?;
                let term = |term| (ontology.id(term).as_str().into(), ontology.label(term).into());
                calls = Some((Caller::new(ontology, labels.calls)?, ontology.terms().map(term).collect()));
                clusters = labels.clusters;
                columns.extend([Column::whole("matches"), Column::real("total_weight")]);
                columns.extend([Column::whole("total_neighbors"), Column::whole("total_neighbors_unrecognized")]);
                columns.extend(call_columns(CALL_PREFIX, labels.calls.top_k));
                columns.extend(clusters.iter().flat_map(|(prefix, table)| call_columns(prefix, table.top_k())));
            }
            OperationKind::SummaryStatistics => columns.extend([
                Column::whole("matches"),
                Column::text("cas_cell_type"),
                Column::real("cas_cell_type_confidence_score"),
                Column::text("cas_nearest_cell_type"),
                Column::real("cas_cell_type_min_distance"),
            ]),
            OperationKind::Search => columns.extend([
                Column::whole("neighbors"),
                Column::whole("nearest_cas_cell_index"),
                Column::real("nearest_distance"),
                Column::real("median_distance"),
            ]),
        }
        Ok(Self { results, columns, calls, clusters })
    }

    /// What is known of a chunk's cells. Scores come from the index, which is much faster than the answer.
    fn answers(&self, chunk: ChunkIndex) -> Result<ChunkAnswers, Error> {
        if !self.results.stored().contains(&chunk) {
            return Ok(ChunkAnswers::Missing);
        }
        match self.results.kind() {
            OperationKind::OntologyAware => Ok(ChunkAnswers::Scores(self.results.load_scores(chunk)?)),
            OperationKind::SummaryStatistics | OperationKind::Search => {
                Ok(ChunkAnswers::Answers(self.results.read_answers(chunk)?))
            }
        }
    }

    fn row(&self, row: usize, place: usize, answers: &ChunkAnswers) -> Vec<Value> {
        let mut values =
            vec![Value::count(self.results.row_in_file(row) as u64), Value::text(self.results.names().get(row))];
        match answers {
            ChunkAnswers::Missing => {}
            ChunkAnswers::Scores(scores) => self.ontology_aware(&mut values, row, scores),
            ChunkAnswers::Answers(answers) => match &answers[place] {
                CellAnswer::SummaryStatistics(answer) => summary(&mut values, answer),
                CellAnswer::Search(found) => search(&mut values, found),
                CellAnswer::OntologyAware(_) => {}
            },
        }
        values
    }

    fn ontology_aware(&self, values: &mut Vec<Value>, row: usize, scores: &ChunkScores) {
        let Some((caller, terms)) = &self.calls else { return };
        let totals = scores.totals(row);
        values.push(Value::count(scores.cell(row).terms.len() as u64));
        values.push(Value::Real(totals.weight));
        values.extend([totals.neighbors, totals.unrecognized].map(Value::count));
        push_calls(values, caller.call(scores.cell(row)).into_iter(), terms);
        if let Some((_, table)) = self.clusters {
            push_calls(values, table.row(row), terms);
        }
    }
}

/// What is known of a chunk's cells.
enum ChunkAnswers {
    Missing,
    Scores(ChunkScores),
    Answers(Vec<CellAnswer>),
}

/// The id and the label of each term, shared by all cells.
type Terms = Vec<(Arc<str>, Arc<str>)>;

/// The columns of calls, named and ordered as the official client's.
fn call_columns(prefix: &str, top_k: usize) -> impl Iterator<Item = Column> {
    (1..=top_k).flat_map(move |rank| {
        [
            Column::real(format!("{prefix}_score_{rank}")),
            Column::text(format!("{prefix}_name_{rank}")),
            Column::text(format!("{prefix}_label_{rank}")),
        ]
    })
}

fn push_calls(values: &mut Vec<Value>, calls: impl Iterator<Item = Call>, terms: &Terms) {
    for call in calls {
        let (id, label) = &terms[call.term.as_usize()];
        values.extend([Value::Real(call.score), Value::Text(id.clone()), Value::Text(label.clone())]);
    }
}

fn summary(values: &mut Vec<Value>, answer: &SummaryAnnotation) {
    let total: u64 = answer.matches.iter().map(|found| found.cell_count).sum();
    let first = |better: fn(&SummaryStatistics, &SummaryStatistics) -> bool| {
        answer.matches.iter().reduce(|best, found| if better(found, best) { found } else { best })
    };
    values.push(Value::count(answer.matches.len() as u64));
    if let Some(best) = first(|found, best| found.cell_count > best.cell_count) {
        values.extend([Value::text(&best.cell_type), Value::Real(best.cell_count as f64 / total as f64)]);
    }
    if let Some(best) = first(|found, best| found.distances.min < best.distances.min) {
        values.extend([Value::text(&best.cell_type), Value::Real(best.distances.min)]);
    }
}

fn search(values: &mut Vec<Value>, found: &FoundNeighbors) {
    let neighbors = found.nearest_first();
    values.push(Value::count(neighbors.len() as u64));
    let mut distances: Vec<f64> = neighbors.iter().map(|neighbor| neighbor.distance).collect();
    distances.sort_by(f64::total_cmp);
    if let Some(nearest) = neighbors.first() {
        let middle = (distances[(distances.len() - 1) / 2] + distances[distances.len() / 2]) / 2.0;
        values.extend([Value::Whole(nearest.cell.0), Value::Real(nearest.distance), Value::Real(middle)]);
    }
}
