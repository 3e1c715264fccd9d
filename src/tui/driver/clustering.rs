//! Computes clusters and a map of the open run. In: a run folder. Out: progress, and the end, as answers.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::{Answers, failure::broken};
use crate::{
    analysis::{Progress, Watch},
    domain::text::sentence,
    engine::{ClusterOptions, cluster_run, clustering},
    store::Run,
    tui::{
        facts::{Clustered, Failure},
        msg::Answer,
    },
};

/// The minimum time between two reports of progress.
const REPORTED_EVERY: Duration = Duration::from_millis(200);

/// The clustering under way, which can be canceled. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct ClusteringSlot(Arc<Mutex<Option<Arc<AtomicBool>>>>);

impl ClusteringSlot {
    /// Cancels the clustering under way, if there is one.
    pub(super) fn cancel(&self) {
        if let Some(is_canceled) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            is_canceled.store(true, Ordering::Relaxed);
        }
    }

    /// Takes the slot, unless another clustering is under way. Returns the flag that cancels.
    fn take(&self) -> Option<Arc<AtomicBool>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_some() {
            return None;
        }
        Some(slot.insert(Arc::default()).clone())
    }

    /// Computes clusters and a map of a run, and stores them in its folder. `forget` makes the columns of the run be
    /// read again.
    pub(super) async fn work(self, folder: PathBuf, forget: impl FnOnce() + Send + 'static, answers: Answers) {
        let Some(is_canceled) = self.take() else {
            let failure = Failure::new("Another run is being clustered.", "Wait for its end.");
            return answers.give(Answer::ClusteringEnded(folder, Err(failure))).await;
        };
        let (sender, mut progress) = watch::channel(None);
        let path = folder.clone();
        let mut work = tokio::task::spawn_blocking(move || {
            let ended = cluster(&path, &sender, &is_canceled);
            forget();
            ended
        });
        let ended = loop {
            tokio::select! {
                ended = &mut work => break ended,
                Ok(()) = progress.changed() => {
                    let now: Option<Progress> = *progress.borrow_and_update();
                    if let Some(now) = now {
                        answers.give(Answer::ClusteringUnderWay(folder.clone(), now)).await;
                    }
                    tokio::time::sleep(REPORTED_EVERY).await;
                }
            }
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let ended = ended.unwrap_or_else(|error| Err(broken(&error)));
        answers.give(Answer::ClusteringEnded(folder, ended)).await;
    }
}

fn cluster(
    folder: &std::path::Path,
    progress: &watch::Sender<Option<Progress>>,
    is_canceled: &AtomicBool,
) -> Result<Clustered, Failure> {
    let run = Run::open(folder).map_err(|error| Failure::new(sentence(&error), "q goes back."))?;
    let report = |now| {
        progress.send_replace(Some(now));
    };
    let canceled = || is_canceled.load(Ordering::Relaxed);
    let watch = Watch::new(&report, &canceled);
    match cluster_run(&run, &run.input_path(), &ClusterOptions::default(), watch) {
        Ok(analysis) => {
            let clusters = analysis.clusters.iter().max().map_or(0, |largest| *largest as usize + 1);
            Ok(Clustered::Done { cells: analysis.clusters.len(), clusters })
        }
        Err(error) if clustering::is_canceled(&error) => Ok(Clustered::Canceled),
        Err(error) => {
            Err(Failure::new(sentence(&error), "The palette (:) has a command with options for other parameters."))
        }
    }
}
