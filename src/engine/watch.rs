//! Watches a run folder that other processes may work on, on this node or another. In: a run folder. Out: the stored
//! chunks, who works on the run, and new journal lines. Polls file times, so it also works on NFS; takes no lock and
//! writes nothing.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::Timestamp;

use crate::{
    domain::ChunkIndex,
    store::{JournalEntry, JournalReader, LockState, Run},
};

/// The state of a run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The stored chunks.
    pub stored: BTreeSet<ChunkIndex>,
    /// The current work on the run.
    pub activity: Activity,
}

/// The current work on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// This process works on it.
    Here,
    /// Another process works on it.
    Elsewhere,
    /// No process works on it.
    None,
}

/// A run folder and its last observed state.
#[derive(Debug)]
pub struct FolderWatch {
    folder: PathBuf,
    run: Option<Run>,
    last: Option<Sighting>,
    listed: Listed,
    journal: JournalReader,
}

/// The time when the answers were last listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    Never,
    /// Listed once since the folder's modification at this time. It may have been modified again within the
    /// resolution of file times.
    Once(SystemTime),
    /// Listed again after that modification.
    Twice(SystemTime),
}

impl FolderWatch {
    /// Starts to watch a folder, which need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            run: None,
            last: None,
            listed: Listed::Never,
            journal: JournalReader::default(),
        }
    }

    /// Returns the watched folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the run, once it could be opened.
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// Returns the last observed state.
    pub fn last(&self) -> Option<&Sighting> {
        self.last.as_ref()
    }

    /// Returns the lines added to the journal since the previous call, oldest first, at most the given number.
    pub fn news(&mut self, most: usize) -> Vec<JournalEntry> {
        self.journal.news(&self.folder, most)
    }

    /// Returns the current state, if it is new. A folder that cannot be read now is checked again the next time.
    pub fn look(&mut self, now: Timestamp) -> Option<Sighting> {
        if self.run.is_none() {
            self.run = Run::open(&self.folder).ok();
        }
        let run = self.run.as_ref()?;
        let changed = run.answers_changed_at();
        let listed = match (self.listed, changed) {
            (Listed::Once(at), Some(changed)) if at == changed => Listed::Twice(changed),
            (Listed::Twice(at), Some(changed)) if at == changed => self.listed,
            (_, Some(changed)) => Listed::Once(changed),
            (_, None) => Listed::Never,
        };
        let stored = match &self.last {
            Some(last) if listed == self.listed && listed != Listed::Never => last.stored.clone(),
            Some(_) | None => run.stored().ok()?,
        };
        self.listed = listed;
        let activity = match run.lock_state(now) {
            Ok(LockState::Held(holder)) if holder.is_this_process() => Activity::Here,
            Ok(LockState::Held(_)) => Activity::Elsewhere,
            Ok(LockState::Free | LockState::Dead(_)) | Err(_) => Activity::None,
        };
        let sighting = Sighting { stored, activity };
        if self.last.as_ref() == Some(&sighting) {
            return None;
        }
        self.last = Some(sighting.clone());
        Some(sighting)
    }
}
