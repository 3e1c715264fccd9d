//! Windows of a compressed file that is sorted by cell. The file is decoded from its start, as far as rows were
//! requested, and the rows are kept in a temporary file. So it is decoded once, whatever the order of the requests.

use std::{
    fs, io,
    io::Read,
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock, mpsc},
    thread,
};

use super::{
    EntryFile,
    entry::{Entry, Scan},
    packed,
    row_builder::RowBuilder,
};
use crate::matrix::{
    Error, RowSlice, RowSource,
    csr::tidied,
    error::EntryProblem,
    numeric_dataset::cache::{ChunkCache, ChunkKey},
    text_table::unreadable,
    transpose::temporary_file,
};

/// Number of bytes of text that are decoded at once.
const PIECE: usize = 1 << 20;
/// Number of pieces that are decoded in advance.
const AHEAD: usize = 4;
/// Number of entries from which a block of rows is written.
const BLOCK: usize = 1 << 17;
/// Capacity in bytes of the cache of decoded blocks.
const CACHE: usize = 16 << 20;

/// A piece of text that ends with a line, and its position.
type Piece = io::Result<(Vec<u8>, u64)>;

/// Starts a thread that decodes a file from its start. The thread ends when the receiver is dropped.
fn decode(entries: &EntryFile) -> Result<mpsc::Receiver<Piece>, Error> {
    let (mut text, mut place) = (entries.text()?, entries.header.length);
    let (sender, pieces) = mpsc::sync_channel(AHEAD);
    let run = move || {
        let mut rest = Vec::new();
        loop {
            let mut piece = std::mem::take(&mut rest);
            let wanted = PIECE as u64;
            let ended = match (&mut text).take(wanted).read_to_end(&mut piece) {
                Ok(read) => (read as u64) < wanted,
                // The receiver may be gone already.
                Err(error) => return drop(sender.send(Err(error))),
            };
            if !ended {
                let end = piece.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
                if end == 0 {
                    return drop(sender.send(Err(io::ErrorKind::InvalidData.into())));
                }
                rest = piece.split_off(end);
            }
            let next = place + piece.len() as u64;
            if sender.send(Ok((piece, place))).is_err() || ended {
                return;
            }
            place = next;
        }
    };
    let started = thread::Builder::new().name("matrix".to_owned()).spawn(run);
    started.map(|_| pieces).map_err(|source| Error::Io { path: entries.path.clone(), source })
}

/// Calls `visit` with pieces of whole lines and their positions, from the first entry to the end of the file.
pub(super) fn each_block(
    entries: &EntryFile,
    mut visit: impl FnMut(&[u8], u64) -> Result<(), Error>,
) -> Result<(), Error> {
    for piece in decode(entries)? {
        let (lines, place) = piece.map_err(|source| unreadable(&entries.path, source))?;
        visit(&lines, place)?;
    }
    Ok(())
}

/// Rows in the temporary file.
#[derive(Clone, Debug)]
struct Block {
    rows: Range<usize>,
    place: u64,
    bytes: usize,
}

/// The decoder: what was decoded but not written yet.
struct Decoder {
    pieces: Option<mpsc::Receiver<Piece>>,
    rows: RowBuilder,
    count: u64,
    is_at_end: bool,
    /// The line that could not be used, if any. Nothing is decoded after it.
    failure: Option<(u64, EntryProblem)>,
}

/// The rows of a compressed file.
pub(super) struct StreamRows {
    entries: Arc<EntryFile>,
    file: fs::File,
    path: PathBuf,
    decoder: Mutex<Decoder>,
    blocks: RwLock<Vec<Block>>,
    cache: ChunkCache<RowSlice>,
}

impl StreamRows {
    /// Creates the temporary file in a folder. Nothing is decoded yet.
    pub(super) fn new(entries: &Arc<EntryFile>, spill: Option<&Path>) -> Result<Self, Error> {
        let (file, path) = temporary_file(spill)?;
        let rows = RowBuilder::starting_at(0, entries.genes);
        let decoder = Decoder { pieces: None, rows, count: 0, is_at_end: false, failure: None };
        Ok(Self {
            entries: entries.clone(),
            file,
            path,
            decoder: Mutex::new(decoder),
            blocks: RwLock::default(),
            cache: ChunkCache::new(CACHE),
        })
    }

    /// Returns the number of rows in the temporary file.
    fn written(&self) -> usize {
        self.blocks.read().unwrap_or_else(PoisonError::into_inner).last().map_or(0, |block| block.rows.end)
    }

    /// Decodes the file until a row is in the temporary file.
    fn decode_until(&self, end: usize) -> Result<(), Error> {
        if self.written() >= end {
            return Ok(());
        }
        let mut decoder = self.decoder.lock().unwrap_or_else(PoisonError::into_inner);
        while self.written() < end {
            self.decode_more(&mut decoder)?;
        }
        Ok(())
    }

    /// Decodes the next piece of text.
    fn decode_more(&self, decoder: &mut Decoder) -> Result<(), Error> {
        if let Some((place, problem)) = decoder.failure {
            return Err(self.entries.problem(place, problem));
        }
        let pieces = match &mut decoder.pieces {
            Some(pieces) => pieces,
            none => none.insert(decode(&self.entries)?),
        };
        let piece = if decoder.is_at_end { None } else { pieces.recv().ok() };
        let Some(piece) = piece else {
            decoder.is_at_end = true;
            if decoder.count != self.entries.header.entries {
                return Err(self.entries.wrong_count(decoder.count));
            }
            return self.write(decoder.rows.take_until(self.entries.cells));
        };
        let added = match piece {
            Ok((lines, place)) => self.add(decoder, &lines, place),
            Err(source) => Err(unreadable(&self.entries.path, source)),
        };
        // After a failure, entries are missing.
        decoder.is_at_end |= added.is_err();
        added
    }

    fn add(&self, decoder: &mut Decoder, lines: &[u8], place: u64) -> Result<(), Error> {
        let (mut stopped, mut written) = (None, Ok(()));
        let parsed = self.entries.parser().each(lines, |entry: Entry, byte| {
            let cell = entry.cell as usize;
            if cell < decoder.rows.current() {
                stopped = Some((byte, EntryProblem::OutOfOrder));
                return Scan::Stop;
            }
            if cell > decoder.rows.current() && decoder.rows.len() >= BLOCK {
                written = self.write(decoder.rows.take_until(cell));
            }
            if !decoder.rows.push(entry) {
                stopped = Some((byte, EntryProblem::TooManyInCell));
            }
            decoder.count += 1;
            if decoder.count > self.entries.header.entries {
                written = Err(self.entries.wrong_count(decoder.count));
            }
            if written.is_ok() && stopped.is_none() { Scan::Continue } else { Scan::Stop }
        });
        written?;
        match stopped.or(parsed.err()) {
            Some((byte, problem)) => {
                let failure = decoder.failure.insert((place + byte as u64, problem));
                Err(self.entries.problem(failure.0, failure.1))
            }
            None => Ok(()),
        }
    }

    fn write(&self, rows: RowSlice) -> Result<(), Error> {
        let range = rows.first_cell..rows.first_cell + rows.len();
        let bytes = packed::encode(&tidied(rows));
        let place = {
            let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
            blocks.last().map_or(0, |block| block.place + block.bytes as u64)
        };
        let written = self.file.write_all_at(&bytes, place);
        written.map_err(|source| Error::Io { path: self.path.clone(), source })?;
        let block = Block { rows: range, place, bytes: bytes.len() };
        self.blocks.write().unwrap_or_else(PoisonError::into_inner).push(block);
        Ok(())
    }

    fn load(&self, block: &Block) -> Result<RowSlice, Error> {
        let mut bytes = vec![0; block.bytes];
        let read = self.file.read_exact_at(&mut bytes, block.place);
        let damaged = || Error::Io { path: self.path.clone(), source: io::ErrorKind::InvalidData.into() };
        read.map_err(|source| Error::Io { path: self.path.clone(), source })?;
        packed::decode(&bytes, block.rows.start, block.rows.len()).ok_or_else(damaged)
    }

    /// Returns the blocks with these rows.
    fn blocks_of(&self, rows: &Range<usize>) -> Vec<Block> {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        let first = blocks.partition_point(|block| block.rows.end <= rows.start);
        blocks[first..].iter().take_while(|block| block.rows.start < rows.end).cloned().collect()
    }
}

impl Drop for StreamRows {
    fn drop(&mut self) {
        // The file is almost always unlinked already; a failure cannot be handled here.
        let _ = fs::remove_file(&self.path);
    }
}

impl RowSource for StreamRows {
    fn cell_count(&self) -> usize {
        self.entries.cells
    }

    fn gene_count(&self) -> usize {
        self.entries.genes
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let mut slice = RowSlice { first_cell: cells.start, indptr: vec![0], ..RowSlice::default() };
        if cells.is_empty() {
            return Ok(slice);
        }
        self.decode_until(cells.end)?;
        for block in self.blocks_of(&cells) {
            let wanted = block.rows.start.max(cells.start)..block.rows.end.min(cells.end);
            let key = ChunkKey { dataset: 0, offset: [block.rows.start as u64, 0] };
            let rows = match wanted.end == block.rows.end {
                true => self.cache.take(key).map_or_else(|| self.load(&block).map(Arc::new), Ok)?,
                false => self.cache.get_or_load(key, || self.load(&block))?,
            };
            slice.extend_from(&rows, wanted.start - block.rows.start..wanted.end - block.rows.start);
        }
        Ok(slice)
    }
}
