//! Passes over chunks on all cores. In: a set of cells and a function. Out: its values, in the order of the chunks.

use rayon::prelude::*;

use super::Results;
use crate::{
    domain::ChunkIndex,
    results::{CellSet, Error, index::ChunkScores},
};

/// The number of chunks loaded at once during a pass over all cells. The scores of a chunk take at most 25 MB.
const AHEAD: usize = 8;

/// The maximum total size in bytes of the answers of chunks loaded at once, if the values made from them are larger.
const AHEAD_BYTES: u64 = 64 << 20;

impl Results {
    /// Builds the missing indexes of all stored chunks, on all cores. Calls `progress` with the number of finished
    /// chunks and the number of all. Indexes are optional: without them the first pass over a large run takes seconds.
    ///
    /// # Errors
    /// Fails if the run is not ontology-aware, or has no ontology.
    pub fn build_index(&self, progress: impl Fn(usize, usize) + Sync) -> Result<(), Error> {
        let all = self.stored().len();
        let done = std::sync::atomic::AtomicUsize::new(0);
        self.map_scores(&CellSet::All, |_, _| {
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, all);
        })?;
        Ok(())
    }

    /// Returns the number of a set's cells whose answers have terms that the ontology lacks. A classifier may score such
    /// terms; calls, trees and tables leave them out.
    ///
    /// # Errors
    /// Fails if the run is not ontology-aware, or has no ontology.
    pub fn cells_with_unplaced_terms(&self, cells: &CellSet) -> Result<usize, Error> {
        let counts = self.map_scores(cells, |scores, rows| rows.filter(|row| scores.totals(*row).unplaced > 0).count());
        Ok(counts?.into_iter().sum())
    }

    /// Applies a function to the scores of each readable chunk with cells of a set, on all cores. The function gets
    /// the scores and the rows of the chunk that are in the set. Results are in the order of the chunks.
    pub(in crate::results) fn map_scores<T: Send>(
        &self,
        cells: &CellSet,
        function: impl Fn(&ChunkScores, &mut dyn Iterator<Item = usize>) -> T + Sync,
    ) -> Result<Vec<T>, Error> {
        let load = |chunk| {
            let scores = self.scores_if_readable(chunk)?;
            Ok(scores.map(|scores| function(&scores, &mut cells.within(scores.rows()))))
        };
        self.chunks_of(cells).into_par_iter().filter_map(|chunk| load(chunk).transpose()).collect()
    }

    /// Computes a value for each chunk on all cores, a few chunks ahead, and passes the values on in order.
    pub(in crate::results) fn in_order<T: Send>(
        &self,
        chunks: &[ChunkIndex],
        make: impl Fn(ChunkIndex) -> Result<T, Error> + Sync,
        mut take: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for chunks in chunks.chunks(AHEAD) {
            let made: Vec<T> = chunks.par_iter().map(|chunk| make(*chunk)).collect::<Result<_, _>>()?;
            made.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    }

    /// Does the same as [`Results::in_order`] for values that are larger than the answers they are made from, with fewer
    /// chunks ahead if their answers are large.
    pub(in crate::results) fn in_order_by_size<T: Send>(
        &self,
        chunks: &[ChunkIndex],
        make: impl Fn(ChunkIndex) -> Result<T, Error> + Sync,
        mut take: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut rest = chunks;
        while !rest.is_empty() {
            let mut bytes = 0u64;
            let fitting = rest.iter().take(AHEAD).take_while(|chunk| {
                bytes = bytes.saturating_add(self.run.answer_size_limit(**chunk));
                bytes <= AHEAD_BYTES
            });
            let (next, later) = rest.split_at(fitting.count().max(1));
            self.in_order(next, &make, &mut take)?;
            rest = later;
        }
        Ok(())
    }
}
