//! The loop of a run. In: encoded chunks, ends of uploads, commands, deadlines. Out: uploads, until nothing is left or
//! the run is stopped.

use std::collections::VecDeque;

use futures::StreamExt;

use super::{
    Answer, Driver, Encode, EncodeError, Jobs, Keep, Shutdown,
    encode_ahead::encode_ahead,
    prescan::{Prescan, prescan},
};
use crate::engine::{control::RunCommand, event::StopReason, grace::Deadline};

/// Number of encoded chunks kept ready, so that uploads that end together are replaced at once.
const READY: usize = 2;

impl<E: Encode, A: Answer, K: Keep> Driver<E, A, K> {
    pub(super) async fn run(&mut self, jobs: &Jobs) {
        let mut commands = self.control.commands();
        let mut storing_again = self.storing_again.subscribe();
        let mut encoded = Box::pin(encode_ahead(jobs, &self.parts.encode, self.options.encoders, &self.events));
        let mut scanned = Box::pin(prescan(jobs, &self.parts.encode, self.options.encoders));
        let (mut exhausted, mut ready) = (jobs.missing.is_empty(), VecDeque::new());
        let mut paused = false;
        loop {
            // A refusal that has arrived stops the run before another chunk starts.
            while let Some(end) = self.uploads.try_join_next() {
                self.on_upload_done(end);
            }
            let command = *commands.borrow_and_update();
            self.apply_command(command, &mut paused);
            if command == RunCommand::StopNow {
                self.shutdown.send_replace(Shutdown::Aborting);
            }
            if self.uploads.is_empty()
                && let Some(reason) = self.failing.take()
            {
                self.stop(reason);
            }
            let ended = exhausted && ready.is_empty() || self.outcome.stopped.is_some();
            if ended && self.uploads.is_empty() {
                return;
            }
            // Answers that cannot be stored waste quota, so no chunk is started until storing succeeds again.
            let can_store = *storing_again.borrow_and_update() == 0;
            let has_room = self.uploads.len() < self.options.max_requests.max(1);
            let is_scanning = self.prescan == Prescan::InProgress;
            let may_begin = !ended && !paused && !is_scanning && can_store && has_room && self.failing.is_none();
            if may_begin && let Some((chunk, encoded)) = ready.pop_front() {
                self.dispatch(chunk, encoded, jobs);
                continue;
            }
            let wants_more = !ended && !exhausted && ready.len() < READY;
            tokio::select! {
                biased;
                // The senders are owned by `self` and outlive this loop, so `changed` does not fail.
                _ = commands.changed() => {}
                _ = storing_again.changed() => {}
                Some(end) = self.uploads.join_next() => self.on_upload_done(end),
                () = sleep_until(self.deadline), if command != RunCommand::StopNow => self.control.stop_now(),
                found = scanned.next(), if is_scanning && !ended => match found {
                    Some(Ok(())) => {}
                    Some(Err(EncodeError::NotCounts(error))) => self.stop(StopReason::NotCounts { error }),
                    Some(Err(EncodeError::Unreadable(error))) => self.stop(StopReason::Input { error }),
                    None => self.prescan = Prescan::Done,
                },
                next = encoded.next(), if wants_more => match next {
                    Some(next) => ready.push_back(next),
                    None => exhausted = true,
                },
            }
        }
    }
}

/// Resolves when the deadline is reached; never resolves without one.
async fn sleep_until(deadline: Option<Deadline>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.until()).await,
        None => std::future::pending().await,
    }
}
