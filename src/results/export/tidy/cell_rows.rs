//! The rows of the table with one row per cell. In: answers or scores of a chunk. Out: values in the order of the
//! columns.

use std::ops::Range;

use super::{
    called::Called,
    digest::{search, summary},
};
use crate::{
    domain::{CellAnswer, ChunkIndex, OperationKind},
    results::{
        CallTable, ChunkScores, Error, Results,
        calls::Level,
        export::{
            inferred_cells,
            table::{Batch, Column, Value},
        },
        infer::Inferred,
    },
    store::StoredAnalysis,
};

/// The inputs of the rows of a table with one row per cell.
pub(super) struct CellRows<'a> {
    pub(super) results: &'a Results,
    pub(super) columns: Vec<Column>,
    pub(super) called: Option<Called>,
    pub(super) has_calls: bool,
    pub(super) clusters: Option<(&'a str, &'a CallTable)>,
    pub(super) analysis: Option<StoredAnalysis>,
    pub(super) inferred: Option<&'a Inferred>,
}

impl<'a> CellRows<'a> {
    /// Returns the number of cells of the file that are listed whether they were sent or not.
    pub(super) fn listed(&self) -> usize {
        self.inferred.map_or(0, |inferred| inferred.cells.len())
    }

    /// Adds the cells in a range of rows of the file, none of which was sent, if all cells are listed.
    pub(super) fn push_unsent(&self, batch: &mut Batch, rows: Range<usize>) {
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
    pub(super) fn answers(&self, chunk: ChunkIndex) -> Result<ChunkAnswers, Error> {
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

    pub(super) fn row(&self, row: usize, place: usize, answers: &ChunkAnswers) -> Vec<Value> {
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

/// The answers of a chunk's cells.
pub(super) enum ChunkAnswers {
    Missing,
    Scores(ChunkScores),
    Answers(Vec<CellAnswer>),
}
