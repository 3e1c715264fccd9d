//! The files of the official client's output folder. In: a run. Out: `ontology_response.json` (or
//! `summary_statistics_response.json`, or `search_response.json`), `ontology_resource.json` and `metadata.json`.
//!
//! Answers are streamed a chunk at a time and carry the file's own cell names in the file's order. Numbers keep the
//! digits the server sent. Every cell of the file has an entry, as the official functions join by position: a cell
//! whose chunk is not stored has no matches and, in ontology-aware runs, no neighbors and no weight
//! (`"total_weight":0.0`); such cells are named under `missing_cells` in `metadata.json`, a key that is only there
//! when there are any.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::value::RawValue;

use super::sink::{self, Existing, Sink};
use crate::{
    domain::{ChunkIndex, OperationKind},
    results::{
        CellSet, Error,
        answers::{self, VerbatimOntologyAware, VerbatimSummary},
        names::cell_names,
    },
    store::{Run, files},
    wire::annotation::{Neighbor, SearchResult},
};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficialFiles {
    /// The files, the response first.
    pub paths: Vec<PathBuf>,
    /// How many cells have no answer.
    pub missing_cells: usize,
}

/// `metadata.json`
#[derive(Serialize)]
struct Metadata<'a> {
    input_path: Cow<'a, str>,
    model_name: &'a str,
    n_cells: usize,
    ontology_resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    missing_cells: &'a [&'a str],
}

/// Writes the official client's output folder for a run; files of these names are replaced.
///
/// # Errors
/// When an answer is damaged or a file cannot be written; then the files already written stay, each whole.
pub fn official(run: &Run, folder: &Path) -> Result<OfficialFiles, Error> {
    files::create_private_folder(folder)?;
    let names = cell_names(run)?;
    let stored = run.stored()?;
    let mut paths = vec![folder.join(response_name(run.manifest().operation.kind()))];
    sink::write(&paths[0], Existing::Replace, |out| write_response(out, run, &names, (&stored, &CellSet::All)))?;
    if let Some(resource) = run.ontology()? {
        let path = folder.join("ontology_resource.json");
        sink::write(&path, Existing::Replace, |out| Ok(out.write_all(&resource)?))?;
        paths.push(path);
    }
    let missing: Vec<&str> = missing_rows(run, &stored).map(|row| names[row].as_str()).collect();
    let path = folder.join("metadata.json");
    sink::write(&path, Existing::Replace, |out| metadata(out, run, &missing))?;
    paths.push(path);
    Ok(OfficialFiles { paths, missing_cells: missing.len() })
}

/// Writes the answers of some cells as the official client writes those of all, see [`official`].
///
/// # Errors
/// When an answer is damaged or the file cannot be written.
pub fn response(run: &Run, path: &Path, existing: Existing, cells: &CellSet) -> Result<(), Error> {
    let (names, stored) = (cell_names(run)?, run.stored()?);
    sink::write(path, existing, |out| write_response(out, run, &names, (&stored, cells)))
}

/// The name of the file with the answers.
pub fn response_name(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::OntologyAware => "ontology_response.json",
        OperationKind::SummaryStatistics => "summary_statistics_response.json",
        OperationKind::Search => "search_response.json",
    }
}

/// The rows of the chunks that are not stored.
fn missing_rows(run: &Run, stored: &BTreeSet<ChunkIndex>) -> impl Iterator<Item = usize> {
    let manifest = run.manifest();
    manifest.chunks().filter(|chunk| !stored.contains(chunk)).flat_map(|chunk| manifest.range(chunk))
}

fn metadata(out: &mut Sink<'_>, run: &Run, missing_cells: &[&str]) -> Result<(), Error> {
    let manifest = run.manifest();
    let metadata = Metadata {
        // The official client's file holds a text here, so other bytes are replaced.
        input_path: manifest.input.path.to_string_lossy(),
        model_name: manifest.model.as_str(),
        n_cells: manifest.input.cells,
        ontology_resource_name: manifest.ontology_resource.as_deref(),
        missing_cells,
    };
    json(&mut *out, |out| serde_json::to_writer_pretty(out, &metadata))
}

fn write_response(
    out: &mut Sink<'_>,
    run: &Run,
    names: &[String],
    (stored, cells): (&BTreeSet<ChunkIndex>, &CellSet),
) -> Result<(), Error> {
    let mut list = List { out, run, names, cells, begun: false };
    list.out.write_all(b"{\"data\":[")?;
    for chunk in run.manifest().chunks() {
        if stored.contains(&chunk) {
            list.stored_chunk(chunk)?;
        } else {
            list.missing_chunk(chunk)?;
        }
    }
    out.write_all(b"]")?;
    if run.manifest().operation.kind() == OperationKind::OntologyAware {
        out.write_all(b",\"model_name\":")?;
        json(&mut *out, |out| serde_json::to_writer(out, &run.manifest().model))?;
    }
    Ok(out.write_all(b"}")?)
}

/// The list of answers in the making.
struct List<'a, 'f> {
    out: &'a mut Sink<'f>,
    run: &'a Run,
    names: &'a [String],
    cells: &'a CellSet,
    begun: bool,
}

impl List<'_, '_> {
    fn stored_chunk(&mut self, chunk: ChunkIndex) -> Result<(), Error> {
        let first = self.run.manifest().range(chunk).start;
        let rows = self.chosen(chunk);
        if rows.is_empty() {
            return Ok(());
        }
        let body = self.run.answer(chunk)?;
        match self.run.manifest().operation.kind() {
            OperationKind::OntologyAware => {
                let cells: Vec<VerbatimOntologyAware<'_>> = answers::parse(self.run, chunk, &body)?;
                rows.into_iter()
                    .try_for_each(|row| self.entry(&OntologyAware::new(self.name(row), &cells[row - first])))
            }
            OperationKind::SummaryStatistics => {
                let cells: Vec<VerbatimSummary<'_>> = answers::parse(self.run, chunk, &body)?;
                let entry =
                    |row: usize, name| Summary { query_cell_id: name, matches: Raw::Sent(cells[row - first].matches) };
                rows.into_iter().try_for_each(|row| self.entry(&entry(row, self.name(row))))
            }
            OperationKind::Search => {
                let cells: Vec<SearchResult> = answers::parse(self.run, chunk, &body)?;
                let entry = |row: usize, name| Search { query_cell_id: name, neighbors: &cells[row - first].neighbors };
                rows.into_iter().try_for_each(|row| self.entry(&entry(row, self.name(row))))
            }
        }
    }

    fn missing_chunk(&mut self, chunk: ChunkIndex) -> Result<(), Error> {
        let kind = self.run.manifest().operation.kind();
        self.chosen(chunk).into_iter().try_for_each(|row| match kind {
            OperationKind::OntologyAware => self.entry(&OntologyAware::missing(self.name(row))),
            OperationKind::SummaryStatistics => {
                self.entry(&Summary { query_cell_id: self.name(row), matches: Raw::Absent([]) })
            }
            OperationKind::Search => self.entry(&Search { query_cell_id: self.name(row), neighbors: &[] }),
        })
    }

    fn chosen(&self, chunk: ChunkIndex) -> Vec<usize> {
        self.cells.within(self.run.manifest().range(chunk)).collect()
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
        &self.names[row]
    }
}

fn json<W: Write>(out: W, write: impl FnOnce(W) -> serde_json::Result<()>) -> Result<(), Error> {
    write(out).map_err(|error| Error::Write(error.into()))
}

/// The server's own text, or what stands for it where there is none.
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
    neighbors: &'a [Neighbor],
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
