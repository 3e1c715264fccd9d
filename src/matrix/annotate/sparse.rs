//! Writer of a sparse matrix in obsm, row by row. Shuffling and deflating run on the caller's thread.

use super::AnnotatedCopy;
use crate::matrix::{
    Error,
    h5::{
        Handle,
        make::{DatasetSpec, Kind, NewDataset, Storage},
    },
    hdf5_thread,
    write::deflate,
};

/// Number of elements in a storage chunk.
pub(super) const CHUNK: usize = 1 << 16;

/// A sparse matrix to which rows are being appended.
pub struct SparseRows<'a> {
    copy: &'a AnnotatedCopy,
    object: String,
    group: Handle,
    data: NewDataset,
    indices: NewDataset,
    waiting: (Vec<f64>, Vec<u32>),
    written: usize,
    indptr: Vec<i64>,
}

impl<'a> SparseRows<'a> {
    pub(super) fn create(copy: &'a AnnotatedCopy, object: &str, group: Handle) -> Option<Self> {
        let growing = |name, kind| {
            hdf5_thread::run(|| {
                NewDataset::create(
                    &group,
                    name,
                    DatasetSpec { kind, length: 0, storage: Storage::Growing { chunk: CHUNK } },
                )
            })
        };
        Some(Self {
            copy,
            object: object.to_owned(),
            data: growing(c"data", Kind::Float64)?,
            indices: growing(c"indices", Kind::Int32)?,
            group,
            waiting: (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK)),
            written: 0,
            indptr: vec![0],
        })
    }
}

impl SparseRows<'_> {
    /// Appends a row: pairs of column number and value, in ascending column order.
    ///
    /// # Errors
    /// Fails if the row cannot be written, for example because the disk is full.
    pub fn append(&mut self, columns: impl IntoIterator<Item = (u32, f64)>) -> Result<(), Error> {
        for (column, value) in columns {
            self.waiting.0.push(value);
            self.waiting.1.push(column);
            if self.waiting.0.len() == CHUNK {
                self.flush().ok_or_else(|| self.copy.failed(&self.object))?;
            }
        }
        self.indptr.push((self.written + self.waiting.0.len()) as i64);
        Ok(())
    }

    /// Returns the number of rows appended so far.
    pub fn rows(&self) -> usize {
        self.indptr.len() - 1
    }

    /// Writes the remaining entries and the offsets. Rows that were not appended are empty.
    ///
    /// # Errors
    /// Fails if the matrix cannot be written.
    pub fn finish(mut self) -> Result<(), Error> {
        let last = self.indptr.last().copied().unwrap_or(0);
        self.indptr.resize(self.copy.cells + 1, last);
        let finished = self.flush().and_then(|()| hdf5_thread::run(|| offsets(&self.group, &self.indptr)));
        finished.ok_or_else(|| self.copy.failed(&self.object))
    }

    fn flush(&mut self) -> Option<()> {
        let (values, columns) = &mut self.waiting;
        if values.is_empty() {
            return Some(());
        }
        let data = deflate::filter_bytes(&shuffled(values, CHUNK));
        let indices = deflate::filter_words(columns, CHUNK);
        let (start, end) = (self.written, self.written + values.len());
        hdf5_thread::run(|| {
            self.data.extend_to(end)?;
            self.data.write_chunk(start, &data)?;
            self.indices.extend_to(end)?;
            self.indices.write_chunk(start, &indices)
        })?;
        values.clear();
        columns.clear();
        self.written = end;
        Some(())
    }
}

/// Applies HDF5's shuffle filter (all first bytes, then all second bytes, and so on), and pads with zeros to a chunk.
pub(super) fn shuffled(values: &[f64], chunk: usize) -> Vec<u8> {
    let mut planes = vec![0; chunk * size_of::<f64>()];
    for (place, value) in values.iter().enumerate() {
        for (plane, byte) in value.to_le_bytes().into_iter().enumerate() {
            planes[plane * chunk + place] = byte;
        }
    }
    planes
}

/// Writes `indptr`, as 32-bit numbers if they fit: scipy expects the same width as for the indices.
fn offsets(group: &Handle, indptr: &[i64]) -> Option<()> {
    let narrow: Option<Vec<i32>> = indptr.iter().map(|offset| i32::try_from(*offset).ok()).collect();
    let (kind, bytes) = match narrow {
        Some(narrow) => (Kind::Int32, narrow.iter().flat_map(|offset| offset.to_ne_bytes()).collect::<Vec<u8>>()),
        None => (Kind::Int64, indptr.iter().flat_map(|offset| offset.to_ne_bytes()).collect()),
    };
    NewDataset::create(group, c"indptr", DatasetSpec { kind, length: indptr.len(), storage: Storage::Contiguous })?
        .write_all(&bytes)
}
