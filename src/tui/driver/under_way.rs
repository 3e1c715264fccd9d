//! The run under way, as whoever steers it sees it: the interface, and the program that outlives it by a few chunks.

use tokio::sync::watch;

use crate::{
    engine::{Control, GraceWait},
    tui::effect::Steering,
};

/// A run that this process works on.
#[derive(Clone, Debug)]
struct UnderWay {
    control: Control,
    wait: Option<GraceWait>,
}

/// The place for the run under way. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct RunSlot(watch::Sender<Option<UnderWay>>);

impl RunSlot {
    /// Puts a run there that has begun.
    pub(super) fn begin(&self, control: Control) {
        self.0.send_replace(Some(UnderWay { control, wait: None }));
    }

    /// Takes the run away: it has ended.
    pub(super) fn end(&self) {
        self.0.send_replace(None);
    }

    /// Notes how long the run waits for its chunks in flight.
    pub(super) fn note_wait(&self, wait: GraceWait) {
        self.0.send_modify(|run| {
            if let Some(run) = run {
                run.wait = Some(wait);
            }
        });
    }

    /// Whether a run is under way.
    pub(super) fn is_taken(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Steers the run, if there is one.
    pub(super) fn steer(&self, steering: Steering) {
        let run = self.0.borrow();
        let Some(UnderWay { control, .. }) = &*run else { return };
        match steering {
            Steering::Pause => control.pause(),
            Steering::Continue => control.go_on(),
            Steering::Stop => control.stop(),
            Steering::StopNow => control.stop_now(),
            Steering::RetryNow => control.retry_now(),
        }
    }

    /// A view of the slot that outlives the interface.
    pub(super) fn watch(&self) -> RunWatch {
        RunWatch { run: self.0.subscribe(), announced: None }
    }
}

/// Watches the run under way from outside the interface.
#[derive(Clone, Debug)]
pub struct RunWatch {
    run: watch::Receiver<Option<UnderWay>>,
    announced: Option<GraceWait>,
}

impl RunWatch {
    /// Steers the run under way, if there is one.
    pub fn control(&self) -> Option<Control> {
        self.run.borrow().as_ref().map(|run| run.control.clone())
    }

    /// Returns the next newly announced wait for chunks in flight; `None` once no run is under way.
    pub async fn next_wait(&mut self) -> Option<GraceWait> {
        loop {
            let wait = match &*self.run.borrow_and_update() {
                None => return None,
                Some(run) => run.wait,
            };
            if wait != self.announced {
                self.announced = wait;
                return wait;
            }
            // Without a sender nobody works on a run.
            self.run.changed().await.ok()?;
        }
    }
}
