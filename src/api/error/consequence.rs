//! The consequences of errors for a run: a retry, a failed chunk, or the end of the run.

use super::Error;
use crate::api::{Refusal, Stage};

/// The consequence of an [`Error`] about a chunk for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The chunk is sent again after a wait.
    Retry,
    /// This chunk fails permanently, but others may succeed. The first response of a run probably applies to all
    /// chunks.
    ChunkFails,
    /// No other chunk would succeed either.
    RunStops,
}

impl Error {
    /// Returns the consequence for a run, if the error is about one of its chunks.
    pub fn consequence(&self) -> Consequence {
        match self {
            Self::Refused(refusal) => consequence_of_status(refusal),
            Self::Transport { source, .. } => match source.stage {
                Stage::Certificate => Consequence::RunStops,
                Stage::Dns | Stage::Connect | Stage::Proxy | Stage::Tls | Stage::Timeout | Stage::Dropped => {
                    Consequence::Retry
                }
            },
            Self::Unreadable { .. } | Self::WebPage { .. } => Consequence::Retry,
            Self::Oversized { .. }
            | Self::Redirected { .. }
            | Self::NotOffered { .. }
            | Self::Schema { .. }
            | Self::CellWithoutIndex { .. }
            | Self::PlainHttp { .. }
            | Self::IncompleteToken
            | Self::ProxyVariable { .. }
            | Self::Setup { .. } => Consequence::RunStops,
        }
    }

    /// Returns whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.consequence() == Consequence::Retry
    }

    /// Returns whether no other request of the run can succeed.
    pub fn stops_run(&self) -> bool {
        self.consequence() == Consequence::RunStops
    }
}

fn consequence_of_status(refusal: &Refusal) -> Consequence {
    match refusal.status {
        429 if refusal.is_quota() => Consequence::RunStops,
        511 => Consequence::RunStops,
        408 | 425 | 429 | 500.. => Consequence::Retry,
        401 | 407 => Consequence::RunStops,
        _ => Consequence::ChunkFails,
    }
}
