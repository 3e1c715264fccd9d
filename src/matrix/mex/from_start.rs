//! A reader of a whole file, independent of others.

use std::{fs, io, os::unix::fs::FileExt};

/// A reader of a file from its start, which does not move the position of other readers.
pub(super) struct FromStart {
    file: fs::File,
    place: u64,
}

impl FromStart {
    pub(super) fn of(file: fs::File) -> Self {
        Self { file, place: 0 }
    }
}

impl io::Read for FromStart {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.place)?;
        self.place += read as u64;
        Ok(read)
    }
}
