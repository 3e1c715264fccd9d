//! The stored answers of a run, with the cells that lack a readable one.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    domain::ChunkIndex,
    results::{
        Error,
        answers::{self, Entry},
        unreadable::Notes,
    },
    store::Run,
};

/// A run with values that are needed repeatedly.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) run: &'a Run,
    pub(super) names: &'a [String],
    pub(super) stored: &'a BTreeSet<ChunkIndex>,
    pub(super) notes: &'a Notes,
}

impl<'a> Source<'a> {
    /// Returns the rows of the chunks that are not stored or cannot be read.
    pub(super) fn missing_rows(self) -> impl Iterator<Item = usize> + use<'a> {
        let manifest = self.run.manifest();
        let is_there = move |chunk: &ChunkIndex| self.stored.contains(chunk) && !self.notes.has(*chunk);
        manifest.chunks().filter(move |chunk| !is_there(chunk)).flat_map(|chunk| manifest.range(chunk))
    }

    /// Returns the body of a chunk's answer; `None` if it is not stored or cannot be read.
    pub(super) fn body(self, chunk: ChunkIndex) -> Result<Option<Vec<u8>>, Error> {
        if !self.stored.contains(&chunk) {
            return Ok(None);
        }
        self.notes.take(self.run, chunk, self.run.answer(chunk).map_err(Error::from))
    }

    /// Returns the entries of a chunk's answer; `None` if it is not stored or cannot be read.
    pub(super) fn entries<'b, T: Entry + Deserialize<'b>>(
        self,
        chunk: ChunkIndex,
        body: &'b [u8],
    ) -> Result<Option<Vec<T>>, Error> {
        self.notes.take(self.run, chunk, answers::parse(self.run, chunk, body))
    }
}
