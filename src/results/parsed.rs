//! Conversion of stored answers to [`CellAnswer`]s: those of a chunk, or only that of one cell.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Error, Results,
    answers::{self, Entry, Unread},
    room,
};
use crate::{
    domain::{CellAnswer, ChunkIndex, OperationKind},
    wire::annotation,
};

impl Results {
    /// Reads the answers of a chunk, in the file's order.
    pub(super) fn read_answers(&self, chunk: ChunkIndex) -> Result<Vec<CellAnswer>, Error> {
        let (_room, body) = room::answer(self.run(), chunk)?;
        match self.kind() {
            OperationKind::OntologyAware => self.parse(chunk, &body, |cell: annotation::OntologyAwareAnnotation| {
                CellAnswer::OntologyAware(cell.into())
            }),
            OperationKind::SummaryStatistics => self.parse(chunk, &body, |cell: annotation::NeighborhoodAnnotation| {
                CellAnswer::SummaryStatistics(cell.into())
            }),
            OperationKind::Search => {
                self.parse(chunk, &body, |cell: annotation::SearchResult| CellAnswer::Search(cell.into()))
            }
        }
    }

    /// Returns the entries of an answer in the file's order. Each is converted when it is read, which saves memory.
    fn parse<'a, T: Entry + Deserialize<'a>>(
        &self,
        chunk: ChunkIndex,
        body: &'a [u8],
        convert: impl Fn(T) -> CellAnswer,
    ) -> Result<Vec<CellAnswer>, Error> {
        let mut cells = Vec::with_capacity(self.run().manifest().range(chunk).len());
        answers::visit(self.run(), chunk, body, |entry: T| cells.push((answers::row_of(&entry), convert(entry))))?;
        cells.sort_by_key(|(row, _)| *row);
        Ok(cells.into_iter().map(|(_, cell)| cell).collect())
    }

    /// Reads the answer about one cell of a chunk without keeping those about the others.
    pub(super) fn read_cell(&self, chunk: ChunkIndex, row: usize) -> Result<CellAnswer, Error> {
        let (_room, body) = room::answer(self.run(), chunk)?;
        let mut found = None;
        answers::visit(self.run(), chunk, &body, |entry: Unread<'_>| {
            if answers::row_of(&entry) == row {
                found = Some(entry.text);
            }
        })?;
        // Proof: the check found each row of the chunk.
        let text = found.map_or("", RawValue::get);
        let answer = match self.kind() {
            OperationKind::OntologyAware => serde_json::from_str::<annotation::OntologyAwareAnnotation>(text)
                .map(|cell| CellAnswer::OntologyAware(cell.into())),
            OperationKind::SummaryStatistics => serde_json::from_str::<annotation::NeighborhoodAnnotation>(text)
                .map(|cell| CellAnswer::SummaryStatistics(cell.into())),
            OperationKind::Search => {
                serde_json::from_str::<annotation::SearchResult>(text).map(|cell| CellAnswer::Search(cell.into()))
            }
        };
        answer.map_err(|source| Error::Answer { path: self.run().answer_path(chunk), source: source.into() })
    }
}
