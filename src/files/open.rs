//! Opens files for reading.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use rustix::{fs::OFlags, io::Errno, process::geteuid};

/// The owners whose files may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Any user. The content is not trusted.
    Anybody,
    /// This user or root, if nobody else can write to the file. The content is trusted.
    User,
    /// The same as [`Self::User`], or the user with this id.
    UserOr(u32),
}

impl Trust {
    /// Refuses a file that another user may have written.
    fn check(self, metadata: &Metadata) -> io::Result<()> {
        let owner = metadata.uid();
        let is_trusted = owner == geteuid().as_raw() || owner == 0;
        match self {
            Self::Anybody => return Ok(()),
            Self::User if !is_trusted => return Err(refusal("it belongs to another user")),
            Self::UserOr(other) if !is_trusted && owner != other => {
                return Err(refusal("it belongs to another user"));
            }
            Self::User | Self::UserOr(_) => {}
        }
        if metadata.mode() & 0o022 == 0 { Ok(()) } else { Err(refusal("other users can write to it")) }
    }
}

/// Opens a regular file for reading. Does not block, and does not follow a link in the last part of the path.
///
/// # Errors
/// Fails if the file cannot be opened, and refuses anything but such a file (see [`is_refused`]).
pub fn open(path: &Path, trust: Trust) -> io::Result<File> {
    let file = options().read(true).open(path).map_err(explain)?;
    let metadata = file.metadata()?;
    check_regular(&metadata)?;
    trust.check(&metadata)?;
    Ok(file)
}

/// Reads a file of at most `limit` bytes. See [`open`].
///
/// # Errors
/// Fails like [`open`], if the file cannot be read, and with a refusal if it is longer.
pub fn read(path: &Path, trust: Trust, limit: u64) -> io::Result<Vec<u8>> {
    read_open(open(path, trust)?, limit)
}

/// Reads an open file from its current position.
///
/// # Errors
/// Fails if the file cannot be read, and with a refusal if it is longer than `limit` bytes.
pub fn read_open(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    if size > limit {
        return Err(too_long(limit));
    }
    read_up_to(file, Vec::with_capacity(usize::try_from(size).unwrap_or_default()), limit)
}

/// Reads a stream to its end, after bytes that were already read.
///
/// # Errors
/// Fails if the stream cannot be read, and with a refusal if there are more than `limit` bytes.
pub(super) fn read_up_to(stream: impl Read, mut bytes: Vec<u8>, limit: u64) -> io::Result<Vec<u8>> {
    let left = limit.saturating_add(1).saturating_sub(bytes.len() as u64);
    stream.take(left).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_long(limit)) } else { Ok(bytes) }
}

fn too_long(limit: u64) -> io::Error {
    refusal(&format!("it is longer than the {limit} bytes that such a file may have"))
}

/// Returns whether an error is a refusal of this module, as opposed to a failure of the system.
pub fn is_refused(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput
}

/// Returns options for opening without blocking and without following a link.
pub(super) fn options() -> OpenOptions {
    options_with(OFlags::NOFOLLOW)
}

/// Returns options for opening without blocking, with more flags.
pub(super) fn options_with(flags: OFlags) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags((flags | OFlags::NONBLOCK | OFlags::CLOEXEC).bits() as i32);
    options
}

/// Refuses folders, pipes, sockets and devices.
pub(super) fn check_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() { Ok(()) } else { Err(refusal("it is not a file but a folder, a pipe or a device")) }
}

pub(super) fn refusal(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// Replaces the error codes for links, sockets and pipes with refusals in words.
pub(super) fn explain(error: io::Error) -> io::Error {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::LOOP | Errno::MLINK) => refusal("it is a symbolic link"),
        Some(Errno::NXIO) => refusal("it is not a file but a folder, a pipe or a device"),
        Some(_) | None => error,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::{PermissionsExt, symlink},
    };

    use super::*;

    #[test]
    fn only_regular_files_are_opened_and_none_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("file"), "12345").unwrap();
        symlink(path("file"), path("link")).unwrap();
        symlink("/dev/zero", path("zeros")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        for name in ["link", "zeros", "socket", "pipe", "."] {
            let error = open(&path(name), Trust::Anybody).unwrap_err();
            assert!(is_refused(&error), "{name}: {error}");
        }
        assert_eq!(open(&path("none"), Trust::Anybody).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(read(&path("file"), Trust::User, 5).unwrap(), b"12345");
        assert!(is_refused(&read(&path("file"), Trust::User, 4).unwrap_err()));
    }

    #[test]
    fn what_others_can_write_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "x").unwrap();
        for (mode, is_trusted) in [(0o600, true), (0o644, true), (0o664, false), (0o602, false)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!(open(&path, Trust::User).is_ok(), is_trusted, "{mode:o}");
            assert!(open(&path, Trust::Anybody).is_ok());
        }
        // Only root can give a file away.
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        if std::os::unix::fs::chown(&path, Some(65_534), None).is_ok() {
            assert!(is_refused(&open(&path, Trust::User).unwrap_err()));
            assert!(open(&path, Trust::UserOr(65_534)).is_ok());
        }
    }
}
