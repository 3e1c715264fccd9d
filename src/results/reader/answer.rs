//! The answers and scores of a cell or of a chunk, of which the most recent are kept in memory.

use std::{ops::Range, sync::Arc};

use super::Results;
use crate::{
    domain::{CellAnswer, ChunkIndex},
    results::{Error, index::ChunkScores, recent::Recent},
};

/// The size in bytes above which an answer is not kept in memory, and only the requested cell is read.
const LARGE_ANSWER: u64 = 16 << 20;

impl Results {
    /// Returns the answer about a cell; `None` if its chunk is not stored.
    ///
    /// # Errors
    /// Fails if the answer is damaged.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn cell(&self, row: usize) -> Result<Option<CellAnswer>, Error> {
        assert!(row < self.cell_count(), "row {row} of {}", self.cell_count());
        let chunk = self.run.manifest().chunk_of(row);
        if !self.stored().contains(&chunk) {
            return Ok(None);
        }
        // The size is read from the file of the answer.
        if !Recent::has(&self.recent_answers, chunk) && self.run.answer_size_limit(chunk) > LARGE_ANSWER {
            let read = self.read_cell(chunk, row);
            self.notes.hear(&self.run, chunk, &read);
            return read.map(Some);
        }
        let first = self.run.manifest().range(chunk).start;
        Ok(Some(self.answers(chunk)?[row - first].clone()))
    }

    /// Returns the answers about a range of cells; see [`Results::cell`].
    ///
    /// # Errors
    /// Fails if an answer is damaged.
    ///
    /// # Panics
    /// Panics if the range exceeds the last row.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<Option<CellAnswer>>, Error> {
        rows.map(|row| self.cell(row)).collect()
    }

    /// Returns the answers of a stored chunk, in the file's order.
    ///
    /// # Errors
    /// Fails if the answer is damaged.
    pub fn answers(&self, chunk: ChunkIndex) -> Result<Arc<Vec<CellAnswer>>, Error> {
        let load = || {
            // An answer takes about twice as much memory as its text.
            let bytes = usize::try_from(self.run.answer_size_limit(chunk)).unwrap_or(usize::MAX).saturating_mul(2);
            Ok((self.read_answers(chunk)?, bytes))
        };
        let read = Recent::get_or_load(&self.recent_answers, chunk, load);
        self.notes.hear(&self.run, chunk, &read);
        read
    }

    /// Returns the ontology-aware scores of a stored chunk.
    ///
    /// # Errors
    /// Fails if the answer is damaged, or the run is not ontology-aware.
    pub fn scores(&self, chunk: ChunkIndex) -> Result<Arc<ChunkScores>, Error> {
        let load = || {
            let scores = self.load_scores(chunk)?;
            let bytes = scores.bytes();
            Ok((scores, bytes))
        };
        Recent::get_or_load(&self.recent_scores, chunk, load)
    }

    /// Loads the scores of a chunk without caching them, for passes over all chunks.
    pub(super) fn load_scores(&self, chunk: ChunkIndex) -> Result<ChunkScores, Error> {
        ChunkScores::load(&self.run, chunk, self.indexed_ontology()?)
    }

    /// Returns the scores of a stored chunk. If the answer cannot be read, notes that and returns `None`.
    ///
    /// # Errors
    /// Fails if the run is not ontology-aware, or has no ontology.
    pub(in crate::results) fn scores_if_readable(&self, chunk: ChunkIndex) -> Result<Option<ChunkScores>, Error> {
        let ontology = self.indexed_ontology()?;
        self.notes.take(&self.run, chunk, ChunkScores::load(&self.run, chunk, ontology))
    }

    /// Returns the answers of a stored chunk. If they cannot be read, notes that and returns `None`.
    pub(in crate::results) fn answers_if_readable(&self, chunk: ChunkIndex) -> Result<Option<Vec<CellAnswer>>, Error> {
        self.notes.take(&self.run, chunk, self.read_answers(chunk))
    }
}
