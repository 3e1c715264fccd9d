//! Events of a run.

use std::{fmt, time::Duration};

use super::{CountsRemedy, Fault, Remedy, grace::GraceWait};
use crate::domain::ChunkIndex;

/// An event with its time.
#[derive(Clone, Debug)]
pub struct Event {
    /// Time since this process started working on the run.
    pub elapsed: Duration,
    /// The event.
    pub kind: EventKind,
}

/// An event of a run. No event is lost. The number of bytes sent is not an event; see [`super::Control::bytes_sent`].
#[derive(Clone, Debug)]
pub enum EventKind {
    /// Work on the run starts.
    Started {
        /// Number of cells in each chunk of the run; 0 for chunks of other processes.
        chunk_cells: Vec<usize>,
        /// The chunks that are already stored.
        stored: Vec<ChunkIndex>,
    },
    /// An event of a chunk.
    Chunk(ChunkIndex, ChunkEvent),
    /// No further chunk is started until [`EventKind::Continued`].
    Paused,
    /// Chunks are started again.
    Continued,
    /// No further chunk is started. The run waits for the chunks in flight.
    Stopping(StopReason),
    /// The user stopped the run, which waits this long for chunks in flight. Replaces an earlier wait.
    Waiting(GraceWait),
    /// Work on the run has ended.
    Finished,
    /// A finding about the answers as a whole.
    Noticed(Notice),
}

/// A finding about the answers that is reported once. `Display` formats it as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The server sent no statistics by dataset, although they were requested.
    NoDatasets,
    /// The server found too few neighbors for some cells, and padded its answers.
    Padding {
        /// Number of cells with too few neighbors.
        cells: usize,
        /// Number of padding entries.
        places: usize,
    },
}

impl Notice {
    /// Returns the name for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoDatasets => "no_datasets",
            Self::Padding { .. } => "padding",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDatasets => {
                f.write_str("this server gives no breakdown by dataset: the statistics are by cell type only")
            }
            Self::Padding { cells, places } => write!(
                f,
                "the server found too few neighbors for {cells} cells: {places} places in its answers have no neighbor (id \
                 2^64-1) and are left out"
            ),
        }
    }
}

/// An event of a chunk.
#[derive(Clone, Debug)]
pub enum ChunkEvent {
    /// The rows are being read and encoded.
    Reading,
    /// The chunk is ready to be sent.
    Encoded {
        /// Size of the upload in bytes.
        bytes: u64,
    },
    /// The upload starts.
    Sending {
        /// The number of the attempt, from 1.
        attempt: u32,
    },
    /// The upload is complete, and the server is working.
    AtServer,
    /// The answer is stored.
    Stored {
        /// Size of the answer in bytes.
        bytes: u64,
        /// Time from the start of the last attempt until the answer is stored.
        took: Duration,
    },
    /// An attempt failed and will be repeated.
    Retrying {
        /// The number of the failed attempt, from 1.
        attempt: u32,
        /// The delay before the next attempt.
        wait: Duration,
        /// The error, as a sanitized sentence.
        error: String,
    },
    /// The chunk is given up in this run. Resuming the run sends it again.
    Failed {
        /// The error with its remedy.
        error: Fault,
    },
    /// The chunk was in flight when the run ended; the server may have counted its cells.
    Abandoned,
}

/// The reason why a run stops before all chunks were tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The user stopped the run.
    Asked,
    /// The server refuses the token.
    Authentication {
        /// The message of the server.
        error: Fault,
    },
    /// The quota is used up.
    Quota {
        /// The message of the server.
        error: Fault,
    },
    /// The server redirects elsewhere or cannot be trusted.
    Unreachable {
        /// The error.
        error: Fault,
    },
    /// The server refused several consecutive chunks.
    Refused {
        /// The message of the server about the last one.
        error: Fault,
    },
    /// An answer exceeded the maximum size, or the limit of the server.
    Oversized {
        /// The size and the remedy.
        error: Fault,
    },
    /// A part of the file that is still to be sent has values that are not counts. The chunks that contain such values
    /// can be left out.
    NotCounts {
        /// The first such value and its position.
        error: String,
    },
    /// The file can no longer be read.
    Input {
        /// The error.
        error: String,
    },
    /// The run folder can no longer be written.
    Storage {
        /// The error.
        error: String,
    },
    /// A bug in this program.
    Defect {
        /// The error.
        error: String,
    },
}

impl StopReason {
    /// Returns the remedy, if one is known.
    pub fn fix(&self) -> Option<Remedy> {
        match self {
            Self::Authentication { error }
            | Self::Quota { error }
            | Self::Unreachable { error }
            | Self::Refused { error }
            | Self::Oversized { error } => error.fix.clone(),
            Self::NotCounts { .. } => Some(CountsRemedy::LeaveOutChunks.into()),
            Self::Defect { .. } => Some("Attach castui.log from the folder of the run".into()),
            Self::Asked | Self::Input { .. } | Self::Storage { .. } => None,
        }
    }
}

impl fmt::Display for StopReason {
    /// Writes the reason without the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("stopped on request"),
            Self::Authentication { error } => write!(f, "the server refuses the token: {error}"),
            Self::Quota { error } => write!(f, "the quota is used up: {error}"),
            Self::Unreachable { error } => write!(f, "the server gives no usable answers: {error}"),
            Self::Refused { error } => write!(f, "the server refuses chunk after chunk: {error}"),
            Self::Oversized { error } => write!(f, "an answer is too large: {error}"),
            Self::NotCounts { error } => write!(f, "no further cells are sent: {error}"),
            Self::Input { error } => write!(f, "the file can no longer be read: {error}"),
            Self::Storage { error } => write!(f, "the run folder cannot be written: {error}"),
            Self::Defect { error } => write!(f, "this is a bug in castui, please report it: {error}"),
        }
    }
}
