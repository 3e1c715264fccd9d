//! Facts about runs: recent ones, the open one, and its end.

use std::{collections::BTreeSet, path::PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::Activity;
use crate::{
    domain::{ChunkIndex, CommandLine, ModelName, OperationKind},
    engine::Sibling,
    store::RunState,
    tui::{severity::Severity, view_state::ViewState},
};

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
    /// The number of cells in the stored chunks.
    pub stored_cells: u64,
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
    /// The input file.
    pub input: PathBuf,
    /// The runs of other kinds about the same file, at most one of each kind.
    pub siblings: Vec<Sibling>,
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
    /// The commands that start runs about the same file, one for each kind of operation.
    pub starts: Vec<(OperationKind, String)>,
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
