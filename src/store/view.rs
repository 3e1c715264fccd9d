//! The last state of the terminal interface for a run, as bytes whose meaning only the interface knows. A run is
//! complete without it.

use std::{io::Write, path::Path};

use super::{Error, files, layout::VIEW};
use crate::files::{Trust, is_own_folder, read as read_file};

/// Maximum size in bytes; a larger file was not written by this program.
const MOST: u64 = 64 << 10;

/// Reads the state, or returns `None` if it is missing or cannot be read.
pub fn read(folder: &Path) -> Option<Vec<u8>> {
    read_file(&folder.join(VIEW), Trust::Anybody, MOST).ok()
}

/// Replaces the state. In a run folder of another user, nothing is written.
///
/// # Errors
/// Fails if the folder is not writable.
pub fn write(folder: &Path, bytes: &[u8]) -> Result<(), Error> {
    if !is_own_folder(folder) {
        return Ok(());
    }
    files::write_whole(&folder.join(VIEW), |file| file.write_all(bytes))
}
