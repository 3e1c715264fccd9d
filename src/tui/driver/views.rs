//! Saves the view state of runs. Of several changes in a row only the last is written. A folder that cannot be
//! written to is not reported.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{store::view, tui::view_state::ViewState};

/// The view states that wait to be written.
#[derive(Clone, Default)]
pub(super) struct Views {
    waiting: Arc<Mutex<HashMap<PathBuf, ViewState>>>,
    /// Held while writing, so that an older state never follows a newer one.
    writing: Arc<Mutex<()>>,
}

impl Views {
    /// Queues a view state and writes it on a blocking task of the current runtime.
    pub(super) fn keep(&self, folder: PathBuf, view_state: ViewState) {
        let views = self.clone();
        views.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(folder, view_state);
        tokio::task::spawn_blocking(move || views.write());
    }

    fn write(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for (folder, view_state) in waiting {
            let _ = view::write(&folder, &view_state.to_bytes());
        }
    }
}
