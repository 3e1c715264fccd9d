//! The queue of files. In: the queue's folder. Out: its files with their progress.

use std::path::PathBuf;

use uuid::Uuid;

use super::{Answers, Host, Work, failure::broken};
use crate::{
    domain::text::sentence,
    engine::queue::{Queue, QueueProgress},
    tui::{
        facts::{Failure, QueueRow},
        msg::Answer,
    },
};

impl<H: Host> Work<H> {
    /// Reads the queue, after removing an entry if one is given.
    pub(super) async fn fetch_queue(self, removed: Option<Uuid>, answers: Answers) {
        let folder = self.host.queue_folder();
        let read = tokio::task::spawn_blocking(move || read(folder, removed)).await;
        answers.give(Answer::Queue(read.unwrap_or_else(|error| Err(broken(&error))))).await;
    }
}

fn read(folder: Option<PathBuf>, removed: Option<Uuid>) -> Result<Vec<QueueRow>, Failure> {
    let folder = folder.ok_or_else(|| {
        Failure::new("There is no place for a queue.", "Set HOME or XDG_STATE_HOME, and start castui again.")
    })?;
    let queue = Queue::at(folder);
    if let Some(id) = removed {
        let fix = "Check the folder of the queue, and try again.";
        queue.remove(id).map_err(|error| Failure::new(sentence(&error), fix))?;
    }
    let row = |entry: crate::engine::queue::QueuedFile| {
        let QueueProgress { state, stored, missing } = QueueProgress::of(&entry);
        QueueRow {
            id: entry.id,
            is_gone: !entry.file.exists(),
            file: entry.file,
            folder: entry.folder,
            cells: entry.cells,
            stored,
            missing,
            state: state.into(),
        }
    };
    Ok(queue.entries().into_iter().map(row).collect())
}
