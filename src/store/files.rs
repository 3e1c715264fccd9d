//! Atomic writing of files.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::Error;

/// The extension of temporary files.
const UNFINISHED: &str = "part";

/// Writes a file atomically: it exists completely or not at all, even after a power failure.
///
/// The content is written under a temporary name in the same folder, synced and renamed, and the folder is synced. An
/// existing file is replaced. Errors name the final path.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<(), Error> {
    check_replaceable(path)?;
    let temporary = temporary_beside(path);
    let result = write_and_rename(&temporary, path, write);
    if result.is_err() {
        // A failure is ignored: the temporary name marks the file as unfinished.
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// Checks that the path is not a folder or device. Otherwise root could replace even `/dev/null`.
pub fn check_replaceable(path: &Path) -> Result<(), Error> {
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    Ok(())
}

fn write_and_rename(
    temporary: &Path,
    path: &Path,
    write: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> Result<(), Error> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temporary)
        .map_err(Error::io("create", path))?;
    write(&mut file).and_then(|()| file.flush()).map_err(Error::io("write", path))?;
    file.sync_all().map_err(Error::io("sync", path))?;
    fs::rename(temporary, path).map_err(Error::io("rename into place", path))?;
    sync_folder(path)
}

/// Syncs the folder of a file.
fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let result = File::open(folder).and_then(|folder| folder.sync_all());
    match result {
        // Some network file systems do not support syncing folders.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        other => other.map_err(Error::io("sync", folder)),
    }
}

/// Returns a unique temporary name in the same folder.
pub fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{UNFINISHED}", uuid::Uuid::new_v4().simple()))
}

/// Returns whether a name was created by [`temporary_beside`], so that files of other programs are not matched.
pub fn is_unfinished(name: &str) -> bool {
    let parts =
        name.strip_prefix('.').and_then(|name| name.strip_suffix(UNFINISHED)?.strip_suffix('.')?.rsplit_once('.'));
    parts.is_some_and(|(_, id)| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Opens a file for reading. Anything else of that name, such as a pipe, which could make a reader wait for ever, is an
/// error.
pub(super) fn open_regular(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(std::io::ErrorKind::InvalidInput.into()) }
}

/// Creates a folder that only its owner may access, including its parents.
pub fn create_private_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Error::io("create the folder", path))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn only_files_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [folder.path(), &socket] {
            let refused = write_whole(path, |file| file.write_all(b"x")).unwrap_err();
            assert!(refused.to_string().ends_with("is not a file; choose another name with -o"));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_temporary_names_of_this_program_are_recognized() {
        let ours = temporary_beside(Path::new("/run/answers/chunk-000001.zst"));
        assert!(is_unfinished(&ours.file_name().unwrap().to_string_lossy()));
        for name in ["thesis.part", ".thesis.part", ".a.0123.part", ".part", "part"] {
            assert!(!is_unfinished(name), "{name}");
        }
    }

    #[test]
    fn a_failed_write_keeps_the_existing_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_whole(&path, |file| file.write_all(b"old")).unwrap();
        let failed = write_whole(&path, |file| {
            file.write_all(b"half of the n")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        let told = failed.unwrap_err().to_string();
        assert!(told.starts_with(&format!("cannot write {} (the disk is full", path.display())), "{told}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
