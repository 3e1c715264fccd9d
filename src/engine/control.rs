//! How the user steers a run under way.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

/// What the user wants of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// Go on.
    #[default]
    Run,
    /// Begin no further chunk until told otherwise.
    Pause,
    /// Begin no further chunk, wait for those under way, end.
    Stop,
    /// End at once; chunks under way may have cost quota.
    StopNow,
}

/// Steers a run and counts its bytes. Clones steer the same run.
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
    /// Begins no further chunk until [`Control::go_on`]. A run that is ending is not held up.
    pub fn pause(&self) {
        self.wish.send_if_modified(|wish| change(wish, Wish::Run, Wish::Pause));
    }

    /// Ends a pause.
    pub fn go_on(&self) {
        self.wish.send_if_modified(|wish| change(wish, Wish::Pause, Wish::Run));
    }

    /// Begins no further chunk, waits for those under way, ends.
    pub fn stop(&self) {
        self.wish.send_if_modified(|wish| *wish != Wish::StopNow && std::mem::replace(wish, Wish::Stop) != Wish::Stop);
    }

    /// Ends at once.
    pub fn stop_now(&self) {
        self.wish.send_replace(Wish::StopNow);
    }

    /// Cuts every wait for another attempt short.
    pub fn retry_now(&self) {
        self.hurry.send_modify(|times| *times += 1);
    }

    /// Bytes handed to the network so far, repeated attempts included.
    pub fn bytes_sent(&self) -> u64 {
        self.bytes_sent.load(Ordering::Relaxed)
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns the current wish, to be watched.
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
