//! The cells with an answer. Out: chunks that are stored, missing or unreadable, as of the last refresh.

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Arc, PoisonError},
};

use super::Results;
use crate::{
    domain::ChunkIndex,
    results::{CellSet, Error, unreadable::Unreadable},
};

impl Results {
    /// Lists the stored chunks again and returns those that are new. Used while a run is in progress.
    ///
    /// # Errors
    /// Fails if the folder cannot be listed.
    pub fn refresh(&self) -> Result<Vec<ChunkIndex>, Error> {
        let now = Arc::new(self.run.stored()?);
        let mut stored = self.stored.write().unwrap_or_else(PoisonError::into_inner);
        let new = now.difference(&stored).copied().collect();
        self.notes.retain(|chunk| now.contains(chunk));
        *stored = now;
        Ok(new)
    }

    /// Notes the stored answers whose header does not match the chunk's cells.
    pub fn check_headers(&self) {
        for chunk in self.stored().iter() {
            let header = self.run.answer_header(*chunk).map_err(Error::from);
            // A valid header does not clear the note of an answer that could not be read.
            if header.is_err() {
                self.notes.hear(&self.run, *chunk, &header);
            }
        }
    }

    /// Returns the stored chunks, as of the last refresh.
    pub fn stored(&self) -> Arc<BTreeSet<ChunkIndex>> {
        self.stored.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether a cell's answer is stored, as of the last refresh. It may still be unreadable.
    pub fn is_answered(&self, row: usize) -> bool {
        self.stored().contains(&self.run.manifest().chunk_of(row))
    }

    /// Returns the stored answers that could not be read when they were last read. Functions that go through all cells
    /// skip them, as if they were not stored.
    pub fn unreadable(&self) -> Unreadable {
        self.notes.list()
    }

    /// Returns the rows of the chunks that are not stored, as one range per chunk.
    pub fn missing(&self) -> Vec<Range<usize>> {
        let (stored, manifest) = (self.stored(), self.run.manifest());
        manifest.chunks().filter(|chunk| !stored.contains(chunk)).map(|chunk| manifest.range(chunk)).collect()
    }

    /// Returns the chunks of the plan with cells of a set, stored or not.
    pub(in crate::results) fn planned_chunks(&self, cells: &CellSet) -> Vec<ChunkIndex> {
        let manifest = self.run.manifest();
        manifest.chunks().filter(|chunk| cells.within(manifest.range(*chunk)).next().is_some()).collect()
    }

    /// Returns the stored chunks with cells of a set.
    pub(in crate::results) fn chunks_of(&self, cells: &CellSet) -> Vec<ChunkIndex> {
        let manifest = self.run.manifest();
        let wanted = |chunk: &ChunkIndex| cells.within(manifest.range(*chunk)).next().is_some();
        self.stored().iter().copied().filter(wanted).collect()
    }

    /// Counts the cells of a set that have an answer. Cells of known unreadable answers are not counted.
    pub fn answered(&self, cells: &CellSet) -> usize {
        let readable = self.chunks_of(cells).into_iter().filter(|chunk| !self.notes.has(*chunk));
        readable.map(|chunk| cells.count_within(self.run.manifest().range(chunk))).sum()
    }
}
