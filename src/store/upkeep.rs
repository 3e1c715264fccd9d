//! What others left in a folder: kept where it is theirs, removed where it is what a run of ours never finished.

use std::{fs, path::Path, time::Duration};

use jiff::Timestamp;

use super::{
    Claim, Error, Lock, Run, files,
    layout::{ANSWERS, CELLS, ONTOLOGY, is_journal},
    lock,
};

/// Nobody takes longer to make a lock.
const LONGEST_LOCKING: Duration = Duration::from_secs(60);

/// Makes sure that a run can be begun in a folder.
///
/// # Errors
/// When it holds a run or something else: what the user keeps there is not touched. What a run leaves behind that died before
/// it had a manifest does not count as use.
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
            || lock::is_lock(name)
            || files::is_unfinished(name)
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("list", folder))?;
        if !ours(&entry.file_name().to_string_lossy()) {
            return Err(Error::NotEmpty { path: folder.to_owned() });
        }
    }
    // Answers are of a run, whose manifest is lost: a new run must not take them for its own.
    let answers = fs::read_dir(folder.join(ANSWERS)).into_iter().flatten().flatten();
    if answers.into_iter().any(|entry| !files::is_unfinished(&entry.file_name().to_string_lossy())) {
        return Err(Error::NotEmpty { path: folder.join(ANSWERS) });
    }
    Ok(())
}

/// Removes what processes that died left unfinished in a run folder, unless somebody works there.
pub fn tidy(folder: &Path, now: Timestamp) {
    if let Ok(_lock) = Lock::take(folder, Claim::Whole, now) {
        remove_unfinished(&folder.join(ANSWERS));
        remove_unfinished(folder);
    }
}

/// Best effort: what is left is named as unfinished and read by nobody. Whoever calls this holds the lock; others may
/// just be making theirs.
pub(super) fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_left = || !lock::is_in_the_making(&name.to_string_lossy()) || age(&entry) > LONGEST_LOCKING;
        if files::is_unfinished(&name.to_string_lossy()) && is_left() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// How long ago a file was written; nothing if that is in the future.
fn age(entry: &fs::DirEntry) -> Duration {
    let modified = entry.metadata().ok().and_then(|data| data.modified().ok());
    modified.and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}
