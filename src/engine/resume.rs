//! Resuming a run: checks that its input has not changed, and sends what is missing.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    AnswerSize, DriveOptions, RunHandle, Service,
    check::check_stored,
    mend,
    min_counts::{CellFilter, cells_with_min_counts},
    plan,
    prepare::{Error, MappedMatrix, gene_map},
    run::{self, FileEncoder, Ready},
    turn::{self, ReportWait},
};
use crate::{
    chunk::{GeneMap, ValuePolicy, symbols},
    domain::{ChunkIndex, FeatureSchema, Shard, text::sentence},
    matrix::{Matrix, RowSubset},
    store::{self, Claim, Input, JournalEntry, Manifest, Run, SchemaIdentity, Weight, Writer},
};

/// A change since a run was created that prevents resuming it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file does not exist.
    FileGone,
    /// The content of the file has changed.
    FileContent,
    /// A stored chunk was made from counts that differ from those in the file.
    Counts {
        /// The chunk.
        chunk: ChunkIndex,
    },
    /// The number of cells or genes has changed.
    Shape {
        /// The numbers of cells and genes in the manifest.
        was: (usize, usize),
        /// The numbers of cells and genes in the file.
        is: (usize, usize),
    },
    /// The genes of the server's schema have changed.
    Schema {
        /// The name of the schema.
        name: String,
    },
    /// This version of castui has another table of gene symbols.
    Symbols {
        /// The table used by the run.
        was: String,
    },
    /// The model is no longer offered, or uses another schema.
    Model {
        /// The name of the model.
        name: String,
    },
}

/// A remedy for a change that prevents resuming a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRemedy {
    /// Put the file back, or name its new path.
    NameFile,
    /// Start a new run in another folder.
    NewRun,
}

impl Change {
    /// Returns the remedy, if it is not part of the text.
    pub fn remedy(&self) -> Option<ChangeRemedy> {
        match self {
            Self::FileGone => Some(ChangeRemedy::NameFile),
            Self::FileContent | Self::Counts { .. } | Self::Shape { .. } | Self::Schema { .. } | Self::Model { .. } => {
                Some(ChangeRemedy::NewRun)
            }
            Self::Symbols { .. } => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileGone => f.write_str("its file is missing"),
            Self::FileContent => f.write_str("its file has changed, or another file was named for it"),
            Self::Counts { chunk } => {
                write!(f, "its file has changed: chunk {chunk} was made from other counts")
            }
            Self::Shape { was, is } => {
                write!(f, "its file had {} cells and {} genes and now has {} and {}", was.0, was.1, is.0, is.1)
            }
            Self::Schema { name } => {
                write!(f, "the server's schema '{name}' has changed")
            }
            Self::Symbols { was } => write!(
                f,
                "its gene symbols were converted with {was}, but this castui has {}; resume it with the version that started it",
                symbols::TABLE
            ),
            Self::Model { name } => {
                write!(f, "the server no longer offers model '{name}' with its schema")
            }
        }
    }
}

/// Options that may change when a run is resumed.
#[derive(Clone, Debug, Default)]
pub struct ResumeOptions {
    /// The current path of the input file, if it is neither the original one nor next to the folder.
    pub input: Option<PathBuf>,
    /// The policy for values of cells that are not stored yet, if it differs from that of the run.
    pub values: Option<ValuePolicy>,
    /// The part to send; `None` means everything.
    pub shard: Option<Shard>,
    /// The options for driving the run.
    pub drive: DriveOptions,
}

/// Resumes a run: sends only what is missing.
///
/// # Errors
/// Fails with [`Error::Changed`] if the file, schema or model has changed, and with [`Error::Store`] if another process
/// is working on the run.
pub async fn resume(
    folder: &Path,
    service: &Service,
    options: ResumeOptions,
    report: ReportWait<'_>,
) -> Result<RunHandle, Error> {
    let run = Run::open(folder)?;
    turn::wait(folder, options.shard.map_or(Claim::Whole, Claim::Part), report).await?;
    let schema = schema_of(&run, service).await?;
    let ontology = mend::find_ontology(&run, service).await;
    let (folder, client) = (folder.to_owned(), service.client().clone());
    let ready = tokio::task::spawn_blocking(move || {
        let writer = match options.shard {
            None => Writer::open(&folder, Timestamp::now())?,
            Some(shard) => Writer::open_part(&folder, shard, Timestamp::now())?,
        };
        let ours = plan::part(writer.run().manifest().chunk_count(), options.shard);
        set_damaged_aside(&writer, &ours)?;
        let encoder = open_unchanged(&writer, &schema, &options, &ours)?;
        if let Some(found) = ontology {
            mend::keep_ontology(&writer, found, &plan::missing(&ours, &writer.run().stored()?))?;
        }
        let ontology = writer.run().ontology().unwrap_or_default();
        let size = AnswerSize::of(&writer.run().manifest().operation, ontology.as_deref());
        Ok::<_, Error>(Ready { client, encoder, writer, shard: options.shard, drive: options.drive, size })
    });
    Ok(run::start(ready.await.map_err(Error::Broken)??)?)
}

/// Returns the schema of a run, if the server still offers it unchanged.
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

pub(super) fn changed(run: &Run, change: Change) -> Error {
    Error::Changed { folder: run.folder().to_owned(), change }
}

/// Opens the input file of a run, if it has not changed.
fn open_unchanged(
    writer: &Writer,
    schema: &FeatureSchema,
    options: &ResumeOptions,
    ours: &Range<usize>,
) -> Result<FileEncoder, Error> {
    let run = writer.run();
    let Manifest { input, .. } = run.manifest();
    if let Some(table) = input.symbol_table.as_ref().filter(|table| table.0 != symbols::TABLE) {
        return Err(changed(run, Change::Symbols { was: crate::domain::text::excerpt(&table.0) }));
    }
    let path = options.input.clone().unwrap_or_else(|| run.input_path());
    let (matrix, now) = mend::open_same(run, &path)?;
    if matrix.cells_in_file() != input.cells_in_file() {
        return Err(changed(run, shape_of(input, &matrix)?));
    }
    let genes = Arc::new(gene_map(&matrix, schema, input).map_err(Error::Matrix)?);
    let matrix = Arc::new(narrowed(matrix, &genes, run)?);
    let mapped = MappedMatrix { matrix: &matrix, genes: &genes };
    let mut encoder = mapped.encoder(schema, input, run.folder())?;
    if encoder.rows.gene_count() != input.genes {
        return Err(changed(run, shape_of(input, &matrix)?));
    }
    let modified = now.modified;
    encoder.opened = (path, now);
    if modified != input.fingerprint.modified {
        check_counts(run, &mut encoder, ours)?;
    }
    encoder.policy = options.values.unwrap_or(encoder.policy);
    writer.restore_cells(matrix.row_subset().map(RowSubset::rows), || matrix.cell_names().map_err(Error::Matrix))?;
    Ok(encoder)
}

fn shape_of(input: &Input, matrix: &Matrix) -> Result<Change, Error> {
    let genes = matrix.describe(&input.count_matrix).map_err(Error::Matrix)?.genes;
    Ok(Change::Shape { was: (input.cells_in_file(), input.genes), is: (matrix.cells_in_file(), genes) })
}

/// Reduces the file to the cells of the run. If the run's list of cells is damaged, they are selected again.
fn narrowed(matrix: Matrix, genes: &GeneMap, run: &Run) -> Result<Matrix, Error> {
    let input = &run.manifest().input;
    if input.selected_of().is_none() {
        return Ok(matrix);
    }
    let rows = match (run.kept_rows(), input.kept.filter(|_| input.sample.is_none())) {
        (Ok(rows), _) => RowSubset::new(rows.unwrap_or_default()),
        // A sample may depend on other runs, so it cannot be chosen again.
        (Err(error), None) => return Err(error.into()),
        (Err(_), Some(kept)) => {
            let (source, values) = (&input.count_matrix, input.value_policy());
            let filter = CellFilter { source, genes, values, min_counts: kept.min_counts };
            cells_with_min_counts(&matrix, filter).map_err(|fault| Error::Counts { fault: fault.into_text() })?
        }
    };
    if rows.len() != input.cells {
        return Err(changed(run, Change::FileContent));
    }
    matrix.subset(rows).map_err(Error::Matrix)
}

/// Compares the stored chunks with the file if its modification time has changed, which also happens when it is copied.
/// The chunks are encoded again without sending them.
fn check_counts(run: &Run, encoder: &mut FileEncoder, ours: &Range<usize>) -> Result<(), Error> {
    for chunk in run.stored()?.into_iter().filter(|chunk| ours.contains(&chunk.as_usize())) {
        let sent = run.answer_header(chunk)?.sent;
        let cells = run.manifest().range(chunk);
        if encoder.digest(cells.clone()).is_ok_and(|is| is == sent) {
            continue;
        }
        // Values that the run did not accept at first may have been accepted later.
        let begun_with = std::mem::replace(&mut encoder.policy, ValuePolicy::NonNegative);
        let is = encoder.digest(cells);
        encoder.policy = begun_with;
        if is.map_err(|fault| Error::Counts { fault: fault.into_text() })? != sent {
            return Err(changed(run, Change::Counts { chunk }));
        }
    }
    Ok(())
}

/// Sets damaged answers aside, so that they are requested again.
fn set_damaged_aside(writer: &Writer, ours: &Range<usize>) -> Result<(), Error> {
    for (chunk, error) in damaged(writer.run(), ours)? {
        let text = sentence(&error);
        writer.note(&JournalEntry { at: Timestamp::now(), chunk: Some(chunk), weight: Weight::Warning, text });
        writer.set_aside(chunk)?;
    }
    Ok(())
}

/// Returns the stored answers that fail the check, each with the reason. A failure to read the disk is an error,
/// because it does not mean that an answer is damaged.
fn damaged(run: &Run, ours: &Range<usize>) -> Result<Vec<(ChunkIndex, store::Error)>, store::Error> {
    let stored = run.stored()?.into_par_iter().filter(|chunk| ours.contains(&chunk.as_usize()));
    let faults = stored.filter_map(|chunk| check_stored(run, chunk).err().map(|error| (chunk, error)));
    faults.map(|(chunk, error)| if error.is_damage() { Ok((chunk, error)) } else { Err(error) }).collect()
}

/// Returns the chunks of a run, or of a part of it, that resuming sends: those whose answer is not stored or is damaged.
/// Reads all answers.
///
/// # Errors
/// Fails if the folder or an answer cannot be read.
pub fn missing(run: &Run, shard: Option<Shard>) -> Result<Vec<ChunkIndex>, store::Error> {
    let ours = plan::part(run.manifest().chunk_count(), shard);
    let mut sound = run.stored()?;
    damaged(run, &ours)?.iter().for_each(|(chunk, _)| {
        sound.remove(chunk);
    });
    Ok(plan::missing(&ours, &sound))
}

/// Returns how many cells of a run, or of a part of it, have no stored answer. Reads no answer, so damaged ones count as
/// stored.
///
/// # Errors
/// Fails if the folder cannot be read.
pub fn cells_not_stored(run: &Run, shard: Option<Shard>) -> Result<usize, store::Error> {
    Ok(cells_of(run, &plan::missing(&plan::part(run.manifest().chunk_count(), shard), &run.stored()?)))
}

/// Returns the number of cells in some chunks of a run.
pub fn cells_of(run: &Run, chunks: &[ChunkIndex]) -> usize {
    chunks.iter().map(|chunk| run.manifest().range(*chunk).len()).sum()
}

/// Returns how many cells of a run, or of a part of it, have to be sent when it is resumed. Reads all answers.
///
/// # Errors
/// Fails if the folder or an answer cannot be read.
pub fn missing_cells(run: &Run, shard: Option<Shard>) -> Result<usize, store::Error> {
    Ok(cells_of(run, &missing(run, shard)?))
}
