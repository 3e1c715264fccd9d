//! Tidy tables with one row per cell, or one row per match or neighbor.

use std::{collections::HashMap, ops::Range, path::Path, sync::Arc};

use super::{
    annotations::Annotations,
    inferred_cells,
    inferred_labels::LabelOptions,
    sink::Existing,
    table::{self, Batch, Column, Destination, TableFormat, Value},
};
use crate::{
    domain::{
        CellAnswer, ChunkIndex, FoundNeighbors, OperationKind, SummaryAnnotation, SummaryStatistics, quantile::median,
    },
    engine::clustering,
    results::{
        Call, CallTable, ChunkScores, Error, Flags, NO_CALL, Results,
        calls::{Caller, Level, Levels},
        infer::Inferred,
    },
    store::StoredAnalysis,
};

/// The columns of the map that castui computed.
const MAP_COLUMNS: [&str; 2] = ["castui_umap_1", "castui_umap_2"];

/// Writes a table with one row per cell: its row in the file, its name, its cluster and its place in the map if castui
/// computed them, and a digest of its answer.
///
/// Ontology-aware: the number of matches, neighborhood totals, calls and flags. Columns of calls are named like the
/// official client's. The calls of the cell's cluster follow if `labels` has them. If no term reaches the threshold,
/// the label of the first call is [`NO_CALL`]; its term, its score and all further calls are empty.
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
    table::write(Destination { path, target, about: &about }, &cells.columns, |sink| {
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
    table::write(Destination { path, target, about: &about }, &columns, |sink| {
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

/// Values of a column with flags: the names of each cell's flags, absent if it has none.
struct FlagColumn {
    flags: Vec<Flags>,
    names: HashMap<Flags, Value>,
}

impl FlagColumn {
    fn new(flags: Vec<Flags>) -> Self {
        let value = |set: Flags| if set.is_empty() { Value::Absent } else { Value::text(&set.names()) };
        Self { flags, names: Flags::all_sets().map(|set| (set, value(set))).collect() }
    }

    fn of(&self, row: usize) -> Value {
        let flags = self.flags.get(row).copied().unwrap_or_default();
        self.names.get(&flags).cloned().unwrap_or(Value::Absent)
    }
}

/// The inputs of the rows of a table with one row per cell.
struct CellRows<'a> {
    results: &'a Results,
    columns: Vec<Column>,
    called: Option<Called>,
    has_calls: bool,
    clusters: Option<(&'a str, &'a CallTable)>,
    analysis: Option<StoredAnalysis>,
    inferred: Option<&'a Inferred>,
}

/// The inputs of the columns with calls.
struct Called {
    caller: Caller,
    terms: Terms,
    flags: FlagColumn,
    no_call: Value,
    levels: Option<Levels>,
}

impl<'a> CellRows<'a> {
    fn new(results: &'a Results, labels: &LabelOptions<'a>) -> Result<Self, Error> {
        let mut columns = vec![Column::whole("row"), Column::text("cell")];
        let analysis = clustering::stored(results.run(), &results.run().input_path());
        if let Some(analysis) = &analysis {
            columns.push(Column::text(clustering::CLUSTER_COLUMN));
            let axes = analysis.map.iter().flat_map(|_| MAP_COLUMNS);
            columns.extend(axes.map(Column::real));
        }
        let mut called = None;
        let mut clusters = None;
        match results.kind() {
            OperationKind::OntologyAware => {
                let ontology = results.ontology()?;
                let term = |term| (ontology.id(term).as_str().into(), ontology.label(term).into());
                called = Some(Called {
                    caller: Caller::new(ontology, labels.calls.clone())?,
                    terms: ontology.terms().map(term).collect(),
                    flags: FlagColumn::new(labels.flags(results)?),
                    no_call: Value::text(NO_CALL),
                    levels: labels.levels.then(|| Levels::new(ontology, labels.calls)).transpose()?,
                });
                clusters = labels.clusters;
                columns.extend([Column::whole("matches"), Column::real("total_weight")]);
                columns.extend([Column::whole("total_neighbors"), Column::whole("total_neighbors_unrecognized")]);
                if let Some(prefix) = labels.prefix {
                    columns.extend(call_columns(prefix, labels.calls.top_k));
                }
                columns.extend(clusters.iter().flat_map(|(prefix, table)| call_columns(prefix, table.top_k())));
                if labels.levels {
                    columns.extend(Level::ALL.into_iter().flat_map(level_columns));
                }
                columns.push(Column::text(labels.flag_column()));
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
        columns.extend(labels.inferred.iter().flat_map(|_| inferred_cells::columns()));
        let has_calls = labels.prefix.is_some();
        Ok(Self { results, columns, called, has_calls, clusters, analysis, inferred: labels.inferred })
    }

    /// Returns the number of cells of the file that are listed whether they were sent or not.
    fn listed(&self) -> usize {
        self.inferred.map_or(0, |inferred| inferred.cells.len())
    }

    /// Adds the cells in a range of rows of the file, none of which was sent, if all cells are listed.
    fn push_unsent(&self, batch: &mut Batch, rows: Range<usize>) {
        let Some(inferred) = self.inferred else { return };
        for row in rows {
            let values = vec![Value::count(row as u64), Value::text(inferred.names.get(row))];
            batch.push(self.with_inferred(values, row));
        }
    }

    /// Fills a row up to the columns of inferred calls, and adds those.
    fn with_inferred(&self, mut values: Vec<Value>, row_in_file: usize) -> Vec<Value> {
        let ontology = self.results.ontology();
        if let (Some(inferred), Ok(ontology)) = (self.inferred, ontology) {
            let own = inferred_cells::values(&inferred.cells[row_in_file], ontology);
            values.resize(self.columns.len() - own.len(), Value::Absent);
            values.extend(own);
        }
        values
    }

    /// Returns the answers of a chunk's cells. Scores come from the index, which is much faster than parsing the
    /// answer.
    fn answers(&self, chunk: ChunkIndex) -> Result<ChunkAnswers, Error> {
        if !self.results.stored().contains(&chunk) {
            return Ok(ChunkAnswers::Missing);
        }
        let answers = match self.results.kind() {
            OperationKind::OntologyAware => self.results.scores_if_readable(chunk)?.map(ChunkAnswers::Scores),
            OperationKind::SummaryStatistics | OperationKind::Search => {
                self.results.answers_if_readable(chunk)?.map(ChunkAnswers::Answers)
            }
        };
        Ok(answers.unwrap_or(ChunkAnswers::Missing))
    }

    fn row(&self, row: usize, place: usize, answers: &ChunkAnswers) -> Vec<Value> {
        let mut values =
            vec![Value::count(self.results.row_in_file(row) as u64), Value::text(self.results.names().get(row))];
        if let Some(analysis) = &self.analysis {
            values.push(Value::text(&analysis.clusters[row].to_string()));
            let point = analysis.map.iter().flat_map(|points| points[row]);
            values.extend(point.map(|value| Value::Real(f64::from(value))));
        }
        match answers {
            ChunkAnswers::Missing => {}
            ChunkAnswers::Scores(scores) => self.ontology_aware(&mut values, row, scores),
            ChunkAnswers::Answers(answers) => match &answers[place] {
                CellAnswer::SummaryStatistics(answer) => summary(&mut values, answer),
                CellAnswer::Search(found) => search(&mut values, found),
                CellAnswer::OntologyAware(_) => {}
            },
        }
        self.with_inferred(values, self.results.row_in_file(row))
    }

    fn ontology_aware(&self, values: &mut Vec<Value>, row: usize, scores: &ChunkScores) {
        let Some(called) = &self.called else { return };
        let totals = scores.totals(row);
        values.push(Value::count(scores.cell(row).terms.len() as u64));
        values.push(Value::Real(totals.weight));
        values.extend([totals.neighbors, totals.unrecognized].map(Value::count));
        if self.has_calls {
            called.push(values, &called.caller.call(scores.cell(row)));
        }
        if let Some((_, table)) = self.clusters {
            called.push_cluster(values, row, table);
        }
        if let Some(levels) = &called.levels {
            let found = levels.of(scores.cell(row));
            values.extend(Level::ALL.into_iter().flat_map(|level| called.call(found.at(level))));
        }
        values.push(called.flags.of(row));
    }
}

impl Called {
    /// Adds three values for each call. Calls may be padded with the root.
    fn push(&self, values: &mut Vec<Value>, calls: &[Call]) {
        for (rank, call) in calls.iter().enumerate() {
            let (id, label) = &self.terms[call.term.as_usize()];
            values.extend(match (self.caller.is_call(call), rank) {
                (true, _) => [Value::Real(call.score), Value::Text(id.clone()), Value::Text(label.clone())],
                (false, 0) => [Value::Absent, Value::Absent, self.no_call.clone()],
                (false, _) => [Value::Absent, Value::Absent, Value::Absent],
            });
        }
    }

    /// Returns the score, the id and the label of a call, or absent values.
    fn call(&self, call: Option<Call>) -> [Value; 3] {
        let Some(call) = call else { return [Value::Absent, Value::Absent, Value::Absent] };
        let (id, label) = &self.terms[call.term.as_usize()];
        [Value::Real(call.score), Value::Text(id.clone()), Value::Text(label.clone())]
    }

    /// Adds three values for each call of a cell's cluster; absent values if the cell has no cluster.
    fn push_cluster(&self, values: &mut Vec<Value>, row: usize, table: &CallTable) {
        let calls: Vec<Call> = table.official_row(row).collect();
        self.push(values, &calls);
        values.extend(std::iter::repeat_n(Value::Absent, 3 * (table.top_k() - calls.len())));
    }
}

/// The answers of a chunk's cells.
enum ChunkAnswers {
    Missing,
    Scores(ChunkScores),
    Answers(Vec<CellAnswer>),
}

/// The id and the label of each term, shared by all cells.
type Terms = Vec<(Arc<str>, Arc<str>)>;

/// Returns the columns of calls, named and ordered like the official client's.
fn call_columns(prefix: &str, top_k: usize) -> impl Iterator<Item = Column> {
    (1..=top_k).flat_map(move |rank| {
        [
            Column::real(format!("{prefix}_score_{rank}")),
            Column::text(format!("{prefix}_name_{rank}")),
            Column::text(format!("{prefix}_label_{rank}")),
        ]
    })
}

/// Returns the columns of a level.
fn level_columns(level: Level) -> [Column; 3] {
    let name = |kind: &str| format!("cas_{}_{kind}", level.name());
    [Column::real(name("score")), Column::text(name("name")), Column::text(name("label"))]
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
    let distances: Vec<f64> = neighbors.iter().map(|neighbor| neighbor.distance).collect();
    if let (Some(nearest), Some(median)) = (neighbors.first(), median(&distances)) {
        values.extend([Value::Whole(nearest.cell.0), Value::Real(nearest.distance), Value::Real(median)]);
    }
}
