//! Keeps how runs were looked at. Of several changes in a row only the last is written; a folder that cannot be
//! written to is no reason to complain.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{store::view, tui::kept::Kept};

/// What waits to be written.
#[derive(Clone, Default)]
pub(super) struct Views {
    waiting: Arc<Mutex<HashMap<PathBuf, Kept>>>,
    /// Held while writing: an older view must not come after a newer one.
    writing: Arc<Mutex<()>>,
}

impl Views {
    /// Has a view written on a blocking task of the runtime it is called in.
    pub(super) fn keep(&self, folder: PathBuf, kept: Kept) {
        let views = self.clone();
        views.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(folder, kept);
        tokio::task::spawn_blocking(move || views.write());
    }

    fn write(&self) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for (folder, kept) in waiting {
            let _ = view::write(&folder, &kept.to_bytes());
        }
    }
}
