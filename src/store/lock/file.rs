//! Lock files. They are created and read atomically, even on file systems without hard links.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::Path,
    thread::sleep,
    time::Duration,
};

use super::Holder;
use crate::{
    files::{Trust, create_new, read as read_file},
    store::{Error, files},
};

/// Maximum size of a lock file in bytes, far above that of a valid one.
const LONGEST: u64 = 64 << 10;

/// Number of further attempts to read incomplete locks before they count as abandoned.
const ATTEMPTS: u32 = 20;
/// Delay before another attempt. Without hard links, a lock is empty for a moment when it is created.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// The remaining attempts to read incomplete locks. One operation shares them among all locks of a folder, which may
/// contain any number of damaged locks.
#[derive(Debug)]
pub(super) struct Patience(u32);

impl Patience {
    /// Returns no further attempts: an incomplete lock counts as abandoned at once.
    pub(super) fn none() -> Self {
        Self(0)
    }

    /// Returns attempts for about a second in total.
    pub(super) fn usual() -> Self {
        Self(ATTEMPTS)
    }

    /// Waits for another attempt. Returns whether there is one.
    fn wait(&mut self) -> bool {
        let Some(left) = self.0.checked_sub(1) else { return false };
        self.0 = left;
        sleep(READ_AGAIN_AFTER);
        true
    }
}

/// A function that creates a hard link.
pub(super) type Link = fn(&Path, &Path) -> io::Result<()>;

/// Creates a hard link, if the file system supports it.
pub(super) fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Reads the holder of a lock. Returns `None` if there is no lock.
pub(super) fn read(path: &Path, patience: &mut Patience) -> Result<Option<Holder>, Error> {
    loop {
        match read_file(path, Trust::Anybody, LONGEST) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(holder) => return Ok(Some(holder)),
                Err(_) if patience.wait() => {}
                Err(_) => return Ok(Some(Holder::nobody())),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::UnreadableLock { path: path.to_owned(), source }),
        }
    }
}

/// Creates a lock unless one exists. Returns whether it was created.
///
/// A hard link makes the complete content appear at once, and is atomic on network file systems. Some file systems
/// (FAT, SMB, many FUSE file systems) refuse hard links with various errors. There, the file is created exclusively and
/// then written.
pub(super) fn place(path: &Path, holder: &Holder, link: Link) -> Result<bool, Error> {
    let temporary = files::temporary_beside(path);
    files::write_whole(&temporary, |file| Ok(serde_json::to_writer(file, holder)?))?;
    let linked = link(&temporary, path);
    let _ = fs::remove_file(&temporary);
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(_) => create(path, holder),
    }
}

fn create(path: &Path, holder: &Holder) -> Result<bool, Error> {
    let mut file = match create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(Error::io("lock", path)(error)),
    };
    let text = serde_json::to_vec(holder).map_err(|source| Error::Damaged { path: path.to_owned(), source })?;
    if let Err(error) = file.write_all(&text).and_then(|()| file.sync_all()) {
        let _ = fs::remove_file(path);
        return Err(Error::io("lock", path)(error));
    }
    // Another process may have taken the empty file for an abandoned lock and replaced it.
    Ok(read(path, &mut Patience::usual())?.is_some_and(|found| found.id == holder.id))
}

/// Removes a dead lock. If another process has replaced it with its own lock in the meantime, that lock is restored.
pub(super) fn remove_dead(path: &Path, dead: &Holder, link: Link) -> Result<(), Error> {
    let aside = files::temporary_beside(path);
    match fs::rename(path, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("take over", path)(error)),
    }
    if let Some(taken) = read(&aside, &mut Patience::none())?.filter(|taken| taken.id != dead.id) {
        place(path, &taken, link)?;
    }
    let _ = fs::remove_file(&aside);
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn refuse<const ERRNO: i32>(_: &Path, _: &Path) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(ERRNO))
    }

    #[test]
    fn locks_are_exclusive_without_hard_links() {
        let links: [Link; 4] =
            [hard_link, refuse::<{ libc::EPERM }>, refuse::<{ libc::EOPNOTSUPP }>, refuse::<{ libc::ENOSYS }>];
        for link in links {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lock");
            let (first, second) =
                (Holder::this_process(Timestamp::UNIX_EPOCH), Holder::this_process(Timestamp::UNIX_EPOCH));
            assert!(place(&path, &first, link).unwrap());
            assert!(!place(&path, &second, link).unwrap(), "the first process holds it");
            assert_eq!(read(&path, &mut Patience::usual()).unwrap(), Some(first.clone()));
            remove_dead(&path, &second, link).unwrap();
            assert_eq!(
                read(&path, &mut Patience::usual()).unwrap(),
                Some(first.clone()),
                "the lock of another process is restored"
            );
            remove_dead(&path, &first, link).unwrap();
            assert_eq!(read(&path, &mut Patience::usual()).unwrap(), None);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no files remain");
        }
    }

    #[test]
    fn one_of_many_threads_gets_the_lock_without_hard_links() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let try_it = || place(&path, &Holder::this_process(Timestamp::UNIX_EPOCH), refuse::<{ libc::EPERM }>).unwrap();
        let got = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..16).map(|_| scope.spawn(try_it)).collect();
            tries.into_iter().map(|attempt| attempt.join().unwrap()).filter(|got| *got).count()
        });
        assert_eq!(got, 1);
    }

    #[test]
    fn a_lock_out_of_reach_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::create_dir(&path).unwrap();
        let refused = read(&path, &mut Patience::usual()).unwrap_err().to_string();
        let expected =
            format!("the lock {} cannot be read; if no other process works on this run, remove it", path.display());
        assert_eq!(refused, expected);
    }

    #[test]
    fn a_permanently_unreadable_lock_is_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "{\"half").unwrap();
        assert_eq!(read(&path, &mut Patience::usual()).unwrap(), Some(Holder::nobody()));
    }
}
