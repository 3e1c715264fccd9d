//! The checks made before a run uses quota.

mod cells;
mod counts;
mod file_side;
mod genes;
mod notes;
mod oddities;
mod request;
mod server_side;

use std::{num::NonZeroUsize, path::Path, sync::Arc};

use jiff::Timestamp;

use super::{
    AnswerSize, Service,
    answer_size::{LARGEST_READ, RESPONSE_LIMIT},
    count_input::accepted,
    inspect::{Inspection, Selection, inspect},
    prepare::PreparedRun,
    remedy::{CellsRemedy, FolderRemedy, Remedy},
    same_request::{Difference, RunOption, differences},
};
use crate::{
    api,
    chunk::{GeneMap, GeneReport, ValuePolicy},
    domain::{
        Model, Operation, Quota,
        text::{clean, excerpt, sentence},
    },
    matrix::{self, ObsTables},
    store::{self, Fingerprint, Input, Manifest, Run, SchemaIdentity, SymbolTable},
};
use cells::Cells;
use file_side::{FileSide, Fit};
use notes::Notes;
pub use request::Purpose;
pub use request::RunOptions;
use server_side::ServerSide;

/// The subject of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The server.
    Server,
    /// The token.
    Token,
    /// The version of the client protocol.
    Protocol,
    /// The model.
    Model,
    /// The file.
    File,
    /// The count matrix.
    Counts,
    /// The genes.
    Genes,
    /// The cells.
    Cells,
    /// The quota.
    Quota,
    /// The run folder.
    Folder,
}

impl Subject {
    /// Returns the name for users and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Token => "token",
            Self::Protocol => "protocol",
            Self::Model => "model",
            Self::File => "file",
            Self::Counts => "counts",
            Self::Genes => "genes",
            Self::Cells => "cells",
            Self::Quota => "quota",
            Self::Folder => "folder",
        }
    }
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Passed.
    Ok,
    /// Passed with a warning.
    Warn,
    /// Failed: the run cannot be started.
    Fail,
}

/// A check with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The subject.
    pub subject: Subject,
    /// The result.
    pub verdict: Verdict,
    /// The finding, as a sentence.
    pub found: String,
    /// The differences from the run in the folder, which belong to the finding.
    pub differences: Vec<Difference>,
    /// The remedy.
    pub fix: Option<Remedy>,
    /// The kind of the server's refusal, for exit codes.
    pub refusal: Option<api::ErrorKind>,
}

impl Check {
    /// Describes the finding and the differences from the run in the folder, with the name that a front end gives an
    /// option. Without control characters.
    pub fn describe(&self, name: fn(RunOption) -> &'static str) -> String {
        let listed: Vec<String> = self.differences.iter().map(|difference| difference.describe(name)).collect();
        match listed.as_slice() {
            [] => self.found.clone(),
            listed => clean(&format!("{}: {}", self.found, listed.join(", "))).into_owned(),
        }
    }
}

/// The result of all checks.
pub struct Preflight {
    /// All checks, in order.
    pub checks: Vec<Check>,
    /// The inspection of the file, if it could be read.
    pub inspection: Option<Inspection>,
    /// The model, if it could be determined.
    pub model: Option<Model>,
    /// The match of the genes, if both file and schema could be read.
    pub genes: Option<GeneReport>,
    /// The quota, if the server sent it.
    pub quota: Option<Quota>,
    /// The run, unless a check failed.
    pub prepared: Option<PreparedRun>,
}

impl Preflight {
    /// Creates the result for a panic of a check, which is a bug.
    fn broken(broken: &tokio::task::JoinError) -> Self {
        let mut notes = Notes::default();
        notes.fail(Subject::File, broken.to_string(), "please report this bug in castui");
        Self { checks: notes.0, inspection: None, model: None, genes: None, quota: None, prepared: None }
    }

    /// Returns the first failed check.
    pub fn failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.verdict == Verdict::Fail)
    }
}

/// Performs all checks. Sends requests to the server, but no cells.
pub async fn preflight(service: &Service, options: &RunOptions) -> Preflight {
    let mut notes = Notes::default();
    let (input, tables) = (options.input.clone(), options.tables.clone());
    let opening = tokio::task::spawn_blocking(move || open(&input, &tables));
    let (server, opened) = tokio::join!(server_side::look(service, options, &mut notes), opening);
    let file = match opened {
        Ok(Ok(file)) => Some(file),
        Ok(Err(error)) => {
            notes.fail(Subject::File, sentence(&error), "choose another file");
            None
        }
        Err(broken) => return Preflight::broken(&broken),
    };
    let (service, options) = (service.clone(), options.clone());
    let judging = tokio::task::spawn_blocking(move || judge(Sides { server, file }, &service, &options, notes));
    judging.await.unwrap_or_else(|broken| Preflight::broken(&broken))
}

/// The information from both sides of a run.
struct Sides {
    server: ServerSide,
    /// The file, if it can be read.
    file: Option<FileSide>,
}

/// Checks the file with the information from the server. Reads from disk.
fn judge(Sides { server, file }: Sides, service: &Service, options: &RunOptions, mut notes: Notes) -> Preflight {
    let size = AnswerSize::of(&options.operation, server.ontology.as_deref());
    let chosen = options.chunk_size;
    let options = &options.with_chunk_size(size);
    let fit = file.as_ref().map(|file| file_side::look(file, &server, options, &mut notes)).unwrap_or_default();
    if options.purpose == Purpose::Run {
        look_at_folder(options, service, file.as_ref(), &mut notes);
        let cells = fit.cells.as_ref().map_or(0, |cells| options.cells_to_send(cells.matrix.cell_count()));
        look_at_space(&options.folder, cells, size, &mut notes);
    }
    look_at_chunk_size(chosen, options.operation, size, &mut notes);
    let Fit { selection, genes, cells } = fit;
    let inspection = file.as_ref().map(|file| file.inspection.clone());
    let (model, quota) = (server.model.clone(), server.quota.clone());
    let report = genes.as_ref().map(|genes| genes.report().clone());
    let prepared = match (file, selection, genes, cells) {
        (Some(file), Some(selection), Some(genes), Some(cells)) if !notes.any_failed() => {
            Checked { server, file, selection, genes, cells }.prepare(service, options)
        }
        _ => None,
    };
    Preflight { checks: notes.0, inspection, model, genes: report, quota, prepared }
}

fn open(path: &Path, tables: &ObsTables) -> Result<FileSide, matrix::Error> {
    let fingerprint = Fingerprint::of(path).map_err(|source| {
        // For a path that is not a file at all, `Matrix::open` has a more specific error.
        let error = matrix::Matrix::open(path).err();
        error.unwrap_or_else(|| matrix::Error::Io { path: path.to_owned(), source })
    })?;
    let (matrix, inspection) = inspect(path, tables)?;
    Ok(FileSide { matrix: Arc::new(matrix), inspection, fingerprint })
}

fn look_at_folder(options: &RunOptions, server: &Service, file: Option<&FileSide>, notes: &mut Notes) {
    let folder = &options.folder;
    if Run::is_run(folder) {
        return look_at_run(options, server, file, notes);
    }
    if let Err(error) = store::refuse_used(folder) {
        notes.fail(Subject::Folder, sentence(&error), FolderRemedy::ChooseAnother);
        return;
    }
    let is_there = |folder: &&Path| folder.symlink_metadata().is_ok();
    let existing = folder.ancestors().find(is_there).unwrap_or(Path::new("."));
    if !existing.is_dir() {
        notes.fail(Subject::Folder, format!("{} is not a folder", existing.display()), FolderRemedy::ChooseAnother);
        return;
    }
    match rustix::fs::access(existing, rustix::fs::Access::WRITE_OK) {
        Ok(()) => notes.ok(Subject::Folder, format!("{} can be written", folder.display())),
        Err(error) => {
            notes.fail(
                Subject::Folder,
                format!("{}: {}", existing.display(), sentence(&error)),
                FolderRemedy::ChooseAnother,
            );
        }
    }
}

/// Checks a folder that contains a run. If it is the same request, the run will be resumed.
fn look_at_run(options: &RunOptions, server: &Service, file: Option<&FileSide>, notes: &mut Notes) {
    let folder = options.folder.display();
    let run = match Run::open(&options.folder) {
        Ok(run) => run,
        Err(error) => return notes.fail(Subject::Folder, sentence(&error), FolderRemedy::ChooseAnother),
    };
    let manifest = run.manifest();
    let mut found = file.map_or_else(Vec::new, |file| differences(manifest, options, &file.fingerprint));
    let server = server.client().server().to_string();
    if server != manifest.server {
        found.push(Difference::Server { was: excerpt(&manifest.server), is: server });
    }
    let stored = run.stored().map_or(0, |stored| stored.len());
    let chunks = manifest.chunk_count();
    if found.is_empty() {
        return notes.ok(
            Subject::Folder,
            format!("{folder} holds this run, {stored} of {chunks} chunks stored; it is continued"),
        );
    }
    let words = format!("{folder} already holds a run with another request");
    notes.fail(Subject::Folder, words, FolderRemedy::ContinueRun(options.folder.clone()));
    notes.add_differences(found);
}

/// Checks that the answers fit on the disk, since answers that do not fit waste quota. The expected size is more than
/// they take compressed and in the official client's JSON.
fn look_at_space(folder: &Path, cells: usize, size: AnswerSize, notes: &mut Notes) {
    let Some(Ok(disk)) = folder.ancestors().find(|folder| folder.is_dir()).map(rustix::fs::statvfs) else { return };
    let (free, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), size.likely(cells));
    if free < needed {
        let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
        let found = format!("{} MB are free, and the answers may take {} MB", megabytes(free), megabytes(needed));
        notes.warn(Subject::Folder, found, FolderRemedy::MakeRoom);
    }
}

/// Checks that a chunk of the chosen size and its answer are not too large. Reports a chunk size that was not chosen.
fn look_at_chunk_size(chosen: Option<NonZeroUsize>, operation: Operation, size: AnswerSize, notes: &mut Notes) {
    let (kind, fitting) = (operation.kind(), size.chunk_size(operation.kind()));
    let limit = RESPONSE_LIMIT >> 20;
    let Some(chosen) = chosen.map(NonZeroUsize::get) else {
        if fitting < kind.default_chunk_size() {
            let kilobytes = size.likely(1).div_ceil(1000);
            let found = format!(
                "chunks of {fitting}: the answer for a cell takes about {kilobytes} kB, and CAS limits an answer to {limit} MiB"
            );
            notes.ok(Subject::Cells, found);
        }
        return;
    };
    if let Some(most) = kind.max_chunk_size().filter(|most| chosen > *most) {
        let found = format!("a chunk of a {} may have {most} cells, not {chosen}", kind.name());
        notes.fail(Subject::Cells, found, CellsRemedy::ChunkSize(most));
    } else if size.likely(chosen) > LARGEST_READ {
        let megabytes = size.likely(chosen).div_ceil(1_000_000);
        let found = format!("the answer for {chosen} cells takes about {megabytes} MB, more than castui reads at once");
        notes.fail(Subject::Cells, found, CellsRemedy::ChunkSize(fitting));
    } else if size.likely(chosen) > RESPONSE_LIMIT {
        let megabytes = size.likely(chosen).div_ceil(1_000_000);
        let found = format!(
            "the answer for {chosen} cells takes about {megabytes} MB; CAS limits an answer to {limit} MiB, and counts the cells \
             of a chunk whose answer is larger"
        );
        notes.warn(Subject::Cells, found, CellsRemedy::ChunkSizeOrDefault(fitting));
    }
}

/// Everything that a run needs, after all checks have passed.
struct Checked {
    server: ServerSide,
    file: FileSide,
    selection: Selection,
    genes: GeneMap,
    cells: Cells,
}

impl Checked {
    fn prepare(self, service: &Service, options: &RunOptions) -> Option<PreparedRun> {
        let Self { server, file, selection, genes, cells } = self;
        let (Selection { count_matrix, feature_ids }, Cells { matrix, kept, sample }) = (selection, cells);
        let FileSide { inspection, fingerprint, .. } = file;
        let (model, schema) = (server.model?, server.schema?);
        let found = inspection.matrix(&count_matrix)?;
        let file_path = matrix.path();
        let values = accepted(&found.look.values, options.values);
        let manifest = Manifest {
            format: store::manifest::FORMAT,
            castui_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: uuid::Uuid::new_v4(),
            created_at: Timestamp::now(),
            input: Input {
                path: std::path::absolute(file_path).unwrap_or_else(|_| options.input.clone()),
                fingerprint,
                cells: matrix.cell_count(),
                kept,
                sample,
                genes: found.header.genes,
                count_matrix,
                feature_ids,
                feature_names: options.feature_names.clone(),
                symbol_table: SymbolTable::of(options.genes),
                allow_non_counts: values == ValuePolicy::NonNegative,
            },
            server: service.client().server().to_string(),
            server_version: server.version,
            ontology_resource: model.cell_type_ontology().map(str::to_owned),
            model: model.name,
            schema: SchemaIdentity::of(&schema),
            operation: options.operation,
            chunk_size: options.chunk_size?,
            imported: None,
        };
        let (options, service) = (options.clone(), service.clone());
        Some(PreparedRun {
            matrix,
            genes: Arc::new(genes),
            schema,
            ontology: server.ontology,
            manifest,
            options,
            service,
        })
    }
}
