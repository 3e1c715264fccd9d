//! Options shared by annotation and search.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use super::{context::Context, obs_options::ObsArguments, progress::ProgressStyle};
use crate::{
    api::Backoff,
    chunk::{GeneNames, ValuePolicy},
    domain::{ModelName, Operation, OperationKind, SampleBy, SampleRequest, SampleSize, Shard, sample::FLOOR},
    engine::{DriveOptions, GraceLimit, NonCountPolicy, Purpose, RunOptions, default_folder},
    matrix::{ColumnName, CountSource, ObsTables},
    results::export::OptionalFile,
};

/// A file and the parts to use. The names are those of the official client.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FileArguments {
    /// File or folder with counts: .h5ad, .h5mu, .zarr, .loom, 10x .h5, matrix.mtx, or a Cell Ranger folder
    #[arg(value_name = "FILE", required_unless_present = "input_path", conflicts_with = "input_path")]
    file: Option<PathBuf>,
    /// Alternative to FILE, named as in the official client
    #[arg(long, hide = true, value_name = "FILE")]
    input_path: Option<PathBuf>,
    /// Model; 'default' is the server's default model [default: the server's]
    #[arg(long, value_name = "MODEL")]
    pub cas_model_name: Option<String>,
    /// Count matrix: X, raw.X or layers/NAME [default: the first with whole numbers]
    #[arg(long, value_name = "MATRIX")]
    pub count_matrix_input: Option<CountSource>,
    /// Column of var with Ensembl ids, or index [default: the one with most ids of the model]
    #[arg(long, value_name = "COLUMN")]
    pub feature_ids_column_name: Option<ColumnName>,
    /// Column of var with gene names to send too, or index [default: send none]
    #[arg(long, value_name = "COLUMN")]
    pub feature_names_column_name: Option<ColumnName>,
    /// Look up gene symbols in GENCODE v44 if the file has no Ensembl ids
    #[arg(long)]
    pub map_symbols: bool,
    /// Leave out cells with fewer counts, such as empty droplets; 0 sends all [default: send all, unless most seem
    /// empty]
    #[arg(long, value_name = "N")]
    pub min_counts: Option<u64>,
    /// Send values that are not counts as they are; negative values are always refused
    #[arg(long)]
    pub allow_non_counts: bool,
}

/// Options of a run of a file.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct InputArguments {
    #[command(flatten)]
    pub file: FileArguments,
    /// Run folder [default: STEM.castui beside the file; STEM-summary.castui and STEM-search.castui for the other kinds
    /// of runs]
    #[arg(short = 'o', long = "output-dir", value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Cells per chunk [default: 1000; 500 for a search, which is the maximum]
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    pub chunk_size: Option<NonZeroUsize>,
    /// Send one part of the run, as one of N processes that share the run folder; `castui resume` then writes the
    /// files
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Check everything and read every cell, but send nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub obs: ObsArguments,
    #[command(flatten)]
    pub sample: SampleArguments,
}

/// Options of a sample of the cells.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Sample")]
pub(super) struct SampleArguments {
    /// Send a sample only: a number of cells, or a share such as 10%; `castui infer` then labels the others
    #[arg(long, value_name = "N|P%")]
    sample: Option<SampleSize>,
    /// Groups that the sample covers: an obs column, clusters (of the file, otherwise a sketch) or sketch (equal
    /// coverage of the principal components)
    #[arg(long, value_name = "COLUMN|clusters|sketch", default_value = "clusters", requires = "sample")]
    by: SampleBy,
    /// Least number of cells of each group, as far as it has them
    #[arg(long, value_name = "N", default_value_t = FLOOR, requires = "sample")]
    floor: usize,
    /// Seed of the random choice
    #[arg(long, value_name = "SEED", default_value_t = 0, requires = "sample")]
    seed: u64,
    /// Run of the same file whose cells count as part of the sample and are not sent again; repeat for several
    #[arg(long, value_name = "RUN", requires = "sample")]
    pub beyond: Vec<PathBuf>,
}

impl SampleArguments {
    /// Returns the request, if a sample is wanted.
    pub fn request(&self) -> Option<SampleRequest> {
        let Self { sample, by, floor, seed, .. } = self;
        sample.map(|size| SampleRequest { size, by: by.clone(), floor: *floor, seed: *seed })
    }
}

/// Options to leave out official files.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files")]
pub(super) struct SaveArguments {
    /// Do not write metadata.json
    #[arg(long, overrides_with = "save_metadata")]
    no_save_metadata: bool,
    /// Write metadata.json, which is the default
    #[arg(long, hide = true)]
    save_metadata: bool,
    /// Do not write ontology_resource.json
    #[arg(long, overrides_with = "save_ontology_resource")]
    no_save_ontology_resource: bool,
    /// Write ontology_resource.json, which is the default
    #[arg(long, hide = true)]
    save_ontology_resource: bool,
}

impl SaveArguments {
    /// Returns the files that are not written.
    pub fn left_out(&self) -> Vec<OptionalFile> {
        let metadata = self.no_save_metadata.then_some(OptionalFile::Metadata);
        let ontology = self.no_save_ontology_resource.then_some(OptionalFile::OntologyResource);
        metadata.into_iter().chain(ontology).collect()
    }
}

/// Options for driving a run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Requests")]
pub(super) struct DriveArguments {
    /// Attempts for each chunk
    #[arg(long, value_name = "N", default_value_t = Backoff::default().attempts, value_parser = at_least_one::<NonZeroU32>)]
    pub num_attempts_per_chunk: NonZeroU32,
    /// Parallel requests [default: max_requests of the configuration, otherwise 15]
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    pub max_requests: Option<NonZeroUsize>,
    /// Leave out chunks with values that are not counts and send the others [default: stop the run]
    #[arg(long)]
    pub skip_non_counts: bool,
    /// Longest time, in seconds, that a stopped run waits for its chunks in flight [default: the rest of the Slurm job,
    /// otherwise 120]
    #[arg(long, value_name = "SECONDS")]
    pub grace: Option<u64>,
    /// Style of progress on standard error [default: a bar on a terminal, otherwise lines]
    #[arg(long, value_name = "STYLE")]
    pub progress: Option<ProgressStyle>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Parses a whole number of at least 1.
pub(super) fn at_least_one<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "expected a whole number of at least 1")
}

/// Parses a finite number.
pub(super) fn finite(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    if number.is_finite() { Ok(number) } else { Err("it must be finite".into()) }
}

impl DriveArguments {
    /// Returns the options for driving a run: those of the configuration, overridden by the command line.
    pub fn options(&self, context: &Context) -> DriveOptions {
        let configured = context.settings.drive;
        DriveOptions {
            max_requests: self.max_requests.map_or(configured.max_requests, NonZeroUsize::get),
            backoff: Backoff { attempts: self.num_attempts_per_chunk, ..configured.backoff },
            non_counts: if self.skip_non_counts { NonCountPolicy::LeaveOut } else { configured.non_counts },
            grace: self
                .grace
                .map_or_else(|| context.grace(), |seconds| GraceLimit::Fixed(Duration::from_secs(seconds))),
            ..configured
        }
    }
}

impl FileArguments {
    /// Returns the path of the file. Clap ensures that it is given.
    pub fn path(&self) -> &Path {
        self.file.as_deref().or(self.input_path.as_deref()).unwrap_or(Path::new(""))
    }

    /// Returns the options for the engine, with a run folder.
    pub fn options(&self, folder: PathBuf, operation: Operation, purpose: Purpose, drive: DriveOptions) -> RunOptions {
        RunOptions {
            input: self.path().to_owned(),
            folder,
            operation,
            model: self.cas_model_name.clone().map(ModelName::new),
            chunk_size: None,
            count_matrix: self.count_matrix_input.clone(),
            feature_ids: self.feature_ids_column_name.clone(),
            feature_names: self.feature_names_column_name.clone(),
            genes: if self.map_symbols { GeneNames::Symbols } else { GeneNames::Ids },
            min_counts: self.min_counts,
            sample: None,
            beyond: Vec::new(),
            cache: None,
            tables: ObsTables::default(),
            values: if self.allow_non_counts { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers },
            purpose,
            shard: None,
            drive,
        }
    }
}

impl InputArguments {
    /// Returns the run folder: the requested one, or the default next to the file.
    pub fn folder(&self, kind: OperationKind) -> PathBuf {
        self.output.clone().unwrap_or_else(|| default_folder(self.file.path(), kind))
    }

    /// Returns the same request for a wave of the sample: the sample's size after the wave, its folder, and the earlier
    /// waves.
    pub fn wave(&self, size: NonZeroUsize, folder: PathBuf, earlier: &[PathBuf]) -> Self {
        let (sample, beyond) = (Some(SampleSize::Cells(size)), earlier.to_vec());
        let sample = SampleArguments { sample, beyond, ..self.sample.clone() };
        Self { output: Some(folder), sample, ..self.clone() }
    }

    /// Returns the options for the engine.
    pub fn options(&self, operation: Operation, drive: DriveOptions) -> RunOptions {
        let options = self.file.options(self.folder(operation.kind()), operation, Purpose::Run, drive);
        let (sample, beyond) = (self.sample.request(), self.sample.beyond.clone());
        RunOptions { chunk_size: self.chunk_size, shard: self.shard, sample, beyond, ..options }
    }
}
