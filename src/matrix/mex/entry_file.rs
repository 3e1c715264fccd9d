//! The file with the entries. In: its path and header. Out: readers of its text, and errors that name the place.

use std::{
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use super::{
    entry::{CellAxis, LineParser},
    from_start::FromStart,
    header::Header,
};
use crate::matrix::{
    Error,
    error::EntryProblem,
    text_table::{Compression, unreadable},
};

/// The file with the entries.
#[derive(Debug)]
pub(super) struct EntryFile {
    pub(super) path: PathBuf,
    pub(super) file: fs::File,
    pub(super) compression: Compression,
    pub(super) header: Header,
    pub(super) cell_axis: CellAxis,
    pub(super) cells: usize,
    pub(super) genes: usize,
}

/// Maximum number of entries for each byte of a compressed file. Files of Cell Ranger have less than one.
const MOST_ENTRIES_PER_BYTE: u64 = 16;

/// Number of entries that any file may have.
const SMALL_COUNT: u64 = 1 << 20;

impl EntryFile {
    /// Returns a reader of the uncompressed entries, after the header.
    pub(super) fn text(&self) -> Result<Box<dyn Read + Send>, Error> {
        let io = |source| unreadable(&self.path, source);
        let mut text = text_of(&self.path, &self.file, self.compression)?;
        std::io::copy(&mut (&mut text).take(self.header.length), &mut std::io::sink()).map_err(io)?;
        Ok(text)
    }

    pub(super) fn parser(&self) -> LineParser {
        LineParser { values: self.header.values, cell_axis: self.cell_axis, cells: self.cells, genes: self.genes }
    }

    pub(super) fn problem(&self, byte: u64, problem: EntryProblem) -> Error {
        Error::Entry { path: self.path.clone(), byte, problem }
    }

    /// Returns the error for a number of entries that is not the one in the header.
    pub(super) fn wrong_count(&self, found: u64) -> Error {
        Error::EntryCount { path: self.path.clone(), stated: self.header.entries, found }
    }
}

/// Returns a reader of the uncompressed text of a file from its start, independent of other readers.
pub(super) fn text_of(path: &Path, file: &fs::File, compression: Compression) -> Result<Box<dyn Read + Send>, Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let from_start = FromStart::of(file.try_clone().map_err(io)?);
    compression.reader(BufReader::with_capacity(1 << 18, from_start)).map_err(io)
}

/// Refuses a compressed file that states far more entries than a file of its size can have. Entries in any order go
/// through a temporary file, which such a file would let grow without end.
pub(super) fn refuse_bomb(
    path: &Path,
    file: &fs::File,
    header: &Header,
    compression: Compression,
) -> Result<(), Error> {
    let size = file.metadata().map_err(|source| Error::Io { path: path.to_owned(), source })?.len();
    let most = size.saturating_mul(MOST_ENTRIES_PER_BYTE).max(SMALL_COUNT);
    match compression {
        Compression::Gzip | Compression::Zstd if header.entries > most => {
            Err(Error::Entry { path: path.to_owned(), byte: 0, problem: EntryProblem::MoreThanFile })
        }
        Compression::None | Compression::Gzip | Compression::Zstd => Ok(()),
    }
}
