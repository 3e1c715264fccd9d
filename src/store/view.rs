//! How a run was last looked at: a few bytes in its folder that mean something to the interface only. In and out:
//! those bytes. A run is whole without them.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use super::{Error, files};

/// The name of the file.
const VIEW: &str = "view.json";
/// No view is larger: more than this is none of ours.
const MOST: u64 = 64 << 10;

/// What was last written, if it can be read.
pub fn read(folder: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(folder.join(VIEW)).ok().filter(|file| file.metadata().is_ok_and(|data| data.is_file()))?;
    let length = file.take(MOST + 1).read_to_end(&mut bytes).ok()?;
    (length as u64 <= MOST).then_some(bytes)
}

/// Replaces it.
///
/// # Errors
/// When the folder cannot be written to.
pub fn write(folder: &Path, bytes: &[u8]) -> Result<(), Error> {
    files::write_whole(&folder.join(VIEW), |file| file.write_all(bytes))
}
