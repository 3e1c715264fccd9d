//! A packed table with the calls of all cells of a run.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{Call, CallOptions, Caller, CellCall, Lineages};
use crate::{
    domain::TermIndex,
    results::{CellSet, Error, Results},
};

/// The term index that marks a cell without an answer.
const NONE: u32 = u32::MAX;

/// The calls of every cell of a run: the same number for each cell, none for cells without an answer.
///
/// The table can be read in two ways. [`CallTable::official`] pads with the root at score 1, like the official
/// client's files. [`CallTable::called`] and [`CallTable::of`] return no call if no term below the root reaches the
/// threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct CallTable {
    cells: usize,
    top_k: usize,
    root: TermIndex,
    terms: Vec<u32>,
    scores: Vec<f64>,
    /// The rival of each cell's first call and its score; see [`CallTable::rival`].
    rivals: Vec<u32>,
    rival_scores: Vec<f64>,
}

/// Numbers of cells by first call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// The number of cells whose first call is each term, in the ontology's order.
    pub terms: Vec<usize>,
    /// The number of cells with an answer but no call.
    pub no_call: usize,
}

impl CallTable {
    /// Creates a table of cells without answers. `root` is the term that pads the official calls.
    ///
    /// # Errors
    /// Fails if there is not enough memory.
    pub(super) fn empty(cells: usize, top_k: usize, root: TermIndex) -> Result<Self, Error> {
        let too_many = || Error::TooManyCalls { top_k };
        let places = cells.checked_mul(top_k).ok_or_else(too_many)?;
        let (terms, scores) = absent(places, f64::NAN).ok_or_else(too_many)?;
        // Tables with the same calls are equal, so the score of no rival is a number.
        let (rivals, rival_scores) = absent(cells, 0.0).ok_or_else(too_many)?;
        Ok(Self { cells, top_k, root, terms, scores, rivals, rival_scores })
    }

    /// Returns the number of cells, called or not.
    pub fn len(&self) -> usize {
        self.cells
    }

    /// Returns whether the table has no cells.
    pub fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// Counts the first calls of the cells of a set, for an ontology of `terms` terms.
    pub fn count_first(&self, cells: &CellSet, terms: usize) -> CallCounts {
        let mut counts = CallCounts { terms: vec![0; terms], no_call: 0 };
        for row in cells.within(0..self.cells) {
            match self.of(row) {
                CellCall::Called(call) => counts.terms[call.term.as_usize()] += 1,
                CellCall::NoCall => counts.no_call += 1,
                CellCall::NoAnswer => {}
            }
        }
        counts
    }

    /// Returns the number of calls per cell.
    pub fn top_k(&self) -> usize {
        self.top_k
    }

    /// Returns a call of a cell as the official client pads it: the root at score 1 if no term reaches the threshold.
    /// Rank 0 is the first call. Returns `None` if the cell has no answer.
    ///
    /// # Panics
    /// Panics if the row or rank is out of range.
    pub fn official(&self, row: usize, rank: usize) -> Option<Call> {
        assert!(rank < self.top_k, "rank {rank} of {}", self.top_k);
        let place = row * self.top_k + rank;
        let term = self.terms[place];
        (term != NONE).then(|| Call { term: TermIndex(term), score: self.scores[place] })
    }

    /// Returns the official calls of a cell, best first; none if the cell has no answer.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn official_row(&self, row: usize) -> impl Iterator<Item = Call> + '_ {
        (0..self.top_k).map_while(move |rank| self.official(row, rank))
    }

    /// Returns a call of a cell; `None` if the cell has no answer, or no call of this rank below the root.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn called(&self, row: usize, rank: usize) -> Option<Call> {
        assert!(row < self.cells, "row {row} of {}", self.cells);
        (rank < self.top_k).then(|| self.official(row, rank)).flatten().filter(|call| call.term != self.root)
    }

    /// Returns the calls of a cell, best first; none if the cell has no call or no answer.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn row(&self, row: usize) -> impl Iterator<Item = Call> + '_ {
        (0..self.top_k).map_while(move |rank| self.called(row, rank))
    }

    /// Returns the best term on another branch than a cell's first call, neither above nor below it, that scores at least
    /// as high; `None` if there is none. It is the same for every number of calls per cell.
    pub fn rival(&self, row: usize) -> Option<Call> {
        let term = self.rivals.get(row).copied().filter(|term| *term != NONE)?;
        Some(Call { term: TermIndex(term), score: self.rival_scores[row] })
    }

    /// Returns the first call of a cell, or the reason why it has no call.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn of(&self, row: usize) -> CellCall {
        match (self.called(row, 0), self.terms.get(row * self.top_k)) {
            (Some(call), _) => CellCall::Called(call),
            (None, Some(&term)) if term != NONE && self.top_k > 0 => CellCall::NoCall,
            (None, Some(_) | None) => CellCall::NoAnswer,
        }
    }

    pub(super) fn set(&mut self, row: usize, calls: &[Call]) {
        let places = row * self.top_k..(row + 1) * self.top_k;
        fill(&mut self.terms[places.clone()], &mut self.scores[places], calls);
    }
}

/// Returns places for terms without a value, with a score for each; `None` if there is not enough memory.
fn absent(places: usize, score: f64) -> Option<(Vec<u32>, Vec<f64>)> {
    let (mut terms, mut scores) = (Vec::new(), Vec::new());
    terms.try_reserve_exact(places).ok()?;
    scores.try_reserve_exact(places).ok()?;
    terms.resize(places, NONE);
    scores.resize(places, score);
    Some((terms, scores))
}

fn fill(terms: &mut [u32], scores: &mut [f64], calls: &[Call]) {
    for ((term, score), call) in terms.iter_mut().zip(scores).zip(calls) {
        (*term, *score) = (call.term.0, call.score);
    }
}

/// Calls every answered cell of a run, on all cores. Skips answers that cannot be read; see [`Results::unreadable`].
///
/// # Errors
/// Fails if the run is not ontology-aware, or its ontology is damaged.
pub fn call_all(results: &Results, options: CallOptions) -> Result<CallTable, Error> {
    call_cells(results, &CellSet::All, options)
}

/// Calls the answered cells of the chunks that contain cells of a set; see [`call_all`]. The table has a row for each
/// cell of the run.
///
/// # Errors
/// Fails if the run is not ontology-aware, or its ontology is damaged.
pub fn call_cells(results: &Results, cells: &CellSet, options: CallOptions) -> Result<CallTable, Error> {
    let ontology = results.ontology()?;
    let (caller, lineages) = (Caller::new(ontology, options)?, Lineages::new(ontology));
    let top_k = caller.options().top_k;
    let mut table = CallTable::empty(results.cell_count(), top_k, caller.root())?;
    if top_k == 0 {
        return Ok(table);
    }
    // The chunks of the plan are consecutive, so each writes a separate slice.
    let size = results.run().manifest().chunk_size.get();
    let wanted: BTreeSet<_> = results.chunks_of(cells).into_iter().collect();
    let slices = table.terms.par_chunks_mut(size * top_k).zip(table.scores.par_chunks_mut(size * top_k));
    let rivals = table.rivals.par_chunks_mut(size).zip(table.rival_scores.par_chunks_mut(size));
    let chunks: Vec<_> = results.run().manifest().chunks().collect();
    let chunks = slices.zip(rivals).zip(chunks).filter(|(_, chunk)| wanted.contains(chunk));
    chunks.try_for_each(|(((terms, scores), (rivals, rival_scores)), chunk)| {
        let Some(cells) = results.scores_if_readable(chunk)? else { return Ok(()) };
        let mut calls = vec![caller.filler(); top_k];
        for (place, row) in cells.rows().enumerate() {
            caller.call_into(cells.cell(row), &mut calls);
            let places = place * top_k..(place + 1) * top_k;
            fill(&mut terms[places.clone()], &mut scores[places], &calls);
            if let Some(rival) = caller.rival(cells.cell(row), &calls[0], &lineages) {
                (rivals[place], rival_scores[place]) = (rival.term.0, rival.score);
            }
        }
        Ok::<_, Error>(())
    })?;
    Ok(table)
}
