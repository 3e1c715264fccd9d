//! Buckets of rows in one temporary file. Entries come in column by column and go out by ranges of rows; within a row
//! they keep the order in which they came.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crate::matrix::{
    Error, RowSlice,
    stored::cache::{ChunkCache, ChunkKey, Weighed},
};

/// Row, column and value, 4 bytes each.
const ENTRY: usize = 12;
/// Entries a bucket should have.
const BUCKET: u64 = 1 << 20;
/// The most buckets, each of which has a buffer while it is filled.
const MAX_BUCKETS: u64 = 512;
/// Bytes of such a buffer; whole entries.
const BUFFER: usize = 5000 * ENTRY;
/// Bytes of buckets kept for the neighboring windows.
const CACHE: usize = 32 << 20;

/// Where the bytes of a bucket lie in the file.
#[derive(Default)]
struct Bucket {
    pieces: Vec<Range<u64>>,
    buffer: Vec<u8>,
}

/// Fills the buckets.
pub struct SpillWriter {
    file: File,
    path: PathBuf,
    length: u64,
    rows: usize,
    rows_each: usize,
    buckets: Vec<Bucket>,
}

/// Gives rows out of the buckets.
pub struct Spill {
    file: Mutex<File>,
    path: PathBuf,
    rows_each: usize,
    buckets: Vec<Bucket>,
    rows: usize,
    cache: ChunkCache<RowSlice>,
}

impl SpillWriter {
    /// Makes the file for about so many entries in a folder. It has no name any more when this returns (where the
    /// system allows it), so that it is gone with the process, however that ends.
    pub fn create(folder: Option<&Path>, rows: usize, entries: u64) -> Result<Self, Error> {
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        // Processes of several machines may use the folder.
        let path = folder.join(format!(".castui-rows-{}", uuid::Uuid::new_v4().simple()));
        let io = |source| Error::Io { path: path.clone(), source };
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(io)?;
        // Where an open file cannot be removed, dropping `Spill` does it.
        let _ = fs::remove_file(&path);
        let wanted = entries.div_ceil(BUCKET).clamp(1, MAX_BUCKETS) as usize;
        let rows_each = rows.div_ceil(wanted).max(1);
        let buckets = (0..rows.div_ceil(rows_each)).map(|_| Bucket::default()).collect();
        Ok(Self { file, path, length: 0, rows, rows_each, buckets })
    }

    /// Adds an entry.
    pub fn push(&mut self, row: u32, column: u32, value: f32) -> Result<(), Error> {
        let place = row as usize / self.rows_each;
        let buffer = &mut self.buckets[place].buffer;
        buffer.extend_from_slice(&row.to_ne_bytes());
        buffer.extend_from_slice(&column.to_ne_bytes());
        buffer.extend_from_slice(&value.to_ne_bytes());
        if buffer.len() >= BUFFER { self.flush(place) } else { Ok(()) }
    }

    fn flush(&mut self, place: usize) -> Result<(), Error> {
        let bucket = &mut self.buckets[place];
        let written = self.file.write_all(&bucket.buffer);
        written.map_err(|source| Error::Io { path: self.path.clone(), source })?;
        let end = self.length + bucket.buffer.len() as u64;
        bucket.pieces.push(self.length..end);
        bucket.buffer.clear();
        self.length = end;
        Ok(())
    }

    /// Writes what is left and turns to reading.
    pub fn finish(mut self) -> Result<Spill, Error> {
        for place in 0..self.buckets.len() {
            self.flush(place)?;
            self.buckets[place].buffer = Vec::new();
        }
        let Self { file, path, rows, rows_each, buckets, .. } = self;
        Ok(Spill { file: Mutex::new(file), path, rows_each, buckets, rows, cache: ChunkCache::new(CACHE) })
    }
}

impl Weighed for RowSlice {
    fn bytes(&self) -> usize {
        size_of_val(&self.indptr[..]) + size_of_val(&self.indices[..]) + size_of_val(&self.data[..])
    }
}

impl Spill {
    /// The entries of a range of rows.
    pub fn rows(&self, rows: Range<usize>) -> Result<RowSlice, Error> {
        let mut slice = RowSlice { first_cell: rows.start, indptr: vec![0], ..RowSlice::default() };
        let mut row = rows.start;
        while row < rows.end {
            let bucket = self.bucket_rows(row / self.rows_each);
            let end = rows.end.min(bucket.end);
            let entries = self.bucket(&bucket, end)?;
            slice.extend_from(&entries, row - bucket.start..end - bucket.start);
            row = end;
        }
        Ok(slice)
    }

    /// The rows of a bucket.
    fn bucket_rows(&self, place: usize) -> Range<usize> {
        place * self.rows_each..self.rows.min((place + 1) * self.rows_each)
    }

    /// The entries of the bucket of these rows, which neighboring windows share: one that reads to its end is the last.
    fn bucket(&self, rows: &Range<usize>, end: usize) -> Result<Arc<RowSlice>, Error> {
        let key = ChunkKey { dataset: 0, offset: [rows.start as u64, 0] };
        if end < rows.end {
            return self.cache.get_or_load(key, || self.load(rows));
        }
        self.cache.take(key).map_or_else(|| self.load(rows).map(Arc::new), Ok)
    }

    fn load(&self, rows: &Range<usize>) -> Result<RowSlice, Error> {
        let bytes = self.bytes(rows.start / self.rows_each)?;
        let entries = || bytes.as_chunks::<ENTRY>().0.iter().map(decode);
        let mut indptr = vec![0; rows.len() + 1];
        entries().for_each(|(row, ..)| indptr[row - rows.start + 1] += 1);
        for row in 1..indptr.len() {
            indptr[row] += indptr[row - 1];
        }
        let count = indptr[rows.len()];
        let (mut indices, mut data, mut next) = (vec![0; count], vec![0.0; count], indptr.clone());
        for (row, column, value) in entries() {
            let place = &mut next[row - rows.start];
            (indices[*place], data[*place]) = (column, value);
            *place += 1;
        }
        Ok(RowSlice { first_cell: rows.start, indptr, indices, data })
    }

    /// What was written of a bucket.
    fn bytes(&self, place: usize) -> Result<Vec<u8>, Error> {
        let io = |source| Error::Io { path: self.path.clone(), source };
        let pieces = &self.buckets[place].pieces;
        let mut bytes = Vec::with_capacity(pieces.iter().map(|piece| (piece.end - piece.start) as usize).sum());
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in pieces {
            file.seek(SeekFrom::Start(piece.start)).map_err(io)?;
            (&mut *file).take(piece.end - piece.start).read_to_end(&mut bytes).map_err(io)?;
        }
        Ok(bytes)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // Almost always gone already; if the system refuses, there is nothing to be done about it here.
        let _ = fs::remove_file(&self.path);
    }
}

fn decode(entry: &[u8; ENTRY]) -> (usize, u32, f32) {
    let word = |from: usize| [entry[from], entry[from + 1], entry[from + 2], entry[from + 3]];
    (u32::from_ne_bytes(word(0)) as usize, u32::from_ne_bytes(word(4)), f32::from_ne_bytes(word(8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_by_rows_and_the_folder_stays_clean() {
        let folder = tempfile::tempdir().unwrap();
        let (rows, columns) = (1000u32, 300u32);
        // Pretending that there are many entries makes many buckets.
        let mut writer = SpillWriter::create(Some(folder.path()), rows as usize, 30 * BUCKET).unwrap();
        let value = |row: u32, column: u32| (row * 7 + column * 13) % 5;
        for column in 0..columns {
            for row in 0..rows {
                if value(row, column) != 0 {
                    writer.push(row, column, value(row, column) as f32).unwrap();
                }
            }
        }
        let spill = writer.finish().unwrap();
        assert!(spill.buckets.len() > 20);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        for range in [0..1000, 0..0, 33..34, 30..70, 999..1000] {
            let slice = spill.rows(range.clone()).unwrap();
            for (row, (indices, data)) in range.zip(slice.iter()) {
                let expected: Vec<u32> = (0..columns).filter(|&column| value(row as u32, column) != 0).collect();
                assert_eq!(indices, expected);
                assert!(indices.iter().zip(data).all(|(&column, &v)| v == value(row as u32, column) as f32));
            }
        }
    }
}
