//! Files that are written through a buffer and come into being whole.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use crate::{results::Error, store::files};

/// Bytes gathered before they go to the system.
const BUFFER: usize = 1 << 20;

/// What to do where a file of that name stands already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    Refuse,
    /// Replace it once the new one is whole.
    Replace,
}

/// The writer of a file that is not there yet.
pub(in crate::results) type Sink<'a> = BufWriter<&'a mut File>;

/// Refuses to write over what is to stay.
pub(super) fn check(path: &Path, existing: Existing) -> Result<(), Error> {
    match existing {
        Existing::Refuse if path.symlink_metadata().is_ok() => Err(Error::Exists { path: path.to_owned() }),
        Existing::Refuse | Existing::Replace => Ok(files::check_replaceable(path)?),
    }
}

/// Writes a file whole. An error of the system is reported under the file's name.
pub(in crate::results) fn write(
    path: &Path,
    existing: Existing,
    write: impl FnOnce(&mut Sink<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    check(path, existing)?;
    let mut failure = None;
    let written = files::write_whole(path, |file| {
        let mut out = BufWriter::with_capacity(BUFFER, file);
        match write(&mut out) {
            Ok(()) => out.flush(),
            Err(Error::Write(error)) => Err(error),
            Err(error) => {
                failure = Some(error);
                Err(io::ErrorKind::Interrupted.into())
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}
