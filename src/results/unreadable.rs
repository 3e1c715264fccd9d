//! Stored answers that cannot be read. One of them costs the cells of its chunk, nothing else. In: what went wrong with
//! a chunk's answer. Out: which cells are concerned, which file it is, and what to do.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{CellSet, Error};
use crate::{domain::ChunkIndex, store, store::Run};

/// A stored answer that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableAnswer {
    /// The chunk.
    pub chunk: ChunkIndex,
    /// The rows of its cells.
    pub rows: Range<usize>,
    /// The file of the answer.
    pub path: PathBuf,
    /// What is wrong with it, in words.
    pub why: String,
}

/// The unreadable answers of a run that were met so far, in the order of their chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable(Vec<UnreadableAnswer>);

impl Unreadable {
    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many answers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns them, in the order of their chunks.
    pub fn iter(&self) -> impl Iterator<Item = &UnreadableAnswer> {
        self.0.iter()
    }

    /// Returns the answer that a cell's row belongs to.
    pub fn of(&self, row: usize) -> Option<&UnreadableAnswer> {
        let place = self.0.partition_point(|answer| answer.rows.end <= row);
        self.0.get(place).filter(|answer| answer.rows.contains(&row))
    }

    /// Returns the answer of a chunk.
    pub fn of_chunk(&self, chunk: ChunkIndex) -> Option<&UnreadableAnswer> {
        self.0.iter().find(|answer| answer.chunk == chunk)
    }

    /// Returns how many cells of a set are concerned.
    pub fn cells(&self, cells: &CellSet) -> usize {
        self.0.iter().map(|answer| cells.count_within(answer.rows.clone())).sum()
    }

    /// Returns those with cells of a set.
    pub fn within(&self, cells: &CellSet) -> Self {
        Self(self.0.iter().filter(|answer| cells.within(answer.rows.clone()).next().is_some()).cloned().collect())
    }
}

/// Takes down the unreadable answers of a run as they are met. May be shared among threads.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<BTreeMap<ChunkIndex, UnreadableAnswer>>);

impl Notes {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ChunkIndex, UnreadableAnswer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the outcome of reading a chunk's answer: nothing comes of one that cannot be read, which is noted.
    ///
    /// # Errors
    /// When the failure is not that of one answer.
    pub fn take<T>(&self, run: &Run, chunk: ChunkIndex, read: Result<T, Error>) -> Result<Option<T>, Error> {
        self.hear(run, chunk, &read);
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error) if fault_of(&error).is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Notes the outcome of reading a chunk's answer.
    pub fn hear<T>(&self, run: &Run, chunk: ChunkIndex, read: &Result<T, Error>) {
        match read.as_ref().map_err(fault_of) {
            Ok(_) => {
                self.lock().remove(&chunk);
            }
            Err(Some(why)) => {
                let (rows, path) = (run.manifest().range(chunk), run.answer_path(chunk));
                self.lock().insert(chunk, UnreadableAnswer { chunk, rows, path, why });
            }
            Err(None) => {}
        }
    }

    /// Forgets the chunks of which a condition does not hold.
    pub fn retain(&self, keep: impl Fn(&ChunkIndex) -> bool) {
        self.lock().retain(|chunk, _| keep(chunk));
    }

    /// Returns whether a chunk's answer is known to be unreadable.
    pub fn has(&self, chunk: ChunkIndex) -> bool {
        self.lock().contains_key(&chunk)
    }

    /// Returns what was noted.
    pub fn list(&self) -> Unreadable {
        Unreadable(self.lock().values().cloned().collect())
    }
}

/// What is wrong with one answer, in words; `None` where the failure concerns more than that.
fn fault_of(error: &Error) -> Option<String> {
    match error {
        Error::Answer { source, .. } => Some(source.to_string()),
        Error::Store(store::Error::DamagedAnswer { source, .. } | store::Error::Io { source, .. }) => {
            Some(source.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_a_row_is_found_among_others() {
        let answer = |chunk: u32, rows| UnreadableAnswer {
            chunk: ChunkIndex(chunk),
            rows,
            path: PathBuf::new(),
            why: String::new(),
        };
        let unreadable = Unreadable(vec![answer(1, 10..20), answer(4, 40..45)]);
        let found = |row| unreadable.of(row).map(|answer| answer.chunk.0);
        assert_eq!([9, 10, 19, 20, 40, 44, 45].map(found), [None, Some(1), Some(1), None, Some(4), Some(4), None]);
        assert_eq!(unreadable.cells(&CellSet::of([3, 12, 44])), 2);
        assert_eq!(unreadable.within(&CellSet::of([44])).len(), 1);
    }
}
