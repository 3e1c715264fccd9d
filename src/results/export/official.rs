//! The official client's output folder. In: a run. Out: `ontology_response.json` (or
//! `summary_statistics_response.json` or `search_response.json`), `ontology_resource.json` and `metadata.json`.
//!
//! Answers are streamed one chunk at a time and carry the file's own cell names in the file's order. Numbers keep the
//! digits that the server sent.
//!
//! Every cell of the run has an entry, because the official functions join by position. A cell without a readable
//! answer has no matches and, in ontology-aware runs, no neighbors and a `total_weight` of 0.0. `metadata.json` names
//! such cells under `missing_cells`; this key is present only if there are any.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use crate::engine::official::response_name;

use super::sink::{self, Existing, Sink};
use crate::{
    domain::{ChunkIndex, OperationKind},
    results::{
        CellSet, Error, Unreadable,
        answers::{self, Entry, VerbatimOntologyAware, VerbatimSearch, VerbatimSummary},
        cell_names::cell_names,
        unreadable::Notes,
    },
    store::{NamedModel, Run, files},
};

/// The written files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficialFiles {
    /// The paths of the files, the response first.
    pub paths: Vec<PathBuf>,
    /// The number of cells without a readable answer.
    pub missing_cells: usize,
    /// The answers that cannot be read.
    pub unreadable: Unreadable,
}

/// The content of `metadata.json`.
#[derive(Serialize)]
struct Metadata<'a> {
    input_path: Cow<'a, str>,
    model_name: &'a str,
    n_cells: usize,
    ontology_resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    missing_cells: &'a [&'a str],
}

/// An official file that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionalFile {
    /// The file `ontology_resource.json`.
    OntologyResource,
    /// The file `metadata.json`.
    Metadata,
}

impl OptionalFile {
    fn name(self) -> &'static str {
        match self {
            Self::OntologyResource => "ontology_resource.json",
            Self::Metadata => "metadata.json",
        }
    }
}

/// Writes the official client's output folder for a run. Files of these names are replaced. For a run that was made from
/// such output, the files equal those of the output, and a file that the output lacks is not written.
///
/// # Errors
/// Fails if a file cannot be written. Files written before stay, and each is complete.
pub fn official(run: &Run, folder: &Path) -> Result<OfficialFiles, Error> {
    official_without(run, folder, &[])
}

/// Writes the official client's output folder without some of its files. A file to be left out is still replaced if it
/// exists, because an old one would contradict the answers.
///
/// # Errors
/// Fails as [`official`] does.
pub fn official_without(run: &Run, folder: &Path, left_out: &[OptionalFile]) -> Result<OfficialFiles, Error> {
    let imported = run.manifest().imported.as_ref();
    let wanted = |file: OptionalFile| {
        let path = folder.join(file.name());
        let is_there = imported.is_none_or(|imported| match file {
            OptionalFile::OntologyResource => imported.has_ontology,
            OptionalFile::Metadata => imported.metadata.is_some(),
        });
        if !is_there {
            return None;
        }
        (!left_out.contains(&file) || path.symlink_metadata().is_ok()).then_some(path)
    };
    files::create_private_folder(folder)?;
    let names = cell_names(run)?;
    let stored = run.stored()?;
    let mut paths = vec![folder.join(response_name(run.manifest().operation.kind()))];
    let notes = Notes::default();
    let source = Source { run, names: &names, stored: &stored, notes: &notes };
    sink::write(&paths[0], Existing::Replace, |out| write_response(out, source, &CellSet::All))?;
    if let (Some(path), Some(resource)) = (wanted(OptionalFile::OntologyResource), run.ontology()?) {
        sink::write(&path, Existing::Replace, |out| Ok(out.write_all(&resource)?))?;
        paths.push(path);
    }
    let missing: Vec<&str> = source.missing_rows().map(|row| names[row].as_str()).collect();
    if let Some(path) = wanted(OptionalFile::Metadata) {
        let known = imported.and_then(|imported| imported.metadata.as_deref());
        sink::write(&path, Existing::Replace, |out| match known {
            Some(text) => Ok(out.write_all(text.as_bytes())?),
            None => metadata(out, run, &missing),
        })?;
        paths.push(path);
    }
    Ok(OfficialFiles { missing_cells: missing.len(), paths, unreadable: notes.list() })
}

/// Writes the answers of some cells in the format that the official client uses for all; see [`official`]. Returns the
/// answers that cannot be read.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn response(run: &Run, path: &Path, existing: Existing, cells: &CellSet) -> Result<Unreadable, Error> {
    let (names, stored, notes) = (cell_names(run)?, run.stored()?, Notes::default());
    let source = Source { run, names: &names, stored: &stored, notes: &notes };
    sink::write(path, existing, |out| write_response(out, source, cells))?;
    Ok(notes.list())
}

/// A run with values that are needed repeatedly.
#[derive(Clone, Copy)]
struct Source<'a> {
    run: &'a Run,
    names: &'a [String],
    stored: &'a BTreeSet<ChunkIndex>,
    notes: &'a Notes,
}

impl<'a> Source<'a> {
    /// Returns the rows of the chunks that are not stored or cannot be read.
    fn missing_rows(self) -> impl Iterator<Item = usize> + use<'a> {
        let manifest = self.run.manifest();
        let is_there = move |chunk: &ChunkIndex| self.stored.contains(chunk) && !self.notes.has(*chunk);
        manifest.chunks().filter(move |chunk| !is_there(chunk)).flat_map(|chunk| manifest.range(chunk))
    }

    /// Returns the body of a chunk's answer; `None` if it is not stored or cannot be read.
    fn body(self, chunk: ChunkIndex) -> Result<Option<Vec<u8>>, Error> {
        if !self.stored.contains(&chunk) {
            return Ok(None);
        }
        self.notes.take(self.run, chunk, self.run.answer(chunk).map_err(Error::from))
    }

    /// Returns the entries of a chunk's answer; `None` if it is not stored or cannot be read.
    fn entries<'b, T: Entry + Deserialize<'b>>(
        self,
        chunk: ChunkIndex,
        body: &'b [u8],
    ) -> Result<Option<Vec<T>>, Error> {
        self.notes.take(self.run, chunk, answers::parse(self.run, chunk, body))
    }
}

fn metadata(out: &mut Sink<'_>, run: &Run, missing_cells: &[&str]) -> Result<(), Error> {
    let manifest = run.manifest();
    let metadata = Metadata {
        // The official client's file holds text here, so bytes that are not UTF-8 are replaced.
        input_path: manifest.input.path.to_string_lossy(),
        model_name: manifest.model.as_str(),
        n_cells: manifest.input.cells,
        ontology_resource_name: manifest.ontology_resource.as_deref(),
        missing_cells,
    };
    json(&mut *out, |out| serde_json::to_writer_pretty(out, &metadata))
}

fn write_response(out: &mut Sink<'_>, source: Source<'_>, cells: &CellSet) -> Result<(), Error> {
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
            OperationKind::Search => match source.entries::<VerbatimSearch<'_>>(chunk, &body)? {
                Some(cells) => rows.iter().try_for_each(|row| {
                    let neighbors = Raw::Sent(cells[of(row)].neighbors);
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
                OperationKind::Search => self.entry(&Search { query_cell_id: name, neighbors: Raw::Absent([]) }),
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

fn json<W: Write>(out: W, write: impl FnOnce(W) -> serde_json::Result<()>) -> Result<(), Error> {
    write(out).map_err(|error| Error::Write(error.into()))
}

/// The server's own text, or a substitute for cells without an answer.
#[derive(Serialize)]
#[serde(untagged)]
enum Raw<'a, T> {
    Sent(&'a RawValue),
    Absent(T),
}

#[derive(Serialize)]
struct OntologyAware<'a> {
    query_cell_id: &'a str,
    matches: Raw<'a, [(); 0]>,
    total_weight: Raw<'a, f64>,
    total_neighbors: Raw<'a, u64>,
    total_neighbors_unrecognized: Raw<'a, u64>,
}

#[derive(Serialize)]
struct Summary<'a> {
    query_cell_id: &'a str,
    matches: Raw<'a, [(); 0]>,
}

#[derive(Serialize)]
struct Search<'a> {
    query_cell_id: &'a str,
    neighbors: Raw<'a, [(); 0]>,
}

impl<'a> OntologyAware<'a> {
    fn new(name: &'a str, cell: &VerbatimOntologyAware<'a>) -> Self {
        Self {
            query_cell_id: name,
            matches: Raw::Sent(cell.matches),
            total_weight: Raw::Sent(cell.total_weight),
            total_neighbors: Raw::Sent(cell.total_neighbors),
            total_neighbors_unrecognized: Raw::Sent(cell.total_neighbors_unrecognized),
        }
    }

    fn missing(name: &'a str) -> Self {
        Self {
            query_cell_id: name,
            matches: Raw::Absent([]),
            total_weight: Raw::Absent(0.0),
            total_neighbors: Raw::Absent(0),
            total_neighbors_unrecognized: Raw::Absent(0),
        }
    }
}
