//! Buffered files that appear completely or not at all.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use crate::{results::Error, store::files};

/// The size of the buffer in bytes.
const BUFFER: usize = 1 << 20;

/// The treatment of a file that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Keep it and fail.
    Refuse,
    /// Replace it once the new one is complete.
    Replace,
}

/// The writer of a new file.
pub(in crate::results) type Sink<'a> = BufWriter<&'a mut File>;

/// Checks that writing a file replaces nothing that must stay.
///
/// # Errors
/// Fails if it would.
pub fn check(path: &Path, existing: Existing) -> Result<(), Error> {
    files::refuse_run_file(path)?;
    match existing {
        Existing::Refuse if path.symlink_metadata().is_ok() => Err(Error::Exists { path: path.to_owned() }),
        Existing::Refuse | Existing::Replace => Ok(files::check_replaceable(path)?),
    }
}

/// Writes a complete file. A system error is reported with the file's name.
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
