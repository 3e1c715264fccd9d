//! Pausing and stopping. In: commands of the user. Out: the reason of the stop, and a deadline for the chunks in
//! flight.

use tokio::time::Instant;

use super::{Answer, Driver, Encode, Keep, Shutdown};
use crate::engine::{
    control::RunCommand,
    event::{EventKind, StopReason},
    grace::{Deadline, GraceWait},
};

impl<E: Encode, A: Answer, K: Keep> Driver<E, A, K> {
    pub(super) fn apply_command(&mut self, command: RunCommand, paused: &mut bool) {
        match command {
            RunCommand::Run if *paused => self.events.emit(EventKind::Continued),
            RunCommand::Pause if !*paused => self.events.emit(EventKind::Paused),
            RunCommand::Run | RunCommand::Pause => {}
            RunCommand::Stop => {
                self.stop(StopReason::Asked);
                self.start_deadline();
            }
            RunCommand::StopNow => self.stop(StopReason::Asked),
        }
        *paused = command == RunCommand::Pause;
    }

    /// Sets the deadline for the chunks in flight.
    fn start_deadline(&mut self) {
        if self.deadline.is_none() {
            let deadline = Deadline::begin(Instant::now(), self.options.grace, &self.in_flight);
            self.deadline = Some(deadline);
            self.report_wait(deadline);
        }
    }

    /// Extends the deadline if chunks take longer than expected.
    pub(super) fn extend_wait(&mut self) {
        let now = Instant::now();
        if let Some(mut deadline) = self.deadline
            && deadline.extend(now, &self.in_flight)
        {
            self.deadline = Some(deadline);
            self.report_wait(deadline);
        }
    }

    fn report_wait(&self, deadline: Deadline) {
        let at_most = deadline.until().saturating_duration_since(Instant::now());
        self.events.emit(EventKind::Waiting(GraceWait { chunks: self.in_flight.count(), at_most }));
    }

    /// Stops the run. Only the first reason is kept.
    pub(super) fn stop(&mut self, reason: StopReason) {
        if self.outcome.stopped.is_none() {
            self.events.emit(EventKind::Stopping(reason.clone()));
            self.outcome.stopped = Some(reason);
            self.shutdown.send_if_modified(|shutdown| {
                *shutdown == Shutdown::None && std::mem::replace(shutdown, Shutdown::Draining) == Shutdown::None
            });
        }
    }
}
