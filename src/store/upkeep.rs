//! Cleanup of run folders: removes temporary files of processes that died, and protects files of the user.

use std::{fs, path::Path, time::Duration};

use jiff::Timestamp;

use super::{
    Claim, Error, Lock, Run, files,
    layout::{ANSWERS, CELLS, ONTOLOGY, is_journal, is_lock, is_log},
    lock,
};
use crate::files::is_own_folder;

/// Maximum time that creating a lock takes.
const LONGEST_LOCKING: Duration = Duration::from_secs(60);

/// Checks that a run can be created in a folder. Remains of a run that died before it had a manifest are allowed.
///
/// # Errors
/// Fails if the folder contains a run or other files, which are not touched.
pub fn refuse_used(folder: &Path) -> Result<(), Error> {
    if Run::is_run(folder) {
        return Err(Error::AlreadyARun { path: folder.to_owned() });
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("list", folder)(error)),
    };
    let ours = |name: &str| {
        [ANSWERS, CELLS, ONTOLOGY].contains(&name)
            || is_journal(name)
            || is_log(name)
            || is_lock(name)
            || files::is_unfinished(name)
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("list", folder))?;
        if !ours(&entry.file_name().to_string_lossy()) {
            return Err(Error::NotEmpty { path: folder.to_owned() });
        }
    }
    // Answers without a manifest belong to a lost run. A new run must not adopt them.
    let answers = fs::read_dir(folder.join(ANSWERS)).into_iter().flatten().flatten();
    if answers.into_iter().any(|entry| !files::is_unfinished(&entry.file_name().to_string_lossy())) {
        return Err(Error::NotEmpty { path: folder.join(ANSWERS) });
    }
    Ok(())
}

/// Removes temporary files of dead processes from a run folder, unless a process is working there.
pub fn tidy(folder: &Path, now: Timestamp) {
    if is_own_folder(folder)
        && let Ok(_lock) = Lock::take(folder, Claim::Whole, now)
    {
        remove_unfinished(&folder.join(ANSWERS));
        remove_unfinished(folder);
    }
}

/// Removes temporary files, ignoring failures: nothing reads them. The caller holds the lock; other processes may be
/// creating theirs, so recent temporary files of locks are kept.
pub(super) fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_left = || !lock::is_in_the_making(&name.to_string_lossy()) || age(&entry) > LONGEST_LOCKING;
        if files::is_unfinished(&name.to_string_lossy()) && is_left() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Returns the time since a file was modified, or zero if that is in the future.
fn age(entry: &fs::DirEntry) -> Duration {
    let modified = entry.metadata().ok().and_then(|data| data.modified().ok());
    modified.and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}
