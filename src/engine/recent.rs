//! The list of the runs that a user started, in the state folder. Each line is a run.

use std::{
    collections::HashSet,
    io::{self, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    api::ServerUrl,
    files::{self, Trust},
    store::Run,
};

/// Maximum size of the list in bytes, which is several hundred thousand runs.
const LONGEST: u64 = 256 << 20;

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

/// Adds a run that is sent to a server to the list, unless it is there. One line is written at once, so that several
/// processes can add to it. The server in the run's folder does not count: the folder may come from anywhere.
///
/// # Errors
/// Fails if the list cannot be written.
pub fn remember(list: &Path, run: &Run, server: &ServerUrl) -> Result<(), Error> {
    let manifest = run.manifest();
    let folder = std::path::absolute(run.folder()).unwrap_or_else(|_| run.folder().to_owned());
    let entry =
        RecentRun { run_id: manifest.run_id, folder, begun_at: manifest.created_at, server: server.to_string() };
    if self::list(list).contains(&entry) && last_server(list, manifest.run_id).as_ref() == Some(server) {
        return Ok(());
    }
    append(list, &entry).map_err(|source| Error { path: list.to_owned(), source })
}

/// Returns the server that a run was last sent to, if this user's list has the run.
pub fn last_server(list: &Path, run_id: Uuid) -> Option<ServerUrl> {
    entries(list).into_iter().find(|run| run.run_id == run_id)?.server.parse().ok()
}

fn append(list: &Path, entry: &RecentRun) -> io::Result<()> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    if let Some(folder) = list.parent() {
        files::create_private_folder(folder)?;
    }
    files::append(list)?.write_all(&line)
}

/// Returns the runs in the list, newest first, with each folder only once. Unreadable lines are skipped.
pub fn list(list: &Path) -> Vec<RecentRun> {
    let mut seen = HashSet::new();
    entries(list).into_iter().filter(|run| seen.insert(run.folder.clone())).collect()
}

/// Returns all lines of the list that can be read, newest first.
fn entries(list: &Path) -> Vec<RecentRun> {
    // The list decides to which server counts may be sent, so a list that another user could write is not used.
    let text = files::read(list, Trust::User, LONGEST).unwrap_or_default();
    text.split(|byte| *byte == b'\n').rev().filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_line_of_a_run_names_the_server_it_was_last_sent_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/runs.jsonl");
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let lines = [(one, "https://a.org"), (other, "https://b.org"), (one, "https://c.org"), (other, "no address")];
        for (run_id, server) in lines {
            let entry =
                RecentRun { run_id, folder: "/run".into(), begun_at: Timestamp::UNIX_EPOCH, server: server.to_owned() };
            append(&path, &entry).unwrap();
        }
        assert_eq!(last_server(&path, one).unwrap().to_string(), "https://c.org");
        assert_eq!(last_server(&path, other), None, "an older line does not count");
        assert_eq!(last_server(&path, Uuid::nil()), None);
        assert_eq!(list(&path).len(), 1, "the folder is listed once");
    }
}
