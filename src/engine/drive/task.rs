//! The input and the result of the driver: the chunks of a run, the options, and the outcome. Independent of files and
//! servers.

use std::ops::Range;

use crate::{
    api::retry::Backoff,
    domain::ChunkIndex,
    engine::{Fault, event::StopReason, grace::GraceLimit},
};

/// Options for driving a run.
#[derive(Clone, Copy, Debug)]
pub struct DriveOptions {
    /// Maximum number of chunks in flight.
    pub max_requests: usize,
    /// Number of attempts per chunk, and the delays between them.
    pub backoff: Backoff,
    /// Number of chunks encoded at a time.
    pub encoders: usize,
    /// The policy for values that are not counts.
    pub non_counts: NonCountPolicy,
    /// Maximum time to wait for chunks in flight after the user stops the run.
    pub grace: GraceLimit,
}

/// The policy for a run whose file has values that are not counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NonCountPolicy {
    /// The run stops before it uses more quota.
    #[default]
    StopRun,
    /// Chunks with such values are left out; all others are sent.
    LeaveOut,
}

impl Default for DriveOptions {
    /// Returns the options of the official client.
    fn default() -> Self {
        Self {
            max_requests: 15,
            backoff: Backoff::default(),
            encoders: 2,
            non_counts: NonCountPolicy::default(),
            grace: GraceLimit::default(),
        }
    }
}

/// The chunks of a run, and those that are still to be sent.
#[derive(Clone, Debug)]
pub struct Jobs {
    /// The rows of each chunk of the run, in order.
    pub ranges: Vec<Range<usize>>,
    /// The chunks to send, in order.
    pub missing: Vec<ChunkIndex>,
    /// The chunks that this process is responsible for.
    pub ours: Range<usize>,
}

/// The result of driving a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Number of chunks stored.
    pub stored: usize,
    /// Chunks given up, with the reason.
    pub failed: Vec<(ChunkIndex, Fault)>,
    /// Number of chunks that were not tried, or were in flight when the run ended.
    pub untried: usize,
    /// The reason why the run stopped early, if it did.
    pub stopped: Option<StopReason>,
}

impl Outcome {
    /// Returns whether something went wrong, as opposed to an end that the user or the quota asked for.
    pub fn is_trouble(&self) -> bool {
        match &self.stopped {
            None => !self.failed.is_empty(),
            Some(
                StopReason::Asked
                | StopReason::Quota { .. }
                | StopReason::Authentication { .. }
                | StopReason::NotCounts { .. },
            ) => false,
            Some(
                StopReason::Unreachable { .. }
                | StopReason::Refused { .. }
                | StopReason::Oversized { .. }
                | StopReason::Input { .. }
                | StopReason::Storage { .. }
                | StopReason::Defect { .. },
            ) => true,
        }
    }

    /// Returns whether no chunk is missing.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.untried == 0
    }
}
