//! What the screens know of the world. Values only; the driver fills them in.

use std::{collections::BTreeSet, num::NonZeroUsize, path::PathBuf, time::Duration};

use jiff::Timestamp;

use super::{kept::Kept, log::Severity};
use crate::{
    domain::{ChunkIndex, Model, ModelName, Operation, OperationKind, Quota},
    engine::{CommandLine, DriveOptions},
};

/// A moment, on the program's own clock and on everybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Time since the interface started.
    pub since_start: Duration,
    /// The time of day.
    pub clock: Timestamp,
}

/// Something that has to be fetched.
#[derive(Clone, Debug, Default)]
pub enum Remote<T> {
    /// Not asked for.
    #[default]
    Unasked,
    /// Asked for.
    Loading,
    /// There.
    Ready(T),
    /// Not to be had.
    Failed(Failure),
}

/// Why something is not to be had, in words for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// What all screens may look at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The server and the user.
    pub account: Remote<Account>,
    /// What is left of the quota.
    pub quota: Remote<Quota>,
    /// The models.
    pub models: Remote<Vec<Model>>,
    /// Runs of late, the newest first.
    pub runs: Remote<Vec<RecentRun>>,
    /// Folders of interest.
    pub places: Places,
    /// How runs are driven unless the form says otherwise.
    pub drive: DriveOptions,
    /// The bundled cells, while the demo's service is in use.
    pub demo: Option<PathBuf>,
}

/// A server and how we are known to it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The server's address.
    pub server: String,
    /// The server's version, where it says one.
    pub version: Option<String>,
    /// The user, by name or mail address.
    pub user: String,
    /// The last characters of the token and where it came from; `None` where the server wants none.
    pub token: Option<TokenFacts>,
    /// How long the server took to answer.
    pub latency: Duration,
    /// Through which proxy.
    pub proxy: Option<String>,
}

/// What may be known of a token.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// Its last four characters.
    pub tail: String,
    /// Where it came from.
    pub source: String,
    /// When it expires, if it says so.
    pub expires_at: Option<Timestamp>,
}

/// A run folder seen from outside.
#[derive(Clone, Debug)]
pub struct RecentRun {
    /// Where it is.
    pub folder: PathBuf,
    /// The file it is of.
    pub input: PathBuf,
    /// The name of its file.
    pub name: String,
    /// Its model.
    pub model: ModelName,
    /// What was asked.
    pub operation: OperationKind,
    /// Its cells.
    pub cells: u64,
    /// Its chunks.
    pub chunks: usize,
    /// Those that are stored.
    pub stored: usize,
    /// How it is.
    pub state: RunCondition,
    /// When it began.
    pub created_at: Timestamp,
}

/// How a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunCondition {
    /// A process works on it.
    Running,
    /// Complete.
    Done,
    /// Part of it is stored.
    Partial,
    /// Nothing is stored.
    Empty,
    /// It cannot be read.
    Damaged(String),
}

/// Folders of interest.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Where castui was started.
    pub start: PathBuf,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `$SCRATCH`.
    pub scratch: Option<PathBuf>,
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its name, as it is.
    pub name: std::ffi::OsString,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of a file.
    pub bytes: u64,
}

/// What something in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A folder that holds a run.
    Run,
    /// An `.h5ad` file.
    H5ad,
    /// An `.h5` file.
    TenX,
}

/// What is known of a file without reading its counts.
#[derive(Clone, Debug)]
pub struct FilePreview {
    /// The format in words.
    pub format: String,
    /// Its cells.
    pub cells: u64,
    /// Its count matrices.
    pub matrices: Vec<MatrixPreview>,
    /// Columns of var that may hold gene ids, the likeliest first.
    pub id_columns: Vec<IdColumn>,
    /// Columns of obs: name and kind.
    pub obs_columns: Vec<(String, String)>,
    /// Names of obsm.
    pub obsm: Vec<String>,
    /// What is odd about it.
    pub notes: Vec<String>,
    /// What is proposed for the form.
    pub suggestion: Suggestion,
    /// The column of var with gene symbols, where none has ids.
    pub symbols: Option<String>,
    /// The first free name for a run folder beside the file.
    pub folder: PathBuf,
}

/// A count matrix of a file.
#[derive(Clone, Debug)]
pub struct MatrixPreview {
    /// `X`, `raw.X`, `layers/NAME`.
    pub name: String,
    /// Storage and type in words.
    pub storage: String,
    /// Its columns.
    pub genes: u64,
    /// Whether it holds counts, `None` where that is not known.
    pub whole_numbers: Option<bool>,
}

/// A column of var that may hold gene ids.
#[derive(Clone, Debug)]
pub struct IdColumn {
    /// Its name; `index` for the index.
    pub name: String,
    /// The share of Ensembl ids in it, in 0..=1.
    pub ensembl_share: f64,
    /// What it holds, in words.
    pub content: String,
}

/// What is proposed for the form, from what the file holds.
#[derive(Clone, Debug, Default)]
pub struct Suggestion {
    /// The count matrix.
    pub count_matrix: String,
    /// The column with gene ids.
    pub feature_ids: String,
    /// The column with gene names.
    pub feature_names: Option<String>,
}

/// How many of a model's genes a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// Genes in both.
    pub shared: u64,
    /// Genes of the model.
    pub schema: u64,
}

/// A run as the user wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRequest {
    /// The file.
    pub input: PathBuf,
    /// The run's folder.
    pub folder: PathBuf,
    /// The model.
    pub model: ModelName,
    /// What to ask.
    pub operation: Operation,
    /// `X`, `raw.X`, `layers/NAME`.
    pub count_matrix: String,
    /// The var column with gene ids; `index` for the index.
    pub feature_ids: String,
    /// The var column with gene names, if any.
    pub feature_names: Option<String>,
    /// Cells in a chunk.
    pub chunk_size: NonZeroUsize,
    /// Requests under way at once.
    pub requests: NonZeroUsize,
    /// Attempts at a chunk.
    pub attempts: NonZeroUsize,
    /// Whether gene symbols are taken for the genes that the bundled table knows by them.
    pub map_symbols: bool,
    /// Counts a cell needs to be sent, if that was said.
    pub min_counts: Option<u64>,
    /// Whether fractions pass for counts.
    pub allow_non_counts: bool,
    /// Whether chunks with values that are not counts are left out, rather than ending the run.
    pub skip_non_counts: bool,
}

/// What was found before a start.
#[derive(Clone, Debug)]
pub struct PreflightReport {
    /// Everything that was looked at.
    pub checks: Vec<Check>,
    /// Cells that will be sent: what the run costs.
    pub cells: u64,
    /// Chunks.
    pub chunks: u64,
    /// Bytes that will be sent, roughly.
    pub bytes: Option<u64>,
    /// What leaves the machine.
    pub sent: Vec<String>,
    /// What stays.
    pub kept: Vec<String>,
    /// The command that does the same.
    pub command: CommandLine,
}

/// Something looked at before a start.
#[derive(Clone, Debug)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Good.
    Ok,
    /// Worth a look.
    Warn,
    /// In the way.
    Fail,
}

/// A run that is open.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// Its folder.
    pub folder: PathBuf,
    /// The name of its file.
    pub name: String,
    /// Its model.
    pub model: ModelName,
    /// What is asked.
    pub operation: OperationKind,
    /// Its cells.
    pub cells: usize,
    /// Cells in a chunk.
    pub chunk_size: usize,
    /// The chunks that are stored.
    pub stored: BTreeSet<ChunkIndex>,
    /// When it began.
    pub created_at: Timestamp,
    /// Whether this program works on it now.
    pub activity: Activity,
    /// How it was last looked at.
    pub kept: Kept,
    /// The command that makes it again.
    pub command: CommandLine,
    /// The last lines of its log, from earlier sittings.
    pub history: Vec<LogLine>,
}

/// A line of a run's log: when, how much it matters, and what happened.
pub type LogLine = (Timestamp, Severity, String);

/// The end of this program's work on a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// The folder of the run.
    pub folder: PathBuf,
    /// How much it matters.
    pub severity: Severity,
    /// How the run ended and what was kept.
    pub what: String,
    /// What to press next in the open run.
    pub next: Option<String>,
}

/// What is seen in the folder of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The chunks that are stored.
    pub stored: BTreeSet<ChunkIndex>,
    /// Whether a process works on it now.
    pub activity: Activity,
}

/// Whether work on a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// By this program.
    Here,
    /// By another process.
    Elsewhere,
    /// By nobody.
    None,
}

impl Failure {
    /// A failure with what to do about it.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into() }
    }
}

impl<T> Remote<T> {
    /// What is there, if it is.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Unasked | Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Takes an answer in. A failure does not push out what is there already.
    pub fn take(&mut self, answer: Result<T, Failure>) {
        match (answer, &self) {
            (Ok(value), _) => *self = Self::Ready(value),
            (Err(_), Self::Ready(_)) => {}
            (Err(failure), Self::Unasked | Self::Loading | Self::Failed(_)) => *self = Self::Failed(failure),
        }
    }

    /// Notes that it was asked for, unless there is something to show meanwhile.
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
    fn a_failed_refresh_keeps_what_was_there() {
        let mut remote = Remote::Ready(1);
        remote.take(Err(Failure::new("no network", "wait")));
        assert_eq!(remote.ready(), Some(&1));
        let mut remote = Remote::<u8>::Loading;
        remote.take(Err(Failure::new("no network", "wait")));
        assert!(matches!(remote, Remote::Failed(_)));
    }
}
