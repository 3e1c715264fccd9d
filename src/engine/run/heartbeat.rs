//! The heartbeat of the lock on a run folder, which ends the run if another process takes the folder over.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    domain::text::sentence,
    engine::{control::Control, drive::Outcome},
    store::{self, Writer, lock},
};

/// Runs the driver while updating the heartbeat. If another process takes over the folder, the run ends, and the error
/// is returned.
pub(super) async fn drive_beating(
    driving: impl Future<Output = Outcome>,
    writer: &Arc<Writer>,
    control: &Control,
) -> (Outcome, Option<String>) {
    let mut lost = None;
    let beating = async {
        lost = Some(beat_until_lost(writer).await);
        control.stop_now();
        std::future::pending().await
    };
    let outcome = tokio::select! {
        outcome = driving => outcome,
        never = beating => never,
    };
    (outcome, lost)
}

/// Updates the heartbeat until the lock is lost, and returns the error.
async fn beat_until_lost(writer: &Arc<Writer>) -> String {
    let mut beats = tokio::time::interval(lock::BEAT);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        let writer = writer.clone();
        let beat = tokio::task::spawn_blocking(move || writer.beat(Timestamp::now())).await;
        if let Ok(Err(error @ store::Error::LockLost { .. })) = beat {
            return sentence(&error);
        }
    }
}
