//! Continuing a run: what must be as it was, and what is left to send.

use std::{
    collections::BTreeSet,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    AnswerSize, DriveOptions, RunHandle, Service,
    deep_cells::{self, Wanted},
    plan,
    prepare::{Error, file_encoder, gene_map},
    run::{self, FileEncoder, Ready},
    turn::{self, ReportWait},
};
use crate::{
    api,
    chunk::{GeneMap, ValuePolicy, symbols},
    domain::{ChunkIndex, FeatureSchema, Shard},
    matrix::{Matrix, RowSubset},
    store::{Claim, Fingerprint, Input, JournalEntry, Manifest, Run, SchemaIdentity, Weight, Writer},
};

/// What is not as it was when a run began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file is not there.
    FileGone,
    /// The file has other content.
    FileContent,
    /// A chunk stored before was made from other counts than the file holds now.
    Counts {
        /// The chunk.
        chunk: ChunkIndex,
    },
    /// The number of cells or genes.
    Shape {
        /// What the manifest says, cells and genes.
        was: (usize, usize),
        /// What the file says.
        is: (usize, usize),
    },
    /// The server serves other genes under the schema's name.
    Schema {
        /// The schema's name.
        name: String,
    },
    /// This castui has another table of gene symbols.
    Symbols {
        /// The run's table.
        was: String,
    },
    /// The model is no longer offered, or reads another schema.
    Model {
        /// The model's name.
        name: String,
    },
    /// An option differs from that of the run.
    Option {
        /// Its name on the command line.
        name: &'static str,
        /// Its value in the run.
        was: String,
        /// Its value now.
        is: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileGone => f.write_str("its file is not there; put it back, or say where it is by --input FILE"),
            Self::FileContent => {
                f.write_str("its file has changed since, or another was named by --input; begin anew with -o DIR")
            }
            Self::Counts { chunk } => {
                write!(
                    f,
                    "its file has changed since: chunk {chunk} was made from other counts; begin anew with -o DIR"
                )
            }
            Self::Shape { was, is } => write!(
                f,
                "its file had {} cells and {} genes and has {} and {} now; begin anew with -o DIR",
                was.0, was.1, is.0, is.1
            ),
            Self::Schema { name } => {
                write!(f, "the server's schema '{name}' has changed since; begin anew with -o DIR")
            }
            Self::Symbols { was } => write!(
                f,
                "its gene symbols got their ids from {was}, this castui has {}; resume it with the castui it was begun with",
                symbols::TABLE
            ),
            Self::Model { name } => {
                write!(f, "the server no longer offers model '{name}' with its schema; begin anew with -o DIR")
            }
            Self::Option { name, was, is } => {
                write!(f, "it was begun with {name} {was}, not {is}; leave the option out, or begin anew with -o DIR")
            }
        }
    }
}

/// How a run is continued, where that is not as it was begun.
#[derive(Clone, Debug, Default)]
pub struct ResumeOptions {
    /// Where its file is now, if not where it was or beside the folder.
    pub input: Option<PathBuf>,
    /// Which values pass for counts in the cells not yet sent, if not those that did.
    pub values: Option<ValuePolicy>,
    /// The part to send; everything if none.
    pub shard: Option<Shard>,
    /// How it is driven.
    pub drive: DriveOptions,
}

/// Continues a run: sends what is missing and nothing else.
///
/// # Errors
/// [`Error::Changed`] when file, schema or model are not what they were; [`Error::Store`] when another process works
/// on the run.
pub async fn resume(
    folder: &Path,
    service: &Service,
    options: ResumeOptions,
    report: ReportWait<'_>,
) -> Result<RunHandle, Error> {
    let run = Run::open(folder)?;
    turn::wait(folder, options.shard.map_or(Claim::Whole, Claim::Part), report).await?;
    let schema = schema_of(&run, service).await?;
    let (folder, client) = (folder.to_owned(), service.client().clone());
    let ready = tokio::task::spawn_blocking(move || {
        let writer = match options.shard {
            None => Writer::open(&folder, Timestamp::now())?,
            Some(shard) => Writer::open_part(&folder, shard, Timestamp::now())?,
        };
        let ours = plan::part(writer.run().manifest().chunk_count(), options.shard);
        set_damaged_aside(&writer, &ours)?;
        let encoder = open_unchanged(&writer, &schema, (&options, &ours))?;
        let size = AnswerSize::of(&writer.run().manifest().operation, writer.run().ontology()?.as_deref());
        Ok::<_, Error>(Ready { client, encoder, writer, shard: options.shard, drive: options.drive, size })
    });
    Ok(run::start(ready.await.map_err(Error::Broken)??)?)
}

/// The schema of a run, if the server still has it.
async fn schema_of(run: &Run, service: &Service) -> Result<FeatureSchema, Error> {
    let manifest = run.manifest();
    let models = service.models().await?.models;
    let offered = models.iter().any(|model| model.name == manifest.model && model.schema_name == manifest.schema.name);
    if !offered {
        let name = crate::domain::text::excerpt(manifest.model.as_str());
        return Err(changed(run, Change::Model { name }));
    }
    let schema = service.schema(&manifest.schema.name).await?;
    if SchemaIdentity::of(&schema) != manifest.schema {
        let name = crate::domain::text::excerpt(&manifest.schema.name);
        return Err(changed(run, Change::Schema { name }));
    }
    Ok(schema)
}

fn changed(run: &Run, change: Change) -> Error {
    Error::Changed { folder: run.folder().to_owned(), change }
}

/// Opens a run's file, if it is still what it was.
fn open_unchanged(
    writer: &Writer,
    schema: &FeatureSchema,
    (options, ours): (&ResumeOptions, &Range<usize>),
) -> Result<FileEncoder, Error> {
    let run = writer.run();
    let Manifest { input, .. } = run.manifest();
    if let Some(table) = input.symbol_table.as_ref().filter(|table| table.0 != symbols::TABLE) {
        return Err(changed(run, Change::Symbols { was: crate::domain::text::excerpt(&table.0) }));
    }
    let path = options.input.clone().unwrap_or_else(|| run.input_path());
    let now = match Fingerprint::of(&path) {
        Ok(now) => now,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(changed(run, Change::FileGone)),
        Err(source) => return Err(Error::Input { path, source }),
    };
    if !now.same_content(&input.fingerprint) {
        return Err(changed(run, Change::FileContent));
    }
    let matrix = Matrix::open(&path).map_err(Error::Matrix)?;
    if matrix.cells_in_file() != input.cells_in_file() {
        return Err(changed(run, shape_of(input, &matrix)?));
    }
    let genes = Arc::new(gene_map(&matrix, schema, input).map_err(Error::Matrix)?);
    let matrix = Arc::new(narrowed(matrix, &genes, run)?);
    let mut encoder = file_encoder((&matrix, &genes), schema, input, run.folder())?;
    if encoder.rows.gene_count() != input.genes {
        return Err(changed(run, shape_of(input, &matrix)?));
    }
    let modified = now.modified;
    encoder.opened = (path, now);
    if modified != input.fingerprint.modified {
        check_counts(run, &mut encoder, ours)?;
    }
    encoder.policy = options.values.unwrap_or(encoder.policy);
    writer.mend_cells(matrix.row_subset().map(RowSubset::rows), || matrix.cell_names().map_err(Error::Matrix))?;
    Ok(encoder)
}

fn shape_of(input: &Input, matrix: &Matrix) -> Result<Change, Error> {
    let genes = matrix.describe(&input.count_matrix).map_err(Error::Matrix)?.genes;
    Ok(Change::Shape { was: (input.cells_in_file(), input.genes), is: (matrix.cells_in_file(), genes) })
}

/// The file with the cells of the run only. Where the run's list of them is damaged, they are found again.
fn narrowed(matrix: Matrix, genes: &GeneMap, run: &Run) -> Result<Matrix, Error> {
    let input = &run.manifest().input;
    let Some(kept) = input.kept else { return Ok(matrix) };
    let rows = match run.kept_rows() {
        Ok(rows) => RowSubset::new(rows.unwrap_or_default()),
        Err(_) => {
            let (source, values) = (&input.count_matrix, input.value_policy());
            let wanted = Wanted { source, genes, values, min_counts: kept.min_counts };
            deep_cells::find(&matrix, wanted).map_err(|fault| Error::Counts { fault: fault.into_text() })?
        }
    };
    if rows.len() != input.cells {
        return Err(changed(run, Change::FileContent));
    }
    matrix.subset(rows).map_err(Error::Matrix)
}

/// The date of a file may change by copying it. Then the chunks stored already are made again, without sending them,
/// and compared with what was sent.
fn check_counts(run: &Run, encoder: &mut FileEncoder, ours: &Range<usize>) -> Result<(), Error> {
    for chunk in run.stored()?.into_iter().filter(|chunk| ours.contains(&chunk.as_usize())) {
        let sent = run.answer_header(chunk)?.sent;
        let cells = run.manifest().range(chunk);
        if encoder.digest(cells.clone()).is_ok_and(|is| is == sent) {
            continue;
        }
        // Values may have been let pass that the run did not begin with.
        let begun_with = std::mem::replace(&mut encoder.policy, ValuePolicy::NonNegative);
        let is = encoder.digest(cells);
        encoder.policy = begun_with;
        if is.map_err(|fault| Error::Counts { fault: fault.into_text() })? != sent {
            return Err(changed(run, Change::Counts { chunk }));
        }
    }
    Ok(())
}

/// Sets stored answers aside that cannot be read back or are of other cells, so that they are asked for again.
fn set_damaged_aside(writer: &Writer, ours: &Range<usize>) -> Result<(), Error> {
    let run = writer.run();
    let damaged: Vec<_> = run
        .stored()?
        .into_par_iter()
        .filter(|chunk| ours.contains(&chunk.as_usize()))
        .filter_map(|chunk| run.answer_header(chunk).and_then(|_| run.answer(chunk)).err().map(|error| (chunk, error)))
        // A disk that cannot be read just now has damaged nothing.
        .map(|(chunk, error)| if error.is_damage() { Ok((chunk, error)) } else { Err(error) })
        .collect::<Result<_, _>>()?;
    for (chunk, error) in damaged {
        let text = super::upload::describe(&error);
        writer.note(&JournalEntry { at: Timestamp::now(), chunk: Some(chunk), weight: Weight::Warning, text });
        writer.set_aside(chunk)?;
    }
    Ok(())
}

/// Returns how many cells of a run, or of a part of it, are not stored: what resuming costs.
///
/// # Errors
/// When the folder cannot be read.
pub fn missing_cells(run: &Run, shard: Option<Shard>) -> Result<usize, crate::store::Error> {
    let stored = run.stored()?;
    let manifest = run.manifest();
    let missing = plan::missing(&plan::part(manifest.chunk_count(), shard), &stored);
    Ok(missing.into_iter().map(|chunk| manifest.range(chunk).len()).sum())
}

/// Whether every answer of a run, or of a part of it, is stored and can be read: then neither server nor file is needed.
pub fn is_complete(run: &Run, shard: Option<Shard>) -> bool {
    let is_readable = |chunk| run.answer_header(chunk).and_then(|_| run.answer(chunk)).is_ok();
    let chunks = plan::missing(&plan::part(run.manifest().chunk_count(), shard), &BTreeSet::new());
    chunks.into_par_iter().all(is_readable)
}

/// The server a run was begun with.
///
/// # Errors
/// When the manifest names no address.
pub fn server_of(run: &Run) -> Result<api::ServerUrl, api::ServerUrlError> {
    run.manifest().server.parse()
}
