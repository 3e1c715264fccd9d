//! Options that annotating and searching share.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use super::{context::Context, progress::ProgressStyle};
use crate::{
    api::Backoff,
    chunk::{GeneNames, ValuePolicy},
    domain::{ModelName, Operation, Shard},
    engine::{DriveOptions, GraceLimit, NoCounts, Purpose, RunOptions, default_folder},
    matrix::{ColumnName, CountSource},
};

/// A file and which parts of it count; names as in the official client.
#[derive(Debug, clap::Args)]
pub(super) struct FileArguments {
    /// File with counts: .h5ad, or 10x .h5
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Model; 'default' is the server's default model [default: the server's]
    #[arg(long, value_name = "MODEL")]
    pub cas_model_name: Option<String>,
    /// Count matrix: X, raw.X or layers/NAME [default: the first that holds whole numbers]
    #[arg(long, value_name = "MATRIX")]
    pub count_matrix_input: Option<CountSource>,
    /// Column of var with Ensembl ids, or index [default: the one the model knows best]
    #[arg(long, value_name = "COLUMN")]
    pub feature_ids_column_name: Option<ColumnName>,
    /// Column of var with gene names to send along, or index [default: none are sent]
    #[arg(long, value_name = "COLUMN")]
    pub feature_names_column_name: Option<ColumnName>,
    /// Take gene symbols, where the file has no Ensembl ids, for the genes that GENCODE v44 knows by them
    #[arg(long)]
    pub map_symbols: bool,
    /// Leave out cells with fewer counts, such as empty droplets; 0 sends all [default: all, unless most seem empty]
    #[arg(long, value_name = "N")]
    pub min_counts: Option<u64>,
    /// Take values that are no counts all the same; negative ones never
    #[arg(long)]
    pub allow_non_counts: bool,
}

/// A run of a file.
#[derive(Debug, clap::Args)]
pub(super) struct InputArguments {
    #[command(flatten)]
    pub file: FileArguments,
    /// Run folder [default: STEM.castui beside the file]
    #[arg(short = 'o', long = "output-dir", value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Cells in a chunk [default: 1000; 500, which is the most, for a search]
    #[arg(long, value_name = "N")]
    pub chunk_size: Option<NonZeroUsize>,
    /// Send a part of the run only, as one of N processes that share the run folder, on as many machines; then
    /// `castui resume` gathers
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Look at everything, read every cell, send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How a run is driven.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Requests")]
pub(super) struct DriveArguments {
    /// Attempts for each chunk
    #[arg(long, value_name = "N", default_value = "7")]
    pub num_attempts_per_chunk: NonZeroU32,
    /// Chunks under way at a time [default: 15]
    #[arg(long, value_name = "N")]
    pub max_requests: Option<NonZeroUsize>,
    /// Leave out the chunks that hold values that are no counts, send all others [default: send nothing more]
    #[arg(long)]
    pub skip_non_counts: bool,
    /// Seconds that a run which is asked to end waits for its chunks in flight at most [default: the rest of the Slurm
    /// job, otherwise 120]
    #[arg(long, value_name = "SECONDS")]
    pub grace: Option<u64>,
    /// How progress is shown on standard error [default: a bar on a terminal, lines elsewhere]
    #[arg(long, value_name = "STYLE")]
    pub progress: Option<ProgressStyle>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

/// A number that is neither infinite nor "not a number".
pub(super) fn finite(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    if number.is_finite() { Ok(number) } else { Err("it must be finite".into()) }
}

impl DriveArguments {
    /// As the engine wants it.
    pub fn options(&self, context: &Context) -> DriveOptions {
        DriveOptions {
            max_requests: self.max_requests.unwrap_or(context.settings.max_requests).get(),
            backoff: Backoff { attempts: self.num_attempts_per_chunk, ..Backoff::default() },
            encoders: context.threads(),
            no_counts: if self.skip_non_counts { NoCounts::LeaveOut } else { NoCounts::StopTheRun },
            grace: self
                .grace
                .map_or_else(|| context.grace(), |seconds| GraceLimit::Fixed(Duration::from_secs(seconds))),
        }
    }
}

impl FileArguments {
    /// As the engine wants it, for a folder.
    pub fn options(
        &self,
        folder: PathBuf,
        (operation, purpose): (Operation, Purpose),
        drive: DriveOptions,
    ) -> RunOptions {
        RunOptions {
            input: self.file.clone(),
            folder,
            operation,
            model: self.cas_model_name.clone().map(ModelName::new),
            chunk_size: None,
            count_matrix: self.count_matrix_input.clone(),
            feature_ids: self.feature_ids_column_name.clone(),
            feature_names: self.feature_names_column_name.clone(),
            genes: if self.map_symbols { GeneNames::Symbols } else { GeneNames::Ids },
            min_counts: self.min_counts,
            values: if self.allow_non_counts { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers },
            purpose,
            shard: None,
            drive,
        }
    }
}

impl InputArguments {
    /// As the engine wants it.
    pub fn options(&self, operation: Operation, drive: DriveOptions) -> RunOptions {
        let folder = self.output.clone().unwrap_or_else(|| default_folder(&self.file.file));
        let options = self.file.options(folder, (operation, Purpose::Run), drive);
        RunOptions { chunk_size: self.chunk_size, shard: self.shard, ..options }
    }
}
