//! The response as a whole. In: the stored answers of the chosen cells. Out: its JSON text, written one chunk at a
//! time.

use std::io::Write;

use serde::Serialize;

use super::{
    entry::{Neighbors, OntologyAware, Raw, Search, Summary},
    source::Source,
};
use crate::{
    domain::{ChunkIndex, OperationKind},
    results::{
        CellSet, Error,
        answers::{VerbatimOntologyAware, VerbatimSearch, VerbatimSummary},
        export::sink::Sink,
    },
    store::NamedModel,
    wire::annotation::SearchResult,
};

pub(super) fn write_response(out: &mut Sink<'_>, source: Source<'_>, cells: &CellSet) -> Result<(), Error> {
    let run = source.run;
    let mut list = List { out, source, cells, begun: false };
    list.out.write_all(b"{\"data\":[")?;
    run.manifest().chunks().try_for_each(|chunk| list.chunk(chunk))?;
    out.write_all(b"]")?;
    let name = match &run.manifest().imported {
        Some(imported) => imported.model.clone(),
        None if run.manifest().operation.kind() == OperationKind::OntologyAware => {
            NamedModel::Named(run.manifest().model.to_string())
        }
        None => NamedModel::Absent,
    };
    if name != NamedModel::Absent {
        out.write_all(b",\"model_name\":")?;
        json(&mut *out, |out| serde_json::to_writer(out, &name.name()))?;
    }
    Ok(out.write_all(b"}")?)
}

/// The list of answers that is being written.
struct List<'a, 'f> {
    out: &'a mut Sink<'f>,
    source: Source<'a>,
    cells: &'a CellSet,
    begun: bool,
}

impl List<'_, '_> {
    /// Adds the entries of a chunk's chosen cells; empty entries if the answer is missing or cannot be read.
    fn chunk(&mut self, chunk: ChunkIndex) -> Result<(), Error> {
        let range = self.source.run.manifest().range(chunk);
        let rows: Vec<usize> = self.cells.within(range.clone()).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let kind = self.source.run.manifest().operation.kind();
        let Some(body) = self.source.body(chunk)? else { return self.missing(kind, &rows) };
        let of = |row: &usize| row - range.start;
        let source = self.source;
        match kind {
            OperationKind::OntologyAware => match source.entries::<VerbatimOntologyAware<'_>>(chunk, &body)? {
                Some(cells) => {
                    rows.iter().try_for_each(|row| self.entry(&OntologyAware::new(self.name(*row), &cells[of(row)])))
                }
                None => self.missing(kind, &rows),
            },
            OperationKind::SummaryStatistics => match source.entries::<VerbatimSummary<'_>>(chunk, &body)? {
                Some(cells) => rows.iter().try_for_each(|row| {
                    let matches = Raw::Sent(cells[of(row)].matches);
                    self.entry(&Summary { query_cell_id: self.name(*row), matches })
                }),
                None => self.missing(kind, &rows),
            },
            // The official client writes the indexes of cells as real numbers, castui as whole ones.
            OperationKind::Search if source.run.manifest().imported.is_some() => {
                match source.entries::<VerbatimSearch<'_>>(chunk, &body)? {
                    Some(cells) => rows.iter().try_for_each(|row| {
                        let neighbors = Neighbors::Sent(cells[of(row)].neighbors);
                        self.entry(&Search { query_cell_id: self.name(*row), neighbors })
                    }),
                    None => self.missing(kind, &rows),
                }
            }
            OperationKind::Search => match source.entries::<SearchResult>(chunk, &body)? {
                Some(cells) => rows.iter().try_for_each(|row| {
                    let neighbors = Neighbors::Read(&cells[of(row)].neighbors);
                    self.entry(&Search { query_cell_id: self.name(*row), neighbors })
                }),
                None => self.missing(kind, &rows),
            },
        }
    }

    /// Adds empty entries.
    fn missing(&mut self, kind: OperationKind, rows: &[usize]) -> Result<(), Error> {
        rows.iter().try_for_each(|row| {
            let name = self.name(*row);
            match kind {
                OperationKind::OntologyAware => self.entry(&OntologyAware::missing(name)),
                OperationKind::SummaryStatistics => {
                    self.entry(&Summary { query_cell_id: name, matches: Raw::Absent([]) })
                }
                OperationKind::Search => self.entry(&Search { query_cell_id: name, neighbors: Neighbors::Read(&[]) }),
            }
        })
    }

    fn entry(&mut self, entry: &impl Serialize) -> Result<(), Error> {
        if std::mem::replace(&mut self.begun, true) {
            self.out.write_all(b",")?;
        }
        json(&mut *self.out, |out| serde_json::to_writer(out, entry))
    }
}

impl<'a> List<'a, '_> {
    fn name(&self, row: usize) -> &'a str {
        &self.source.names[row]
    }
}

pub(super) fn json<W: Write>(out: W, write: impl FnOnce(W) -> serde_json::Result<()>) -> Result<(), Error> {
    write(out).map_err(|error| Error::Write(error.into()))
}
