//! The list of the runs that a user started, in the state folder. Each line is a run.

use std::{
    collections::HashSet,
    fs::{DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::Run;

/// A run in the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecentRun {
    /// The ID of the run.
    pub run_id: Uuid,
    /// The absolute path of the folder.
    #[serde(with = "crate::domain::path_text")]
    pub folder: PathBuf,
    /// The time when the run was created.
    pub begun_at: Timestamp,
    /// The server of the run.
    #[serde(default)]
    pub server: String,
}

/// An error for a list that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path} ({source}); set XDG_STATE_HOME to a folder that can be written", path = path.display())]
pub struct Error {
    path: PathBuf,
    source: io::Error,
}

/// Adds a run to the list, unless it is already there. A line is written at once, so that several processes can add
/// runs.
///
/// # Errors
/// Fails if the list cannot be written.
pub fn remember(list: &Path, run: &Run) -> Result<(), Error> {
    let manifest = run.manifest();
    let folder = std::path::absolute(run.folder()).unwrap_or_else(|_| run.folder().to_owned());
    let entry =
        RecentRun { run_id: manifest.run_id, folder, begun_at: manifest.created_at, server: manifest.server.clone() };
    if self::list(list).contains(&entry) {
        return Ok(());
    }
    append(list, &entry).map_err(|source| Error { path: list.to_owned(), source })
}

fn append(list: &Path, entry: &RecentRun) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    if let Some(folder) = list.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(list)?.write_all(&line)
}

/// Returns the runs in the list, newest first, with each folder only once. Unreadable lines are skipped.
pub fn list(list: &Path) -> Vec<RecentRun> {
    let text = std::fs::read(list).unwrap_or_default();
    let mut seen = HashSet::new();
    let runs = text.split(|byte| *byte == b'\n').rev().filter_map(|line| serde_json::from_slice(line).ok());
    runs.filter(|run: &RecentRun| seen.insert(run.folder.clone())).collect()
}
