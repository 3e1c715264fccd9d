//! Buckets of rows in a temporary file. Entries are written column by column and read by ranges of rows. Within a row
//! they keep the order in which they were written.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    files,
    matrix::{
        Error, RowSlice,
        numeric_dataset::cache::{ChunkCache, ChunkKey, Weighed},
    },
};

/// Size of an entry in bytes: row, column and value of 4 bytes each.
const ENTRY: usize = 12;
/// Target number of entries in a bucket.
const BUCKET: u64 = 1 << 20;
/// Maximum number of buckets. Each has a buffer while it is written.
const MAX_BUCKETS: u64 = 512;
/// Size of such a buffer in bytes, which is a multiple of the entry size.
const BUFFER: usize = 5000 * ENTRY;
/// Capacity of the bucket cache in bytes.
const CACHE: usize = 32 << 20;

/// The parts of a bucket in the file, and entries that are not written yet.
#[derive(Default)]
struct Bucket {
    pieces: Vec<Range<u64>>,
    buffer: Vec<u8>,
}

/// A writer of buckets.
pub struct SpillWriter {
    file: File,
    path: PathBuf,
    length: u64,
    rows: usize,
    bucket_rows: usize,
    buckets: Vec<Bucket>,
}

/// A reader of buckets.
pub struct Spill {
    file: Mutex<File>,
    path: PathBuf,
    bucket_rows: usize,
    buckets: Vec<Bucket>,
    rows: usize,
    cache: ChunkCache<RowSlice>,
}

/// Creates a temporary file in a folder, by default the system's.
///
/// The file is unlinked at once if the system allows it, so that it disappears when the process ends for any reason.
/// The path is returned for messages, and to remove the file where an open file cannot be removed.
pub fn temporary_file(folder: Option<&Path>) -> Result<(File, PathBuf), Error> {
    let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
    // The folder may be shared by processes on several machines.
    let path = folder.join(format!(".castui-rows-{}", uuid::Uuid::new_v4().simple()));
    let file = files::create_new(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    // Some systems do not remove an open file; then the owner of the path removes it.
    let _ = fs::remove_file(&path);
    Ok((file, path))
}

impl SpillWriter {
    /// Creates the file in a folder (by default the system's temporary folder), for about `entries` entries. See
    /// `temporary_file`.
    ///
    /// # Errors
    /// Fails if the file cannot be created.
    pub fn create(folder: Option<&Path>, rows: usize, entries: u64) -> Result<Self, Error> {
        let (file, path) = temporary_file(folder)?;
        let wanted = entries.div_ceil(BUCKET).clamp(1, MAX_BUCKETS) as usize;
        let bucket_rows = rows.div_ceil(wanted).max(1);
        let buckets = (0..rows.div_ceil(bucket_rows)).map(|_| Bucket::default()).collect();
        Ok(Self { file, path, length: 0, rows, bucket_rows, buckets })
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn push(&mut self, row: u32, column: u32, value: f32) -> Result<(), Error> {
        let place = row as usize / self.bucket_rows;
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

    /// Writes the remaining entries and returns the reader.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn finish(mut self) -> Result<Spill, Error> {
        for place in 0..self.buckets.len() {
            self.flush(place)?;
            self.buckets[place].buffer = Vec::new();
        }
        let Self { file, path, rows, bucket_rows, buckets, .. } = self;
        Ok(Spill { file: Mutex::new(file), path, bucket_rows, buckets, rows, cache: ChunkCache::new(CACHE) })
    }
}

impl Weighed for RowSlice {
    fn bytes(&self) -> usize {
        size_of_val(&self.indptr[..]) + size_of_val(&self.indices[..]) + size_of_val(&self.data[..])
    }
}

impl Spill {
    /// Returns the ranges of rows of the buckets, in order. Reading a whole bucket at a time needs the least memory.
    pub fn bucket_ranges(&self) -> impl ExactSizeIterator<Item = Range<usize>> {
        (0..self.buckets.len()).map(|place| self.rows_of_bucket(place))
    }

    /// Reads the entries of a range of rows.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub fn rows(&self, rows: Range<usize>) -> Result<RowSlice, Error> {
        let mut slice = RowSlice { first_cell: rows.start, indptr: vec![0], ..RowSlice::default() };
        let mut row = rows.start;
        while row < rows.end {
            let bucket = self.rows_of_bucket(row / self.bucket_rows);
            let end = rows.end.min(bucket.end);
            let entries = self.bucket(&bucket, end)?;
            slice.extend_from(&entries, row - bucket.start..end - bucket.start);
            row = end;
        }
        Ok(slice)
    }

    /// Returns the range of rows of a bucket.
    fn rows_of_bucket(&self, place: usize) -> Range<usize> {
        place * self.bucket_rows..self.rows.min((place + 1) * self.bucket_rows)
    }

    /// Returns the entries of the bucket with these rows. It stays in the cache unless the caller reads it to its end.
    fn bucket(&self, rows: &Range<usize>, end: usize) -> Result<Arc<RowSlice>, Error> {
        let key = ChunkKey { dataset: 0, offset: [rows.start as u64, 0] };
        if end < rows.end {
            return self.cache.get_or_load(key, || self.load(rows));
        }
        self.cache.take(key).map_or_else(|| self.load(rows).map(Arc::new), Ok)
    }

    fn load(&self, rows: &Range<usize>) -> Result<RowSlice, Error> {
        let bytes = self.bytes(rows.start / self.bucket_rows)?;
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

    /// Reads the stored bytes of a bucket.
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
        // The file is almost always unlinked already; a failure cannot be handled here.
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
    fn entries_are_read_by_rows_and_no_file_remains() {
        let folder = tempfile::tempdir().unwrap();
        let (rows, columns) = (1000u32, 300u32);
        // Claiming more entries creates more buckets.
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
