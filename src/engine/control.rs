//! Control of a run in progress.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

/// The user's command to a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RunCommand {
    /// Continue.
    #[default]
    Run,
    /// Start no further chunk until continued.
    Pause,
    /// Start no further chunk, wait for the chunks in flight, then end.
    Stop,
    /// End at once. Chunks in flight may have cost quota.
    StopNow,
}

/// A handle that controls a run and counts its bytes. Clones control the same run.
#[derive(Clone, Debug)]
pub struct Control {
    command: watch::Sender<RunCommand>,
    retry: watch::Sender<u64>,
    bytes_sent: Arc<AtomicU64>,
}

impl Default for Control {
    fn default() -> Self {
        Self { command: watch::Sender::new(RunCommand::Run), retry: watch::Sender::new(0), bytes_sent: Arc::default() }
    }
}

impl Control {
    /// Pauses the run until [`Control::unpause`]. Has no effect on a run that is stopping.
    pub fn pause(&self) {
        self.command.send_if_modified(|command| change(command, RunCommand::Run, RunCommand::Pause));
    }

    /// Ends a pause.
    pub fn unpause(&self) {
        self.command.send_if_modified(|command| change(command, RunCommand::Pause, RunCommand::Run));
    }

    /// Stops the run after the chunks in flight.
    pub fn stop(&self) {
        self.command.send_if_modified(|command| {
            *command != RunCommand::StopNow && std::mem::replace(command, RunCommand::Stop) != RunCommand::Stop
        });
    }

    /// Stops the run at once.
    pub fn stop_now(&self) {
        self.command.send_replace(RunCommand::StopNow);
    }

    /// Ends all waits for another attempt.
    pub fn retry_now(&self) {
        self.retry.send_modify(|times| *times += 1);
    }

    /// Returns the number of bytes sent so far, including repeated attempts.
    pub fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Ordering::Relaxed)
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns a receiver of the current command.
    pub fn commands(&self) -> watch::Receiver<RunCommand> {
        self.command.subscribe()
    }

    pub(super) fn retry_requests(&self) -> watch::Receiver<u64> {
        self.retry.subscribe()
    }
}

fn change(command: &mut RunCommand, from: RunCommand, to: RunCommand) -> bool {
    let applies = *command == from;
    if applies {
        *command = to;
    }
    applies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_not_undone_by_pausing() {
        let control = Control::default();
        control.pause();
        control.stop();
        control.pause();
        control.unpause();
        assert_eq!(*control.commands().borrow(), RunCommand::Stop);
        control.stop_now();
        control.stop();
        assert_eq!(*control.commands().borrow(), RunCommand::StopNow);
    }
}
