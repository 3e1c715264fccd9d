//! The uploads of a run. In: an encoded chunk. Out: its effect on the outcome, and the decision to stop after failures.

use std::ops::Range;

use tracing::Instrument;

use super::{Answer, Driver, Encode, EncodeError, Encoded, Jobs, Keep, NonCountPolicy, UploadEnd, prescan::Prescan};
use crate::{
    domain::ChunkIndex,
    engine::{
        event::{ChunkEvent, StopReason},
        fault::Fault,
        log,
        upload::{EncodedChunk, UploadContext, upload},
    },
};

/// Number of consecutive failed chunks, without a stored one, after which the run stops. The others would probably fail
/// too, and each attempt may cost quota.
const FAILURES_IN_A_ROW: usize = 3;

impl<E: Encode, A: Answer, K: Keep> Driver<E, A, K> {
    /// Starts the upload of a chunk, or handles the failure to encode it.
    pub(super) fn dispatch(&mut self, chunk: ChunkIndex, encoded: Result<Encoded, EncodeError>, jobs: &Jobs) {
        match encoded {
            Ok(encoded) => self.spawn_upload(chunk, jobs.ranges[chunk.as_usize()].clone(), encoded),
            Err(EncodeError::NotCounts(error)) => {
                self.fail(chunk, error.clone().into());
                if self.options.non_counts == NonCountPolicy::StopRun {
                    self.stop(StopReason::NotCounts { error });
                }
            }
            Err(EncodeError::Unreadable(error)) => {
                tracing::error!(%chunk, "cannot be read: {error}");
                self.fail(chunk, error.clone().into());
                self.stop(StopReason::Input { error });
            }
        }
    }

    fn spawn_upload(&mut self, chunk: ChunkIndex, cells: Range<usize>, encoded: Encoded) {
        self.untried -= 1;
        if self.prescan == Prescan::NotStarted {
            self.prescan = Prescan::InProgress;
        }
        let parts = self.parts.clone();
        let context = UploadContext {
            backoff: self.options.backoff,
            control: self.control.clone(),
            events: self.events.clone(),
            shutdown: self.shutdown.subscribe(),
            storing_again: self.storing_again.clone(),
            first_attempt: Some(self.in_flight.enter(chunk)),
            in_flight: self.in_flight.clone(),
        };
        let span = tracing::info_span!(log::CHUNK, %chunk, ?cells, bytes = encoded.image.len());
        let uploading = async move {
            let end = upload(EncodedChunk { chunk, cells, encoded }, parts.answer, parts.keep, context);
            (chunk, end.await)
        };
        self.uploads.spawn(uploading.instrument(span));
    }

    pub(super) fn on_upload_done(&mut self, end: Result<(ChunkIndex, UploadEnd), tokio::task::JoinError>) {
        let (chunk, end) = match end {
            Ok(end) => end,
            // A panic in an upload is a bug, but must not lose the answers of other uploads.
            Err(error) => {
                self.outcome.untried += 1;
                return self.stop(StopReason::Defect { error: error.to_string() });
            }
        };
        match end {
            UploadEnd::Stored => {
                self.outcome.stored += 1;
                self.failed_in_a_row = 0;
                self.failing = None;
                self.extend_wait();
            }
            UploadEnd::Abandoned => self.outcome.untried += 1,
            UploadEnd::Exhausted { error } => {
                self.failed_in_a_row += 1;
                if self.failed_in_a_row >= FAILURES_IN_A_ROW {
                    self.failing = Some(StopReason::Unreachable { error: error.clone() });
                }
                self.note_failure(chunk, error);
            }
            UploadEnd::Refused { error } => {
                self.failed_in_a_row += 1;
                if self.failed_in_a_row >= FAILURES_IN_A_ROW {
                    self.failing = Some(StopReason::Refused { error: error.clone() });
                }
                self.note_failure(chunk, error);
            }
            UploadEnd::Stopped { reason, error } => {
                self.stop(reason);
                self.note_failure(chunk, error);
            }
        }
    }

    fn fail(&mut self, chunk: ChunkIndex, error: Fault) {
        self.untried -= 1;
        self.events.chunk(chunk, ChunkEvent::Failed { error: error.clone() });
        self.note_failure(chunk, error);
    }

    fn note_failure(&mut self, chunk: ChunkIndex, error: Fault) {
        self.outcome.failed.push((chunk, error));
    }
}
