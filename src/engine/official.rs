//! Output of the official client, opened as a run. In: a folder with `ontology_response.json`, or an `.h5ad` with
//! `obsm['cas_cl_scores']`. Out: a run folder in the cache, with the same answers. The output itself is only read.
//!
//! A folder may also have the answers of the other operations, named as castui names them. Every answer passes the check
//! of a server's answer. Numbers keep the digits of the output.

mod cache;
mod error;
mod response;
mod scores;

use std::{
    num::NonZeroUsize,
    ops::Range,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::Deserialize;

pub(crate) use error::Error;
pub use response::name as response_name;

use super::{check, inspect::inspect};
use crate::{
    domain::{CellOntology, ChunkIndex, ModelName, OntologyAwareOptions, Operation, OperationKind},
    files::{self, Trust},
    matrix::{ColumnName, CountSource, Matrix, ObsTables},
    store::{
        self, AnswerHeader, Fingerprint, Imported, Input, LARGEST_ANSWER, Manifest, NamedModel, Run, SchemaIdentity,
        Writer,
    },
    wire::{self, general},
};

/// The largest number of cells in a chunk of the run.
const CHUNK: usize = 1000;
/// The size of a chunk's answers that is aimed at, in bytes.
const CHUNK_BYTES: u64 = 16 << 20;
/// Maximum size of `metadata.json` in bytes.
const LONGEST_METADATA: u64 = 1 << 20;
/// The name of the model if the output has none.
const NO_MODEL: &str = "unknown";
/// The name of the file with the ontology.
const RESOURCE: &str = "ontology_resource.json";

/// Output of the official client.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Output {
    /// A folder with the answers of an operation.
    Folder { folder: PathBuf, kind: OperationKind },
    /// A file with a matrix of scores.
    Scores { file: PathBuf },
}

/// Returns whether a path is that of output of the official client, and not of a run. Files are opened only if their name
/// ends in `.h5ad`.
pub fn is_output(path: &Path) -> bool {
    Output::at(path).is_some()
}

/// Opens output of the official client as a run in a folder of a cache, which is made unless it exists already. Returns
/// `None` if the path is not that of such output.
///
/// # Errors
/// Fails if the output is damaged or contradicts itself, or if the cache cannot be written.
pub fn open(path: &Path, cache: &Path) -> Result<Option<Run>, Error> {
    let Some(output) = Output::at(path) else { return Ok(None) };
    let output = output.absolute().map_err(Error::io("find", path))?;
    let place = cache::Place::of(cache, &output)?;
    if let Some(run) = place.known() {
        return Ok(Some(run));
    }
    let unfinished = place.begin()?;
    output.convert(unfinished.path())?;
    unfinished.finish().map(Some)
}

impl Output {
    fn at(path: &Path) -> Option<Self> {
        if Run::is_run(path) {
            return None;
        }
        if path.is_dir() {
            let has = |kind: &OperationKind| path.join(response::name(*kind)).is_file();
            let kind = OperationKind::ALL.into_iter().find(has)?;
            return Some(Self::Folder { folder: path.to_owned(), kind });
        }
        let ends = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("h5ad"));
        let has_scores = || Matrix::open(path).is_ok_and(|matrix| matrix.has_term_scores());
        (ends && has_scores()).then(|| Self::Scores { file: path.to_owned() })
    }

    fn absolute(self) -> std::io::Result<Self> {
        Ok(match self {
            Self::Folder { folder, kind } => Self::Folder { folder: folder.canonicalize()?, kind },
            Self::Scores { file } => Self::Scores { file: file.canonicalize()? },
        })
    }

    fn path(&self) -> &Path {
        match self {
            Self::Folder { folder, .. } => folder,
            Self::Scores { file } => file,
        }
    }

    /// Returns the folder with the other files of the output.
    fn folder(&self) -> &Path {
        match self {
            Self::Folder { folder, .. } => folder,
            Self::Scores { file } => file.parent().unwrap_or(Path::new("/")),
        }
    }

    /// Writes a run folder with the answers of the output.
    fn convert(&self, target: &Path) -> Result<(), Error> {
        match self {
            Self::Folder { folder, kind } => {
                let path = folder.join(response::name(*kind));
                let outline = response::outline(&path)?;
                let metadata = Metadata::read(folder)?;
                let size = path.metadata().map_err(Error::io("read", &path))?.len();
                let about = About { kind: *kind, bytes: size, model: outline.model };
                let writer = self.begin(target, &outline.names, metadata, about)?;
                let mut chunks = Chunks::new(&writer, &path);
                response::each(&path, |entry| chunks.add(entry))?;
                chunks.finish()
            }
            Self::Scores { file } => {
                let scores = scores::Scores::open(file)?;
                let about =
                    About { kind: OperationKind::OntologyAware, bytes: scores.bytes(), model: NamedModel::Absent };
                let writer = self.begin(target, &scores.names()?, None, about)?;
                let mut chunks = Chunks::new(&writer, file);
                scores.each(|entry| chunks.add(entry))?;
                chunks.finish()
            }
        }
    }

    /// Creates the run folder without answers.
    fn begin(
        &self,
        target: &Path,
        names: &[String],
        metadata: Option<(Metadata, String)>,
        about: About,
    ) -> Result<Writer, Error> {
        let (metadata, text) = metadata.map_or((Metadata::default(), None), |(read, text)| (read, Some(text)));
        if let Some(found) = metadata.n_cells.filter(|found| *found != names.len()) {
            return Err(Error::OtherNumber { path: self.path().to_owned(), found, cells: names.len() });
        }
        if names.is_empty() {
            return Err(Error::NoCells { path: self.path().to_owned() });
        }
        let ontology = self.ontology(about.kind)?;
        let model = about.model.name().map(str::to_owned).or(metadata.model_name);
        let average = (about.bytes / names.len() as u64).max(1);
        let chunk_size = usize::try_from(CHUNK_BYTES / average).unwrap_or(CHUNK).clamp(1, CHUNK);
        let resource = metadata.ontology_resource_name;
        let manifest = Manifest {
            format: store::manifest::FORMAT,
            castui_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: uuid::Uuid::new_v4(),
            created_at: Timestamp::now(),
            input: self.input(metadata.input_path.as_deref(), names),
            server: String::new(),
            server_version: None,
            model: ModelName::new(model.unwrap_or_else(|| NO_MODEL.to_owned())),
            schema: SchemaIdentity { name: NO_MODEL.to_owned(), genes: 0, digest: String::new() },
            ontology_resource: resource,
            operation: operation(about.kind),
            chunk_size: NonZeroUsize::new(chunk_size).unwrap_or(NonZeroUsize::MIN),
            imported: Some(Imported {
                from: self.path().to_owned(),
                metadata: text,
                model: about.model,
                has_ontology: ontology.as_ref().is_some_and(|(_, is_own)| *is_own),
            }),
        };
        let ontology = ontology.as_ref().map(|(text, _)| text.as_slice());
        Ok(Writer::create(target, manifest, names, ontology)?)
    }

    /// Returns the ontology beside the answers, verbatim, otherwise the embedded Cell Ontology; and whether it is the
    /// output's own.
    fn ontology(&self, kind: OperationKind) -> Result<Option<(Vec<u8>, bool)>, Error> {
        if kind != OperationKind::OntologyAware {
            return Ok(None);
        }
        let path = self.folder().join(RESOURCE);
        match files::read(&path, Trust::Anybody, wire::LARGEST_ONTOLOGY) {
            Ok(text) => {
                general::read_ontology(&text).map_err(|source| Error::Ontology { path, source })?;
                Ok(Some((text, true)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let embedded = general::OntologyResource::from(&CellOntology::embedded().ontology());
                let text = serde_json::to_vec(&embedded).map_err(|error| Error::io("write", &path)(error.into()))?;
                Ok(Some((text, false)))
            }
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }

    /// Returns the input file that the output names, with the matrix that castui would use.
    fn input(&self, named: Option<&str>, names: &[String]) -> Input {
        let path = match self {
            Self::Scores { file } => file.clone(),
            Self::Folder { folder, .. } => input_path(folder, named),
        };
        let looked = inspect(&path, &ObsTables::default()).ok();
        let taken = looked.as_ref().and_then(|(_, inspection)| inspection.suggest());
        let found = taken.as_ref().zip(looked.as_ref());
        let genes = found.and_then(|(taken, (_, inspection))| inspection.matrix(&taken.count_matrix));
        let unknown = || Fingerprint { size: 0, modified: 0, sample: String::new() };
        Input {
            fingerprint: Fingerprint::of(&path).unwrap_or_else(|_| unknown()),
            path,
            cells: names.len(),
            kept: None,
            sample: None,
            genes: genes.map_or(0, |matrix| matrix.header.genes),
            count_matrix: taken.as_ref().map_or(CountSource::X, |taken| taken.count_matrix.clone()),
            feature_ids: taken.map_or(ColumnName::Index, |taken| taken.feature_ids),
            feature_names: None,
            symbol_table: None,
            allow_non_counts: false,
        }
    }
}

/// Returns the path of the input: the named one, or that of a file of the same name beside the folder or in it.
fn input_path(folder: &Path, named: Option<&str>) -> PathBuf {
    let named = PathBuf::from(named.unwrap_or("unknown.h5ad"));
    let named = if named.is_absolute() { named } else { folder.join(named) };
    let name = named.file_name().unwrap_or_default();
    let beside = [folder.with_file_name(name), folder.join(name)];
    let found = beside.into_iter().find(|path| !named.exists() && path.is_file());
    found.unwrap_or(named)
}

/// Returns the operation. Its options are not in the output.
fn operation(kind: OperationKind) -> Operation {
    match kind {
        OperationKind::OntologyAware => Operation::OntologyAware(OntologyAwareOptions::default()),
        OperationKind::SummaryStatistics => {
            Operation::SummaryStatistics { include_extended_statistics: Operation::INCLUDE_EXTENDED_STATISTICS }
        }
        OperationKind::Search => Operation::Search,
    }
}

/// The properties of the answers.
struct About {
    kind: OperationKind,
    /// The size of the answers in bytes.
    bytes: u64,
    model: NamedModel,
}

/// The content of `metadata.json`. All of it is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    input_path: Option<String>,
    model_name: Option<String>,
    n_cells: Option<usize>,
    ontology_resource_name: Option<String>,
}

impl Metadata {
    /// Reads the file in a folder and returns it with its text; `None` if it is missing.
    fn read(folder: &Path) -> Result<Option<(Self, String)>, Error> {
        let path = folder.join("metadata.json");
        let bytes = match files::read(&path, Trust::Anybody, LONGEST_METADATA) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let damaged = |source| Error::Unreadable { path: path.clone(), source };
        let read = serde_json::from_slice(&bytes).map_err(damaged)?;
        // JSON is UTF-8, so nothing is replaced.
        Ok(Some((read, String::from_utf8_lossy(&bytes).into_owned())))
    }
}

/// The answers that are collected for a chunk.
struct Chunks<'a> {
    writer: &'a Writer,
    /// The file that the answers are from.
    path: &'a Path,
    body: Vec<u8>,
    /// The rows in `body`.
    rows: Range<usize>,
}

impl<'a> Chunks<'a> {
    fn new(writer: &'a Writer, path: &'a Path) -> Self {
        Self { writer, path, body: Vec::new(), rows: 0..0 }
    }

    /// Adds the answer for the next cell: the fields of a JSON object, without the one with the name of the cell.
    fn add(&mut self, fields: &[u8]) -> Result<(), Error> {
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
    fn finish(self) -> Result<(), Error> {
        if self.rows.end == self.writer.run().manifest().input.cells {
            Ok(())
        } else {
            Err(Error::Changed { path: self.path.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests;
