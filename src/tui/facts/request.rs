//! The run that the user asks for, and what its checks found.

use std::{num::NonZeroUsize, path::PathBuf};

use crate::domain::{CommandLine, ModelName, Operation};

/// A run as requested by the user.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRequest {
    /// The file.
    pub input: PathBuf,
    /// The run's folder.
    pub folder: PathBuf,
    /// The model.
    pub model: ModelName,
    /// The operation.
    pub operation: Operation,
    /// The count matrix: `X`, `raw.X` or `layers/NAME`.
    pub count_matrix: String,
    /// The var column with gene ids; `index` for the index.
    pub feature_ids: String,
    /// The var column with gene names, if any.
    pub feature_names: Option<String>,
    /// The number of cells in a chunk.
    pub chunk_size: NonZeroUsize,
    /// The maximum number of concurrent requests.
    pub requests: NonZeroUsize,
    /// The maximum number of attempts for a chunk.
    pub attempts: NonZeroUsize,
    /// Set if gene symbols are mapped to ids with the bundled table.
    pub map_symbols: bool,
    /// The minimum total count of a sent cell, if any.
    pub min_counts: Option<u64>,
    /// Set if fractions are accepted as counts.
    pub allow_non_counts: bool,
    /// Set if chunks with values that are not counts are left out, rather than ending the run.
    pub skip_non_counts: bool,
}

/// The results of a preflight.
#[derive(Clone, Debug)]
pub struct PreflightReport {
    /// All checks.
    pub checks: Vec<Check>,
    /// The number of cells to send, which is the cost of the run.
    pub cells: u64,
    /// The number of chunks.
    pub chunks: u64,
    /// The approximate number of bytes to send.
    pub bytes: Option<u64>,
    /// The data that leaves the machine.
    pub sent: Vec<String>,
    /// The data that stays on the machine.
    pub kept: Vec<String>,
    /// The equivalent command.
    pub command: CommandLine,
}

/// A check of a preflight.
#[derive(Clone, Debug)]
pub struct Check {
    /// The subject.
    pub name: String,
    /// The outcome.
    pub verdict: Verdict,
    /// The finding.
    pub message: String,
    /// The remedy, if one is needed.
    pub fix: Option<String>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The check passed.
    Ok,
    /// The finding needs the user's attention.
    Warn,
    /// The run cannot start.
    Fail,
}
