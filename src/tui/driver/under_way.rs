//! The active run, for those who steer it: the interface, and the program while it waits for the last chunks.

use std::path::PathBuf;

use tokio::sync::watch;

use crate::{
    engine::{Control, GraceWait},
    tui::effect::Steering,
};

/// A run that this process works on.
#[derive(Clone, Debug)]
struct UnderWay {
    control: Control,
    folder: PathBuf,
    wait: Option<GraceWait>,
}

/// The slot of the active run. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct RunSlot(watch::Sender<Option<UnderWay>>);

impl RunSlot {
    /// Puts a started run and its folder into the slot.
    pub(super) fn begin(&self, control: Control, folder: PathBuf) {
        self.0.send_replace(Some(UnderWay { control, folder, wait: None }));
    }

    /// Empties the slot, as the run has ended.
    pub(super) fn end(&self) {
        self.0.send_replace(None);
    }

    /// Records how long the run waits for its chunks in flight.
    pub(super) fn note_wait(&self, wait: GraceWait) {
        self.0.send_modify(|run| {
            if let Some(run) = run {
                run.wait = Some(wait);
            }
        });
    }

    /// Returns the folder of the active run.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.0.borrow().as_ref().map(|run| run.folder.clone())
    }

    /// Returns whether a run is active.
    pub(super) fn is_taken(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Steers the run, if there is one.
    pub(super) fn steer(&self, steering: Steering) {
        let run = self.0.borrow();
        let Some(UnderWay { control, .. }) = &*run else { return };
        match steering {
            Steering::Pause => control.pause(),
            Steering::Continue => control.unpause(),
            Steering::Stop => control.stop(),
            Steering::StopNow => control.stop_now(),
            Steering::RetryNow => control.retry_now(),
        }
    }

    /// Returns a view of the slot that outlives the interface.
    pub(super) fn watch(&self) -> RunWatch {
        RunWatch { run: self.0.subscribe(), announced: None }
    }
}

/// A view of the active run from outside the interface.
#[derive(Clone, Debug)]
pub struct RunWatch {
    run: watch::Receiver<Option<UnderWay>>,
    announced: Option<GraceWait>,
}

impl RunWatch {
    /// Returns the control of the active run, if there is one.
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
            // Without a sender no run is active.
            self.run.changed().await.ok()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_watch_steers_the_run_and_reports_its_waits_and_its_end() {
        let slot = RunSlot::default();
        let mut watch = slot.watch();
        assert!(watch.control().is_none() && watch.next_wait().await.is_none(), "no run is under way");
        slot.begin(Control::default(), "a.castui".into());
        assert!(watch.control().is_some() && slot.is_taken());
        assert_eq!(slot.folder(), Some("a.castui".into()));
        let wait = |chunks| GraceWait { chunks, at_most: Duration::from_secs(7) };
        slot.note_wait(wait(3));
        assert_eq!(watch.next_wait().await, Some(wait(3)));
        let (next, ()) = tokio::join!(watch.next_wait(), async {
            tokio::task::yield_now().await;
            slot.note_wait(wait(2));
        });
        assert_eq!(next, Some(wait(2)), "each wait is announced once");
        slot.end();
        assert_eq!(watch.next_wait().await, None);
    }
}
