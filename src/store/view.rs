//! The last state of the terminal interface for a run, as bytes whose meaning only the interface knows. A run is
//! complete without it.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use super::{Error, files};

/// The name of the file.
const VIEW: &str = "view.json";
/// Maximum size in bytes; a larger file was not written by this program.
const MAX_SIZE: u64 = 64 << 10;

/// Reads the state, or returns `None` if it is missing or cannot be read.
pub fn read(folder: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(folder.join(VIEW)).ok().filter(|file| file.metadata().is_ok_and(|data| data.is_file()))?;
    let length = file.take(MAX_SIZE + 1).read_to_end(&mut bytes).ok()?;
    (length as u64 <= MAX_SIZE).then_some(bytes)
}

/// Replaces the state.
///
/// # Errors
/// Fails if the folder is not writable.
pub fn write(folder: &Path, bytes: &[u8]) -> Result<(), Error> {
    files::write_whole(&folder.join(VIEW), |file| file.write_all(bytes))
}
