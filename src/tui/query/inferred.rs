//! The inferred calls of an open run. Cells that were not sent have numbers after those of the run's cells, so that no
//! number stands for both.

pub use crate::results::infer::MARK;

use super::{Query, Source, source::failure};
use crate::{
    domain::TermIndex,
    results::{
        CallOptions, Results,
        infer::{CellSource, Inferred, InferredCell},
    },
    store::InferredOrigin,
    tui::facts::Failure,
};

/// The cells with inferred calls, which were not sent.
#[derive(Debug)]
pub struct InferredCells {
    all: Inferred,
    /// The row in the file of each inferred cell, ascending.
    rows: Vec<u32>,
    /// The number of the run's cells, which is the number of the first inferred cell.
    first: usize,
}

impl InferredCells {
    /// Lists the inferred cells of a run's file.
    pub fn new(all: Inferred, results: &Results) -> Self {
        Self { rows: all.rows_beyond(results), first: results.cell_count(), all }
    }

    /// Returns the number of inferred cells.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are no inferred cells.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the row in the file of each inferred cell.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Returns the row in the file of an inferred cell; `None` for a cell of the run.
    pub fn row_in_file(&self, cell: usize) -> Option<usize> {
        self.rows.get(cell.checked_sub(self.first)?).map(|row| *row as usize)
    }

    /// Returns an inferred cell; `None` for a cell of the run.
    pub fn get(&self, cell: usize) -> Option<&InferredCell> {
        self.all.cells.get(self.row_in_file(cell)?)
    }

    /// Returns the inferred cell at a place among the inferred ones.
    pub fn at(&self, place: usize) -> Option<&InferredCell> {
        self.get(self.first + place)
    }

    /// Returns the call of each inferred cell.
    pub fn terms(&self) -> Vec<Option<TermIndex>> {
        self.rows.iter().map(|row| self.all.cells[*row as usize].call.map(|(term, _)| term)).collect()
    }

    /// Returns the name of an inferred cell; `None` for a cell of the run.
    pub fn name(&self, cell: usize) -> Option<&str> {
        Some(self.all.names.get(self.row_in_file(cell)?))
    }

    /// Returns the number of the file's cells without a call of either source.
    pub fn without(&self) -> usize {
        self.all.count(CellSource::None)
    }

    /// Returns the inputs of the inference.
    pub fn origin(&self) -> &InferredOrigin {
        &self.all.origin
    }

    /// Returns the number of annotated neighbors that decided about a cell.
    pub fn neighbors(&self) -> usize {
        self.all.origin.neighbors
    }
}

/// Query for the inferred calls made by a rule.
#[derive(Debug)]
pub struct ReadInferred {
    /// The rule.
    pub options: CallOptions,
}

impl Query for ReadInferred {
    type Output = InferredCells;

    fn answer(&self, source: &Source) -> Result<InferredCells, Failure> {
        let results = source.results();
        let inferred = Inferred::of_file(results, &results.run().input_path(), &self.options);
        Ok(InferredCells::new(inferred.map_err(|error| failure(&error))?, results))
    }
}
