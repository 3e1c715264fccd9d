//! The file of a lock: made whole, read whole, also where a file system knows no hard links.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    thread::sleep,
    time::Duration,
};

use super::Holder;
use crate::store::{Error, files};

/// A lock that cannot be read is read again this often before it counts as nobody's …
const READS: u32 = 20;
/// … with this wait in between: without hard links a lock is empty for a moment while it is being made.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Makes a second name for a file, as `link` does.
pub(super) type Link = fn(&Path, &Path) -> io::Result<()>;

/// Links as the file system does, if it does.
pub(super) fn hard_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)
}

/// Reads who holds a lock.
pub(super) fn read(path: &Path) -> Result<Option<Holder>, Error> {
    for read in 1.. {
        match fs::read(path) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(holder) => return Ok(Some(holder)),
                Err(_) if read < READS => sleep(READ_AGAIN_AFTER),
                Err(_) => break,
            },
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path)(error)),
        }
    }
    Ok(Some(Holder::nobody()))
}

/// Puts a lock there if there is none. Returns whether it did.
///
/// A link makes the whole content appear at once, and is atomic on network file systems. Some file systems (FAT, SMB, many
/// of FUSE) refuse links in various words; there the lock is created exclusively and then filled.
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
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(Error::io("lock", path)(error)),
    };
    let text = serde_json::to_vec(holder).map_err(|source| Error::Damaged { path: path.to_owned(), source })?;
    if let Err(error) = file.write_all(&text).and_then(|()| file.sync_all()) {
        let _ = fs::remove_file(path);
        return Err(Error::io("lock", path)(error));
    }
    // Somebody may have taken the empty file for that of a process that died, and put another in its place.
    Ok(read(path)?.is_some_and(|found| found.id == holder.id))
}

/// Takes a dead lock away. Between judging and renaming another process may have done the same and put its own lock
/// there: then that one is put back.
pub(super) fn remove_dead(path: &Path, dead: &Holder, link: Link) -> Result<(), Error> {
    let aside = files::temporary_beside(path);
    match fs::rename(path, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("take over", path)(error)),
    }
    if let Some(taken) = read(&aside)?.filter(|taken| taken.id != dead.id) {
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
    fn without_hard_links_a_lock_is_made_exclusively() {
        let links: [Link; 4] =
            [hard_link, refuse::<{ libc::EPERM }>, refuse::<{ libc::EOPNOTSUPP }>, refuse::<{ libc::ENOSYS }>];
        for link in links {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lock");
            let (first, second) =
                (Holder::this_process(Timestamp::UNIX_EPOCH), Holder::this_process(Timestamp::UNIX_EPOCH));
            assert!(place(&path, &first, link).unwrap());
            assert!(!place(&path, &second, link).unwrap(), "the first one holds it");
            assert_eq!(read(&path).unwrap(), Some(first.clone()));
            remove_dead(&path, &second, link).unwrap();
            assert_eq!(read(&path).unwrap(), Some(first.clone()), "another's lock is put back");
            remove_dead(&path, &first, link).unwrap();
            assert_eq!(read(&path).unwrap(), None);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        }
    }

    #[test]
    fn of_many_processes_without_hard_links_one_gets_the_lock() {
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
    fn a_lock_that_stays_unreadable_is_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "{\"half").unwrap();
        assert_eq!(read(&path).unwrap(), Some(Holder::nobody()));
    }
}
