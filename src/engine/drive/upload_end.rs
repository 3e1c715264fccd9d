//! The end of an upload, and the end of a run as uploads see it.

use crate::engine::{event::StopReason, fault::Fault};

/// The result of an upload.
#[derive(Debug)]
pub(in crate::engine) enum UploadEnd {
    /// The answer is stored.
    Stored,
    /// All attempts failed.
    Exhausted { error: Fault },
    /// The server refuses the chunk permanently.
    Refused { error: Fault },
    /// The run has to stop.
    Stopped { reason: StopReason, error: Fault },
    /// The run ended while the upload was waiting for another attempt.
    Abandoned,
}

/// The state of the end of a run, as seen by uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Shutdown {
    /// The run continues.
    None,
    /// The run only waits for answers.
    Draining,
    /// The run only stores answers that have arrived.
    Aborting,
}
