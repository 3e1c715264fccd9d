//! Control of a run in progress.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

/// The user's command to a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
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
    wish: watch::Sender<Wish>,
    hurry: watch::Sender<u64>,
    bytes_sent: Arc<AtomicU64>,
}

impl Default for Control {
    fn default() -> Self {
        Self { wish: watch::Sender::new(Wish::Run), hurry: watch::Sender::new(0), bytes_sent: Arc::default() }
    }
}

impl Control {
    /// Pauses the run until [`Control::go_on`]. Has no effect on a run that is stopping.
    pub fn pause(&self) {
        self.wish.send_if_modified(|wish| change(wish, Wish::Run, Wish::Pause));
    }

    /// Ends a pause.
    pub fn go_on(&self) {
        self.wish.send_if_modified(|wish| change(wish, Wish::Pause, Wish::Run));
    }

    /// Stops the run after the chunks in flight.
    pub fn stop(&self) {
        self.wish.send_if_modified(|wish| *wish != Wish::StopNow && std::mem::replace(wish, Wish::Stop) != Wish::Stop);
    }

    /// Stops the run at once.
    pub fn stop_now(&self) {
        self.wish.send_replace(Wish::StopNow);
    }

    /// Ends all waits for another attempt.
    pub fn retry_now(&self) {
        self.hurry.send_modify(|times| *times += 1);
    }

    /// Returns the number of bytes sent so far, including repeated attempts.
    pub fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Ordering::Relaxed)
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns a receiver of the current command.
    pub fn wishes(&self) -> watch::Receiver<Wish> {
        self.wish.subscribe()
    }

    pub(super) fn hurries(&self) -> watch::Receiver<u64> {
        self.hurry.subscribe()
    }
}

fn change(wish: &mut Wish, from: Wish, to: Wish) -> bool {
    let applies = *wish == from;
    if applies {
        *wish = to;
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
        control.go_on();
        assert_eq!(*control.wishes().borrow(), Wish::Stop);
        control.stop_now();
        control.stop();
        assert_eq!(*control.wishes().borrow(), Wish::StopNow);
    }
}
