//! The handle of a run in progress, as front ends hold it.

use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    api::ActionId,
    engine::{
        control::Control,
        drive::Outcome,
        event::{Event, StopReason},
    },
};

/// A run in progress. Dropping it ends the run at once; stored answers are kept.
#[derive(Debug)]
pub struct RunHandle {
    /// The events, in real time.
    pub events: mpsc::UnboundedReceiver<Event>,
    /// The control of the run.
    pub control: Control,
    /// The ID of this action of the user, for a feedback link.
    pub action: ActionId,
    pub(super) task: AbortOnDrop,
}

#[derive(Debug)]
pub(super) struct AbortOnDrop(pub(super) JoinHandle<Outcome>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RunHandle {
    /// Waits for the end of the run.
    pub async fn outcome(mut self) -> Outcome {
        self.wait().await
    }

    /// Waits for the end of the run without consuming the events.
    pub async fn wait(&mut self) -> Outcome {
        match (&mut self.task.0).await {
            Ok(outcome) => outcome,
            Err(error) => {
                Outcome { stopped: Some(StopReason::Defect { error: error.to_string() }), ..Outcome::default() }
            }
        }
    }
}
