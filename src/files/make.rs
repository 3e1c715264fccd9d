//! Creates files and folders that only this user can access.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::process::geteuid;

use super::open::{check_regular, explain, options, refusal};

/// The file name extension of unfinished files.
const UNFINISHED: &str = "part";

/// The error of [`replace`].
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} it")]
pub struct Failure {
    /// The step that failed, as a verb.
    pub doing: &'static str,
    /// The error of the system.
    pub source: io::Error,
}

impl Failure {
    fn of(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { doing, source }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        failure.source
    }
}

/// Writes a file atomically: to a temporary name in the same folder, which is synced and renamed, then the folder is
/// synced. After a power failure the file is complete or absent. An existing file or link of that name is replaced.
///
/// # Errors
/// Fails if a step fails. An existing file stays unchanged unless only the sync of the folder failed.
pub fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Failure> {
    let temporary = temporary_beside(path);
    let result = write_and_rename(&temporary, path, write);
    if result.is_err() {
        // Best effort: the file is unfinished and its name says so.
        let _ = fs::remove_file(&temporary);
    }
    result
}

fn write_and_rename(
    temporary: &Path,
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut file = create_new(temporary).map_err(Failure::of("create"))?;
    write(&mut file).and_then(|()| file.flush()).map_err(Failure::of("write"))?;
    file.sync_all().map_err(Failure::of("sync"))?;
    fs::rename(temporary, path).map_err(Failure::of("rename into place"))?;
    sync_folder(path).map_err(Failure::of("sync the folder of"))
}

/// Syncs the folder of a file, which makes a rename in it durable.
///
/// # Errors
/// Fails if the folder cannot be opened or synced.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some network file systems cannot sync folders.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

/// Creates a file with mode 0600 for reading and writing.
///
/// # Errors
/// Fails if the file exists or cannot be created.
pub fn create_new(path: &Path) -> io::Result<File> {
    let file = options().read(true).write(true).create_new(true).open(path)?;
    set_mode(&file, 0o600)?;
    Ok(file)
}

/// Opens a file for appending. Creates it with mode 0600 if it does not exist. A file with another hard link is refused,
/// because the lines would also appear under the other name.
///
/// # Errors
/// Fails if the file cannot be opened, and refuses anything but such a file (see [`super::is_refused`]).
pub fn append(path: &Path) -> io::Result<File> {
    match options().append(true).create_new(true).open(path) {
        Ok(file) => {
            set_mode(&file, 0o600)?;
            return Ok(file);
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let file = options().append(true).open(path).map_err(explain)?;
    let metadata = file.metadata()?;
    check_regular(&metadata)?;
    if metadata.nlink() > 1 { Err(refusal("it has a second name (a hard link)")) } else { Ok(file) }
}

/// Sets the mode, which the umask may have restricted. Failures are ignored, since some file systems have no modes.
fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    if file.metadata()?.mode() & 0o777 != mode {
        let _ = file.set_permissions(Permissions::from_mode(mode));
    }
    Ok(())
}

/// Creates a folder with mode 0700, and its missing parent folders.
///
/// # Errors
/// Fails if a folder cannot be created.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() || path.as_os_str().is_empty() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        create_private_folder(above)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            // The umask may have removed permissions of the owner.
            let _ = fs::set_permissions(path, Permissions::from_mode(0o700));
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Returns whether a folder belongs to this user, so that castui may write to it without being asked to.
pub fn is_own_folder(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == geteuid().as_raw())
}

/// Returns a unique name for a temporary file in the folder of a file.
pub fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.{UNFINISHED}", uuid::Uuid::new_v4().simple()))
}

/// Returns whether a file name was made by [`temporary_beside`].
pub fn is_unfinished(name: &str) -> bool {
    let parts =
        name.strip_prefix('.').and_then(|name| name.strip_suffix(UNFINISHED)?.strip_suffix('.')?.rsplit_once('.'));
    parts.is_some_and(|(_, id)| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn a_link_is_replaced_and_never_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("link"));
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, &link).unwrap();
        replace(&link, |file| file.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        assert_eq!(mode(&link), 0o600);
    }

    #[test]
    fn lines_are_appended_to_a_file_with_one_name_only() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, own) = (folder.path().join("victim"), folder.path().join("own"));
        fs::write(&victim, "precious").unwrap();
        for _ in 0..2 {
            append(&own).unwrap().write_all(b"line\n").unwrap();
        }
        assert_eq!((fs::read(&own).unwrap(), mode(&own)), (b"line\nline\n".to_vec(), 0o600));
        let (soft, hard, pipe) = (folder.path().join("soft"), folder.path().join("hard"), folder.path().join("pipe"));
        symlink(&victim, &soft).unwrap();
        fs::hard_link(&victim, &hard).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [soft, hard, pipe, folder.path().to_owned()] {
            assert!(append(&path).is_err(), "{path:?}");
        }
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
    }

    #[test]
    fn folders_are_private_and_those_that_stand_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let deep = folder.path().join("a/b");
        create_private_folder(&deep).unwrap();
        create_private_folder(&deep).unwrap();
        assert_eq!((mode(&deep), mode(&folder.path().join("a")), mode(folder.path())), (0o700, 0o700, 0o755));
        assert!(is_own_folder(&deep) && !is_own_folder(&deep.join("none")));
    }

    #[test]
    fn only_our_own_unfinished_files_are_known_as_such() {
        let ours = temporary_beside(Path::new("/run/answers/chunk-000001.zst"));
        assert!(is_unfinished(&ours.file_name().unwrap().to_string_lossy()));
        for name in ["thesis.part", ".thesis.part", ".a.0123.part", ".part", "part"] {
            assert!(!is_unfinished(name), "{name}");
        }
    }
}
