//! Stored answers that cannot be read. Such an answer affects only the cells of its chunk. In: the error of reading a
//! chunk's answer. Out: the affected cells, the file and the fault.

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
    /// The rows of the chunk's cells.
    pub rows: Range<usize>,
    /// The file of the answer.
    pub path: PathBuf,
    /// The fault, in words.
    pub why: String,
}

/// The unreadable answers of a run found so far, in the order of their chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable(Vec<UnreadableAnswer>);

impl Unreadable {
    /// Returns whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of answers.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the answers in the order of their chunks.
    pub fn iter(&self) -> impl Iterator<Item = &UnreadableAnswer> {
        self.0.iter()
    }

    /// Returns the unreadable answer that covers a row.
    pub fn of(&self, row: usize) -> Option<&UnreadableAnswer> {
        let place = self.0.partition_point(|answer| answer.rows.end <= row);
        self.0.get(place).filter(|answer| answer.rows.contains(&row))
    }

    /// Returns the unreadable answer of a chunk.
    pub fn of_chunk(&self, chunk: ChunkIndex) -> Option<&UnreadableAnswer> {
        self.0.iter().find(|answer| answer.chunk == chunk)
    }

    /// Returns the number of affected cells of a set.
    pub fn cells(&self, cells: &CellSet) -> usize {
        self.0.iter().map(|answer| cells.count_within(answer.rows.clone())).sum()
    }

    /// Returns the answers that affect cells of a set.
    pub fn within(&self, cells: &CellSet) -> Self {
        Self(self.0.iter().filter(|answer| cells.within(answer.rows.clone()).next().is_some()).cloned().collect())
    }
}

/// A record of the unreadable answers of a run, kept while they are found. It can be shared among threads.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<BTreeMap<ChunkIndex, UnreadableAnswer>>);

impl Notes {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ChunkIndex, UnreadableAnswer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the outcome of reading a chunk's answer. Returns the value; `None` if the answer cannot be read.
    ///
    /// # Errors
    /// Fails if the error concerns more than this answer.
    pub fn take<T>(&self, run: &Run, chunk: ChunkIndex, read: Result<T, Error>) -> Result<Option<T>, Error> {
        self.hear(run, chunk, &read);
        match read {
            Ok(value) => Ok(Some(value)),
            Err(error) if fault_of(&error).is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Records the outcome of reading a chunk's answer.
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

    /// Removes the chunks for which a condition is false.
    pub fn retain(&self, keep: impl Fn(&ChunkIndex) -> bool) {
        self.lock().retain(|chunk, _| keep(chunk));
    }

    /// Returns whether a chunk's answer is known to be unreadable.
    pub fn has(&self, chunk: ChunkIndex) -> bool {
        self.lock().contains_key(&chunk)
    }

    /// Returns the recorded answers.
    pub fn list(&self) -> Unreadable {
        Unreadable(self.lock().values().cloned().collect())
    }
}

/// Returns the fault of a single answer, in words; `None` if the error concerns more than one answer.
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
    fn the_unreadable_answer_of_a_row_is_found() {
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
