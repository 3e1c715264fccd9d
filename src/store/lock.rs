//! Locks on run folders, which allow one writer at a time, or one for each part. They also work over NFS. Locks of dead
//! processes are removed.
//!
//! A lock is a file that is created atomically, also on network file systems (see `lock::file`). It contains the host,
//! the process ID, the start time of the process, and a heartbeat that the holder updates. A lock is dead if its
//! process no longer exists (on the same host) or its heartbeat has stopped (on another host or in another container).

mod file;
mod holder;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    Error, files,
    layout::{LOCK, LOCK_OF_PART, is_lock},
};
use crate::domain::Shard;
use file::{Patience, hard_link, place, read, remove_dead};
pub(crate) use holder::Holder;
pub use holder::host_name;

/// Interval at which the holder should call [`Lock::beat`].
pub const BEAT: Duration = Duration::from_secs(10);
/// Number of attempts to take a lock. If it changes hands more often, it is in use, not dead.
const TRIES: usize = 5;

/// The state of a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockState {
    /// No process holds the lock.
    Free,
    /// The lock is held by a living process.
    Held(Holder),
    /// The lock is held by a process that died.
    Dead(Holder),
}

/// The part of a run that a process writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The whole run.
    Whole,
    /// One part.
    Part(Shard),
}

impl Claim {
    /// Returns the name of the lock file.
    fn file_name(self) -> String {
        match self {
            Self::Whole => LOCK.to_owned(),
            Self::Part(shard) => format!("{LOCK_OF_PART}{}", shard.to_string().replace('/', "-of-")),
        }
    }

    /// Returns whether this claim is compatible with the lock file `other`: both are different parts of the same
    /// division.
    fn goes_with(self, other: &str) -> bool {
        let mine = self.file_name();
        let parts = |name: &str| Some(name.strip_prefix(LOCK_OF_PART)?.split_once("-of-")?.1.to_owned());
        mine != other && parts(&mine).is_some() && parts(&mine) == parts(other)
    }
}

/// Returns whether a temporary file of a run folder belongs to a lock.
pub(super) fn is_in_the_making(unfinished: &str) -> bool {
    unfinished.trim_start_matches('.').starts_with(LOCK)
}

/// The right to write to a run folder, which is released when dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    folder: PathBuf,
    holder: Holder,
}

impl Lock {
    /// Takes the lock on a run folder.
    ///
    /// # Errors
    /// Fails with [`Error::Locked`] if a living process holds an incompatible lock.
    pub fn take(folder: &Path, claim: Claim, now: Timestamp) -> Result<Self, Error> {
        let mut observer = Observer { now, patience: Patience::usual() };
        let lock = Self::take_file(folder, &claim.file_name(), &mut observer)?;
        // A concurrent process does the same. At least one of the two sees the lock of the other.
        for name in lock_files(folder)?.iter().filter(|name| **name != claim.file_name() && !claim.goes_with(name)) {
            match observer.state_of(&folder.join(name))? {
                LockState::Free => {}
                LockState::Held(other) => {
                    return Err(Blocker { lock: folder.join(name), holder: other }.into_error(now));
                }
                LockState::Dead(other) => remove_dead(&folder.join(name), &other, hard_link)?,
            }
        }
        Ok(lock)
    }

    fn take_file(folder: &Path, name: &str, observer: &mut Observer) -> Result<Self, Error> {
        let path = folder.join(name);
        let holder = Holder::this_process(observer.now);
        for _ in 0..TRIES {
            if place(&path, &holder, hard_link)? {
                return Ok(Self { path, folder: folder.to_owned(), holder });
            }
            match observer.state_of(&path)? {
                LockState::Free => {}
                LockState::Held(other) => {
                    return Err(Blocker { lock: folder.join(name), holder: other }.into_error(observer.now));
                }
                LockState::Dead(other) => remove_dead(&path, &other, hard_link)?,
            }
        }
        match observer.state_of(&path)? {
            LockState::Held(other) | LockState::Dead(other) => {
                Err(Error::Locked { path: folder.to_owned(), holder: Box::new(other) })
            }
            LockState::Free => Err(Error::Locked { path: folder.to_owned(), holder: Box::new(holder) }),
        }
    }

    /// Returns the path of the lock file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Updates the heartbeat.
    ///
    /// # Errors
    /// Fails with [`Error::LockLost`] if another process took over the lock, for example while this one was suspended.
    /// Then nothing more may be written.
    pub fn beat(&mut self, now: Timestamp) -> Result<(), Error> {
        self.check()?;
        self.holder.beat_at = now;
        let holder = &self.holder;
        files::write_whole(&self.path, |file| Ok(serde_json::to_writer(file, holder)?))
    }

    /// Checks that this process still holds the lock.
    ///
    /// # Errors
    /// Fails with [`Error::LockLost`] if the lock is held by another process or was removed by one.
    pub fn check(&self) -> Result<(), Error> {
        match read(&self.path, &mut Patience::usual())? {
            Some(holder) if holder.id == self.holder.id => Ok(()),
            Some(_) | None => Err(Error::LockLost { path: self.folder.clone() }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Ok(Some(holder)) = read(&self.path, &mut Patience::none())
            && holder.id == self.holder.id
        {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Returns the state of the locks on a folder, for display. A living holder takes precedence over a dead one. Nothing is
/// waited for: an incomplete lock counts as dead.
pub fn state(folder: &Path, now: Timestamp) -> Result<LockState, Error> {
    let mut observer = Observer { now, patience: Patience::none() };
    let mut found = LockState::Free;
    for name in lock_files(folder)? {
        match observer.state_of(&folder.join(name))? {
            LockState::Free => {}
            held @ LockState::Held(_) => return Ok(held),
            dead @ LockState::Dead(_) => found = dead,
        }
    }
    Ok(found)
}

/// A living process that prevents others from writing to a run folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The path of the lock file.
    pub lock: PathBuf,
    /// The process.
    pub holder: Holder,
}

impl Blocker {
    /// Returns whether the process may have died undetected: it is on another host, whose clock agrees with this one's.
    pub fn may_be_dead(&self, now: Timestamp) -> bool {
        !self.holder.is_here() && !self.holder.is_ahead(now)
    }

    /// Returns the error that the folder is in use.
    pub fn into_error(self, now: Timestamp) -> Error {
        let Self { lock, holder } = self;
        let holder = Box::new(holder);
        if !holder.is_here() && holder.is_ahead(now) {
            return Error::LockedAhead { lock, holder };
        }
        Error::Locked { path: lock.parent().unwrap_or(&lock).to_owned(), holder }
    }
}

/// Returns the living process that currently prevents a claim on a folder, if there is one.
///
/// # Errors
/// Fails if the locks cannot be read.
pub fn blocker(folder: &Path, claim: Claim, now: Timestamp) -> Result<Option<Blocker>, Error> {
    let mut observer = Observer { now, patience: Patience::usual() };
    for name in lock_files(folder)?.iter().filter(|name| !claim.goes_with(name)) {
        let lock = folder.join(name);
        if let LockState::Held(holder) = observer.state_of(&lock)? {
            return Ok(Some(Blocker { lock, holder }));
        }
    }
    Ok(None)
}

fn lock_files(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", folder)(error)),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.filter(|name| is_lock(name)).collect())
}

/// The time of an operation on locks, and its remaining attempts to read incomplete ones.
struct Observer {
    now: Timestamp,
    patience: Patience,
}

impl Observer {
    fn state_of(&mut self, path: &Path) -> Result<LockState, Error> {
        Ok(match read(path, &mut self.patience)? {
            None => LockState::Free,
            Some(holder) if holder.is_alive(self.now) => LockState::Held(holder),
            Some(holder) => LockState::Dead(holder),
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{holder::namespace, *};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_second_writer_is_refused_until_the_first_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path(), Claim::Whole, at(0)).unwrap();
        let refused = Lock::take(folder.path(), Claim::Whole, at(0)).unwrap_err();
        assert!(refused.to_string().contains(&format!("process {}", std::process::id())), "{refused}");
        drop(lock);
        assert_eq!(state(folder.path(), at(0)).unwrap(), LockState::Free);
        Lock::take(folder.path(), Claim::Whole, at(1)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no files remain");
    }

    fn plant(folder: &Path, host: &str, pid: u32, started: Option<u64>, beat_at: Timestamp) {
        let holder = Holder { id: Uuid::new_v4(), host: host.into(), pid, started, namespace: namespace(), beat_at };
        fs::write(folder.join("lock"), serde_json::to_vec(&holder).unwrap()).unwrap();
    }

    #[test]
    fn the_lock_of_a_dead_process_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        plant(folder.path(), &host_name(), u32::MAX / 2, Some(1), at(0));
        assert!(matches!(state(folder.path(), at(0)).unwrap(), LockState::Dead(_)));
        Lock::take(folder.path(), Claim::Whole, at(0)).unwrap();
    }

    #[test]
    fn a_reused_process_id_does_not_keep_a_lock() {
        let folder = tempfile::tempdir().unwrap();
        plant(folder.path(), &host_name(), std::process::id(), Some(1), at(0));
        Lock::take(folder.path(), Claim::Whole, at(0)).unwrap();
    }

    #[test]
    fn a_holder_on_another_host_is_dead_without_a_heartbeat() {
        let folder = tempfile::tempdir().unwrap();
        plant(folder.path(), "another-node", 1, None, at(0));
        assert!(Lock::take(folder.path(), Claim::Whole, at(60)).is_err());
        Lock::take(folder.path(), Claim::Whole, at(121)).unwrap();
        plant(folder.path(), "another-node", 1, None, at(1000));
        let refused = Lock::take(folder.path(), Claim::Whole, at(0)).unwrap_err();
        assert!(matches!(refused, Error::LockedAhead { .. }), "{refused}");
    }

    #[test]
    fn locks_on_parts_are_compatible_only_with_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let take = |claim| Lock::take(folder.path(), claim, at(0));
        let part = |text: &str| Claim::Part(text.parse().unwrap());
        let first = take(part("1/4")).unwrap();
        let second = take(part("2/4")).unwrap();
        for other in [part("2/4"), part("1/2"), Claim::Whole] {
            assert!(matches!(take(other), Err(Error::Locked { .. })), "{other:?}");
        }
        assert!(matches!(state(folder.path(), at(0)).unwrap(), LockState::Held(_)));
        drop((first, second));
        let whole = take(Claim::Whole).unwrap();
        assert!(matches!(take(part("3/4")), Err(Error::Locked { .. })));
        drop(whole);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no files remain");
    }

    #[test]
    fn a_suspended_holder_detects_a_takeover() {
        let folder = tempfile::tempdir().unwrap();
        let mut lock = Lock::take(folder.path(), Claim::Whole, at(0)).unwrap();
        lock.beat(at(10)).unwrap();
        plant(folder.path(), "another-node", 1, None, at(20));
        assert!(matches!(lock.beat(at(20)), Err(Error::LockLost { .. })));
        drop(lock);
        assert!(folder.path().join("lock").exists(), "the lock of the other process remains");
    }
}
