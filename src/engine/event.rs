//! What happens in a run, as facts.

use std::{fmt, time::Duration};

use super::grace::GraceWait;
use crate::domain::ChunkIndex;

/// Something that happened, and when.
#[derive(Clone, Debug)]
pub struct Event {
    /// Time since this process began to work on the run.
    pub elapsed: Duration,
    /// What happened.
    pub fact: Fact,
}

/// Something that happened in a run. Facts are lossless; the running number of bytes sent is not among them, it is
/// read from [`super::Control::bytes_sent`].
#[derive(Clone, Debug)]
pub enum Fact {
    /// Work begins.
    Started {
        /// Cells of each chunk of the run.
        chunk_cells: Vec<usize>,
        /// The chunks that are stored already.
        stored: Vec<ChunkIndex>,
    },
    /// Something happened to a chunk.
    Chunk(ChunkIndex, ChunkEvent),
    /// No further chunk is begun until [`Fact::Continued`].
    Paused,
    /// Chunks are begun again.
    Continued,
    /// No further chunk is begun; those under way are waited for.
    Stopping(StopReason),
    /// The user asked for the end: chunks in flight are waited for no longer than this. Replaces an earlier one.
    Waiting(GraceWait),
    /// Work has ended.
    Finished,
    /// Something odd about the answers of this sitting as a whole.
    Noticed(Notice),
}

/// Something odd about the answers of a sitting, worth telling once. `Display` tells it in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The server gave no statistics by dataset, though they were asked for.
    NoDatasets,
    /// The server found too few neighbors for some cells, and padded its answers.
    Padding {
        /// The cells with too few neighbors.
        cells: usize,
        /// The places of the answers that hold no neighbor.
        places: usize,
    },
}

impl Notice {
    /// A word for it, for programs.
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
                "the server found too few neighbors for {cells} cells: {places} places of its answers hold no neighbor (id \
                 2^64-1) and are left out"
            ),
        }
    }
}

/// What happens to a chunk.
#[derive(Clone, Debug)]
pub enum ChunkEvent {
    /// Its rows are being read and encoded.
    Reading,
    /// It is ready to be sent.
    Encoded {
        /// Bytes of the upload.
        bytes: u64,
    },
    /// It goes up.
    Sending {
        /// From 1.
        attempt: u32,
    },
    /// All of it has gone up; the server works.
    AtServer,
    /// Its answer is stored: renamed into place.
    Stored {
        /// Bytes of the answer.
        bytes: u64,
        /// From the first byte sent of the last attempt to the answer stored.
        took: Duration,
    },
    /// An attempt failed; there will be another.
    Retrying {
        /// The attempt that failed, from 1.
        attempt: u32,
        /// How long it waits.
        wait: Duration,
        /// What went wrong, cleaned, in a sentence.
        error: String,
    },
    /// It is given up in this run; `resume` sends it again.
    Failed {
        /// What went wrong, cleaned, in a sentence.
        error: String,
    },
    /// It was under way when the run was ended; the server may have counted it.
    Abandoned,
}

/// Why a run stops before every chunk was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The user asked for it.
    Asked,
    /// The server refuses the token.
    Authentication {
        /// What the server said.
        error: String,
    },
    /// The quota is used up.
    Quota {
        /// What the server said.
        error: String,
    },
    /// The server points elsewhere, or cannot prove who it is.
    Unreachable {
        /// What is wrong.
        error: String,
    },
    /// The server refused several chunks in a row, and would refuse the others.
    Refused {
        /// What the server said to the last one.
        error: String,
    },
    /// An answer was larger than any right one can be, or than the server can send.
    Oversized {
        /// How large, and what to do.
        error: String,
    },
    /// A part of the file that is still to be sent holds values that are no counts.
    NoCounts {
        /// The first of them, where it stands, and what to do.
        error: String,
    },
    /// The file cannot be read on.
    Input {
        /// What is wrong with it.
        error: String,
    },
    /// The run folder cannot be written on.
    Storage {
        /// What is wrong with it.
        error: String,
    },
    /// This program is at fault.
    Defect {
        /// What broke.
        error: String,
    },
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("stopped on request"),
            Self::Authentication { error } => write!(f, "the server refuses the token: {error}"),
            Self::Quota { error } => write!(f, "the quota is used up: {error}"),
            Self::Unreachable { error } => write!(f, "the server gives no usable answers: {error}"),
            Self::Refused { error } => write!(f, "the server refuses chunk after chunk: {error}"),
            Self::Oversized { error } => write!(f, "an answer is too large: {error}"),
            Self::NoCounts { error } => write!(
                f,
                "no further cell is sent: {error}; resumed with --skip-non-counts, the run leaves out the chunks that hold \
                 such values"
            ),
            Self::Input { error } => write!(f, "the file cannot be read on: {error}"),
            Self::Storage { error } => write!(f, "the run folder cannot be written: {error}"),
            Self::Defect { error } => write!(f, "castui itself is at fault, please report it: {error}"),
        }
    }
}
