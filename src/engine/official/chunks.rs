//! The answers of a chunk. In: one answer at a time. Out: stored chunks, each after the check of a server's answer.

use std::{ops::Range, path::Path};

use super::Error;
use crate::{
    domain::ChunkIndex,
    engine::check,
    store::{AnswerHeader, LARGEST_ANSWER, Writer},
};

/// The answers that are collected for a chunk.
pub(super) struct Chunks<'a> {
    writer: &'a Writer,
    /// The file that the answers are from.
    path: &'a Path,
    body: Vec<u8>,
    /// The rows in `body`.
    rows: Range<usize>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(writer: &'a Writer, path: &'a Path) -> Self {
        Self { writer, path, body: Vec::new(), rows: 0..0 }
    }

    /// Adds the answer for the next cell: the fields of a JSON object, without the one with the name of the cell.
    pub(super) fn add(&mut self, fields: &[u8]) -> Result<(), Error> {
        let row = self.rows.end;
        if row >= self.writer.run().manifest().input.cells {
            return Err(Error::Changed { path: self.path.to_owned() });
        }
        let begin = if self.body.is_empty() { "[" } else { "," };
        self.body.extend_from_slice(format!("{begin}{{\"query_cell_id\":\"{row}\"").as_bytes());
        self.body.extend_from_slice(fields);
        self.body.push(b'}');
        self.rows.end += 1;
        let chunk = self.writer.run().manifest().chunk_of(row);
        if self.rows.end == self.writer.run().manifest().range(chunk).end { self.store(chunk) } else { Ok(()) }
    }

    fn store(&mut self, chunk: ChunkIndex) -> Result<(), Error> {
        self.body.push(b']');
        let fault = |source| Error::Answer { path: self.path.to_owned(), source };
        check::check(self.writer.run().manifest().operation.kind(), &self.rows, &self.body).map_err(fault)?;
        if self.body.len() as u64 > LARGEST_ANSWER {
            return Err(Error::TooLarge { path: self.path.to_owned() });
        }
        let header = AnswerHeader {
            first_cell: self.rows.start,
            cells: self.rows.len(),
            sent: String::new(),
            uploaded: 0,
            attempt: 1,
            received_at: self.writer.run().manifest().created_at,
        };
        self.writer.store(chunk, &header, &self.body)?;
        self.body.clear();
        self.rows = self.rows.end..self.rows.end;
        Ok(())
    }

    /// Checks that all answers are stored.
    pub(super) fn finish(self) -> Result<(), Error> {
        if self.rows.end == self.writer.run().manifest().input.cells {
            Ok(())
        } else {
            Err(Error::Changed { path: self.path.to_owned() })
        }
    }
}
