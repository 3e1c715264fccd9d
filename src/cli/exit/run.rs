//! Exit codes of runs: how they ended, and signals.

use super::Exit;
use crate::engine::{Outcome, StopReason, signals::EndSignal};

impl Exit {
    /// Returns the code of a run ended by a signal.
    pub fn of_signal(signal: EndSignal) -> Self {
        match signal {
            EndSignal::Interrupt => Self::Interrupted,
            EndSignal::Terminate | EndSignal::HangUp => Self::Terminated,
        }
    }

    /// Returns the code of a finished run that was not ended by a signal. `stored` is the total number of stored
    /// chunks.
    pub fn of_outcome(outcome: &Outcome, stored: usize) -> Self {
        match &outcome.stopped {
            _ if outcome.is_complete() => Self::Ok,
            Some(StopReason::Authentication { .. }) => Self::Authentication,
            Some(StopReason::Quota { .. }) => Self::Quota,
            _ if stored > 0 => Self::Partial,
            Some(StopReason::Asked) => Self::Interrupted,
            Some(StopReason::NotCounts { .. }) => Self::Preflight,
            Some(StopReason::Input { .. } | StopReason::Storage { .. } | StopReason::Defect { .. }) => Self::Failure,
            Some(StopReason::Unreachable { .. } | StopReason::Refused { .. } | StopReason::Oversized { .. }) | None => {
                Self::Network
            }
        }
    }
}
