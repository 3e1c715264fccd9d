//! The queue of files to annotate under one account, in the state folder of the user. Each entry is a file, so that it
//! survives interrupted writes and can be used from several nodes.

mod progress;

pub(crate) use progress::{QueueProgress, suffices};

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    files::{self, Trust},
    store::{self, Claim, Lock},
};

/// Maximum size of an entry in bytes.
const LONGEST: u64 = 1 << 20;
/// Maximum number of entries that are read.
const MOST: usize = 10_000;

/// A file in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedFile {
    /// The ID of the entry.
    pub id: Uuid,
    /// The time when it was added. Files are annotated in this order.
    pub added_at: Timestamp,
    /// The absolute path of the file.
    #[serde(with = "crate::domain::path_text")]
    pub file: PathBuf,
    /// The absolute path of the run folder.
    #[serde(with = "crate::domain::path_text")]
    pub folder: PathBuf,
    /// The options of `annotate`.
    pub options: Vec<String>,
    /// The server that was configured when the file was added.
    pub server: String,
    /// The number of cells in the file.
    pub cells: u64,
}

/// A queue in a folder.
#[derive(Clone, Debug)]
pub struct Queue {
    folder: PathBuf,
}

/// An error of a queue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another entry has the same run folder.
    #[error("{path} is in the queue already, with the run folder {folder}", path = .0.file.display(), folder = .0.folder.display())]
    Queued(Box<QueuedFile>),
    /// The queue cannot be changed.
    #[error("{0}")]
    Store(#[from] store::Error),
}

impl Queue {
    /// Returns the queue in a folder, which need not exist yet.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the entries in the order in which they are annotated. Unreadable entries are left out.
    pub fn entries(&self) -> Vec<QueuedFile> {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let paths = names.filter(|path| path.extension().is_some_and(|ending| ending == "json")).take(MOST);
        let mut entries: Vec<QueuedFile> = paths.filter_map(|path| read(&path)).collect();
        entries.sort_by_key(|entry| (entry.added_at, entry.id));
        entries
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// Fails if another entry has the same run folder, or if the entry cannot be written.
    pub fn add(&self, entry: &QueuedFile) -> Result<(), Error> {
        if let Some(same) = self.entries().into_iter().find(|other| other.folder == entry.folder) {
            return Err(Error::Queued(Box::new(same)));
        }
        store::files::create_private_folder(&self.folder)?;
        Ok(store::files::write_whole(&self.path(entry.id), |file| Ok(serde_json::to_writer(file, entry)?))?)
    }

    /// Removes an entry. The run folder and the file are kept.
    ///
    /// # Errors
    /// Fails if the entry cannot be removed.
    pub fn remove(&self, id: Uuid) -> Result<(), Error> {
        match fs::remove_file(self.path(id)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(store::Error::io("remove", self.path(id))(source).into())
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Takes the lock of the process that works on the queue.
    ///
    /// # Errors
    /// Fails if another living process has it.
    pub fn lock(&self, now: Timestamp) -> Result<Lock, store::Error> {
        store::files::create_private_folder(&self.folder)?;
        Lock::take(&self.folder, Claim::Whole, now)
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

/// Reads an entry. It decides to which server counts may be sent, so a file that another user could write is not read.
fn read(path: &Path) -> Option<QueuedFile> {
    serde_json::from_slice(&files::read(path, Trust::User, LONGEST).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(second: i64, file: &str) -> QueuedFile {
        QueuedFile {
            id: Uuid::new_v4(),
            added_at: Timestamp::from_second(second).unwrap(),
            file: file.into(),
            folder: format!("{file}.castui").into(),
            options: vec!["--chunk-size".to_owned(), "50".to_owned()],
            server: "https://cas.example.org".to_owned(),
            cells: 3,
        }
    }

    #[test]
    fn entries_keep_their_order_and_damaged_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::at(folder.path().join("queue"));
        assert_eq!(queue.entries(), []);
        let (second, first) = (entry(2, "/b.h5ad"), entry(1, "/a.h5ad"));
        queue.add(&second).unwrap();
        queue.add(&first).unwrap();
        fs::write(folder.path().join("queue/x.json"), "{").unwrap();
        assert_eq!(queue.entries(), [first.clone(), second.clone()]);
        assert!(matches!(queue.add(&entry(3, "/a.h5ad")), Err(Error::Queued(same)) if *same == first));
        queue.remove(first.id).unwrap();
        queue.remove(first.id).unwrap();
        assert_eq!(queue.entries(), [second]);
    }

    #[test]
    fn only_one_process_works_on_the_queue() {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::at(folder.path().join("queue"));
        let now = Timestamp::now();
        let lock = queue.lock(now).unwrap();
        assert!(matches!(queue.lock(now), Err(store::Error::Locked { .. })));
        drop(lock);
        assert!(queue.lock(now).is_ok());
    }
}
