//! The data that the screens show. Values only; the driver provides them.

use std::{collections::BTreeSet, num::NonZeroUsize, path::PathBuf, time::Duration};

use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use crate::engine::watch::{Activity, Sighting};

use super::{severity::Severity, shell_commands::CommandLines, view_state::ViewState};
use crate::{
    domain::{ChunkIndex, CommandLine, Model, ModelName, Operation, OperationKind, Quota},
    engine::DriveOptions,
    store::RunState,
};

/// A reading of the clock, as time since the start and as time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Time since the interface started.
    pub since_start: Duration,
    /// The time of day.
    pub time_of_day: Timestamp,
}

/// A value that has to be fetched.
#[derive(Clone, Debug, Default)]
pub enum Remote<T> {
    /// Not requested.
    #[default]
    Unasked,
    /// Requested.
    Loading,
    /// Fetched.
    Ready(T),
    /// Not available.
    Failed(Failure),
}

/// A failure in words for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The failure.
    pub what: String,
    /// The remedy.
    pub fix: String,
}

/// The end of a clustering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clustered {
    /// The clusters are stored.
    Done {
        /// The number of cells.
        cells: usize,
        /// The number of clusters.
        clusters: usize,
    },
    /// The user canceled it; nothing is stored.
    Canceled,
}

/// The data that all screens share.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The server and the user.
    pub account: Remote<Account>,
    /// The remaining quota.
    pub quota: Remote<Quota>,
    /// The models.
    pub models: Remote<Vec<Model>>,
    /// Recent runs, the newest first.
    pub runs: Remote<Vec<RecentRun>>,
    /// Folders offered for navigation.
    pub places: Places,
    /// The default drive options of runs.
    pub drive: DriveOptions,
    /// The author of commands to paste into a shell.
    pub commands: &'static dyn CommandLines,
    /// The path of the demo's cells, while the demo's service is in use.
    pub demo: Option<PathBuf>,
    /// The service on this machine that is being started.
    pub starting: Option<LocalService>,
}

/// Location of the CAS service in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// On a server, which goes on after this process ends.
    Remote,
    /// In this process; ends with it.
    Here,
}

/// A service on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalService {
    /// The one of the demo.
    Demo,
    /// The one of a reference file.
    Reference(PathBuf),
}

/// A server and the user's account there.
#[derive(Clone, Debug)]
pub struct Account {
    /// The server's address.
    pub server: String,
    /// The server's version, if it reports one.
    pub version: Option<String>,
    /// The user, by name or mail address.
    pub user: String,
    /// The properties of the token; `None` if the server needs none.
    pub token: Option<TokenFacts>,
    /// The server's response time.
    pub latency: Duration,
    /// The proxy, if any.
    pub proxy: Option<String>,
}

/// The properties of a token that may be shown.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// The last four characters.
    pub tail: String,
    /// The origin of the token.
    pub source: String,
    /// The expiry time, if the token states one.
    pub expires_at: Option<Timestamp>,
}

/// A run folder, as shown in the list of runs.
#[derive(Clone, Debug)]
pub struct RecentRun {
    /// The id of the run, which is the same by any path of its folder.
    pub run_id: Uuid,
    /// The path of the folder.
    pub folder: PathBuf,
    /// The run's input file.
    pub input: PathBuf,
    /// The name of the file.
    pub name: String,
    /// The model.
    pub model: ModelName,
    /// The kind of operation.
    pub operation: OperationKind,
    /// The number of cells.
    pub cells: u64,
    /// The number of chunks.
    pub chunks: usize,
    /// The number of stored chunks.
    pub stored: usize,
    /// The condition of the run.
    pub state: RunCondition,
    /// The start time of the run.
    pub created_at: Timestamp,
}

/// The condition of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunCondition {
    /// A process works on it.
    Running,
    /// All chunks are stored.
    Done,
    /// Some chunks are stored.
    Partial,
    /// No chunk is stored.
    Empty,
    /// The run cannot be read, for the given reason.
    Damaged(String),
}

impl From<RunState> for RunCondition {
    fn from(state: RunState) -> Self {
        match state {
            RunState::Running => Self::Running,
            RunState::Done => Self::Done,
            RunState::Partial => Self::Partial,
            RunState::Empty => Self::Empty,
        }
    }
}

/// Folders offered for navigation.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The folder in which castui was started.
    pub start: PathBuf,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `$SCRATCH`.
    pub scratch: Option<PathBuf>,
}

/// A file of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    /// The ID of the entry.
    pub id: Uuid,
    /// The file.
    pub file: PathBuf,
    /// Whether the file does not exist.
    pub is_gone: bool,
    /// The run folder, which may not exist yet.
    pub folder: PathBuf,
    /// The number of cells of the file.
    pub cells: u64,
    /// The number of cells whose answers are stored.
    pub stored: u64,
    /// The number of cells that are still to be sent.
    pub missing: u64,
    /// The state of the run.
    pub state: RunCondition,
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// The name, unchanged.
    pub name: std::ffi::OsString,
    /// The kind.
    pub kind: EntryKind,
    /// The size of a file in bytes.
    pub bytes: u64,
}

/// The kind of an entry of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A folder that holds a run.
    Run,
    /// A folder that is read like a file: of Cell Ranger, with a `matrix.mtx`, or a Zarr store.
    MatrixFolder,
    /// An `.h5ad` file.
    H5ad,
    /// A matrix file of another format.
    TenX,
}

/// The properties of a file that are known without reading its counts.
#[derive(Clone, Debug)]
pub struct FilePreview {
    /// The format in words.
    pub format: String,
    /// The number of cells.
    pub cells: u64,
    /// The count matrices.
    pub matrices: Vec<MatrixPreview>,
    /// The var columns that may hold gene ids, the likeliest first.
    pub id_columns: Vec<IdColumn>,
    /// The columns of obs, as name and kind.
    pub obs_columns: Vec<(String, String)>,
    /// The names of obsm.
    pub obsm: Vec<String>,
    /// Notes on unusual properties.
    pub notes: Vec<String>,
    /// The suggested values of the form.
    pub suggestion: Suggestion,
    /// The var column with gene symbols, if none has ids.
    pub symbols: Option<String>,
    /// The first unused name for a run folder beside the file.
    pub folder: PathBuf,
}

/// A count matrix of a file.
#[derive(Clone, Debug)]
pub struct MatrixPreview {
    /// `X`, `raw.X`, `layers/NAME`.
    pub name: String,
    /// Storage and type in words.
    pub storage: String,
    /// The number of genes.
    pub genes: u64,
    /// Set if the matrix holds counts; `None` if that is unknown.
    pub whole_numbers: Option<bool>,
}

/// A var column that may hold gene ids.
#[derive(Clone, Debug)]
pub struct IdColumn {
    /// The name; `index` for the index.
    pub name: String,
    /// The fraction of Ensembl ids, in 0..=1.
    pub ensembl_share: f64,
    /// The content, in words.
    pub content: String,
}

/// The suggested values of the form, derived from the file.
#[derive(Clone, Debug, Default)]
pub struct Suggestion {
    /// The count matrix.
    pub count_matrix: String,
    /// The column with gene ids.
    pub feature_ids: String,
    /// The column with gene names.
    pub feature_names: Option<String>,
}

/// The overlap between a file's genes and a model's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The number of genes in both.
    pub shared: u64,
    /// The number of genes in the schema.
    pub schema: u64,
}

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

/// An open run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// The id of the run.
    pub run_id: Uuid,
    /// The folder.
    pub folder: PathBuf,
    /// The name of the input file.
    pub name: String,
    /// The model.
    pub model: ModelName,
    /// The kind of operation.
    pub operation: OperationKind,
    /// The number of cells.
    pub cells: usize,
    /// The number of cells in a chunk.
    pub chunk_size: usize,
    /// The stored chunks.
    pub stored: BTreeSet<ChunkIndex>,
    /// The start time of the run.
    pub created_at: Timestamp,
    /// The current work on the run.
    pub activity: Activity,
    /// The view state of the last session.
    pub view_state: ViewState,
    /// The command that makes the same run.
    pub command: CommandLine,
    /// The last lines of the run's log, from earlier sessions.
    pub history: Vec<LogLine>,
}

/// A line of a run's log: time, severity and text.
pub type LogLine = (Timestamp, Severity, String);

/// The end of this program's work on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The folder of the run.
    pub folder: PathBuf,
    /// The severity of the message.
    pub severity: Severity,
    /// The end of the run and the chunks kept.
    pub what: String,
    /// The next key to press in the open run.
    pub next: Option<String>,
}

impl Failure {
    /// Creates a failure with a remedy.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }
}

impl<T> Remote<T> {
    /// Returns the value, if it was fetched.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Unasked | Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Stores an answer. A failure does not replace a fetched value.
    pub fn take(&mut self, answer: Result<T, Failure>) {
        match (answer, &self) {
            (Ok(value), _) => *self = Self::Ready(value),
            (Err(_), Self::Ready(_)) => {}
            (Err(failure), Self::Unasked | Self::Loading | Self::Failed(_)) => *self = Self::Failed(failure),
        }
    }

    /// Marks the value as requested, unless there is a value to show meanwhile.
    pub fn ask(&mut self) {
        if !matches!(self, Self::Ready(_)) {
            *self = Self::Loading;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_refresh_keeps_the_value() {
        let mut remote = Remote::Ready(1);
        remote.take(Err(Failure::new("no network", "wait")));
        assert_eq!(remote.ready(), Some(&1));
        let mut remote = Remote::<u8>::Loading;
        remote.take(Err(Failure::new("no network", "wait")));
        assert!(matches!(remote, Remote::Failed(_)));
    }
}
