//! The calls of all cells of a run, packed.

use rayon::prelude::*;

use super::{Call, CallOptions, Caller};
use crate::{
    domain::TermIndex,
    results::{CellSet, Error, Results},
};

/// Stands for the calls of a cell that has no answer.
const NONE: u32 = u32::MAX;

/// The calls of every cell of a file: the same number for each, none for cells without an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTable {
    cells: usize,
    top_k: usize,
    terms: Vec<u32>,
    scores: Vec<f64>,
}

impl CallTable {
    /// A table of so many cells without calls.
    pub(super) fn empty(cells: usize, top_k: usize) -> Self {
        Self { cells, top_k, terms: vec![NONE; cells * top_k], scores: vec![f64::NAN; cells * top_k] }
    }

    /// The number of cells, called or not.
    pub fn len(&self) -> usize {
        self.cells
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// How many cells of a set have each term as their first call, for each of so many terms.
    pub fn count_first(&self, cells: &CellSet, terms: usize) -> Vec<usize> {
        let mut counts = vec![0; terms];
        let calls = cells.within(0..self.cells).filter_map(|row| self.row(row).next());
        calls.for_each(|call| counts[call.term.as_usize()] += 1);
        counts
    }

    /// How many calls a cell has.
    pub fn top_k(&self) -> usize {
        self.top_k
    }

    /// A call of a cell, `rank` 0 being the first; `None` where the cell has no answer.
    ///
    /// # Panics
    /// When there is no such row or rank.
    pub fn get(&self, row: usize, rank: usize) -> Option<Call> {
        assert!(rank < self.top_k, "rank {rank} of {}", self.top_k);
        let place = row * self.top_k + rank;
        let term = self.terms[place];
        (term != NONE).then(|| Call { term: TermIndex(term), score: self.scores[place] })
    }

    /// The calls of a cell, best first; none where it has no answer.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Call> + '_ {
        (0..self.top_k).map_while(move |rank| self.get(row, rank))
    }

    pub(super) fn set(&mut self, row: usize, calls: &[Call]) {
        let places = row * self.top_k..(row + 1) * self.top_k;
        fill(&mut self.terms[places.clone()], &mut self.scores[places], calls);
    }
}

fn fill(terms: &mut [u32], scores: &mut [f64], calls: &[Call]) {
    for ((term, score), call) in terms.iter_mut().zip(scores).zip(calls) {
        (*term, *score) = (call.term.0, call.score);
    }
}

/// Calls every answered cell of a run, on all cores.
///
/// # Errors
/// When an answer is damaged, or the run is not ontology-aware.
pub fn call_all(results: &Results, options: CallOptions) -> Result<CallTable, Error> {
    let caller = Caller::new(results.ontology()?, options)?;
    let mut table = CallTable::empty(results.cell_count(), options.top_k);
    if options.top_k == 0 {
        return Ok(table);
    }
    // The chunks of the plan are consecutive, so each writes a slice of its own.
    let places = results.run().manifest().chunk_size.get() * options.top_k;
    let stored = results.stored();
    let slices = table.terms.par_chunks_mut(places).zip(table.scores.par_chunks_mut(places));
    let chunks: Vec<_> = results.run().manifest().chunks().collect();
    slices.zip(chunks).filter(|(_, chunk)| stored.contains(chunk)).try_for_each(|((terms, scores), chunk)| {
        let cells = results.load_scores(chunk)?;
        let mut calls = vec![caller.filler(); options.top_k];
        for (place, row) in cells.rows().enumerate() {
            caller.call_into(cells.cell(row), &mut calls);
            let places = place * options.top_k..(place + 1) * options.top_k;
            fill(&mut terms[places.clone()], &mut scores[places], &calls);
        }
        Ok::<_, Error>(())
    })?;
    Ok(table)
}
