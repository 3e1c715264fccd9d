//! Sparse matrices in compressed form, and the reader of those compressed by rows (CSR).
//!
//! The major axis is the one that is compressed: rows in CSR, columns in CSC. 10x files are read as CSR: they store
//! features × cells compressed by columns, which is the same as cells × features compressed by rows.

use std::{ops::Range, sync::Arc};

use super::{
    Error, RowSlice, RowSource,
    error::{Location, SparseProblem},
    numeric_dataset::{NumericDataset, cache::ChunkCache},
    tree::File,
};

/// Maximum number of entries of a row or column, as a multiple of its length (repeated entries are summed).
const MAX_REPEATS: u64 = 2;
/// Maximum length of the major axis.
const MAX_MAJOR: u64 = 50_000_000;

/// The three arrays of a sparse matrix. `indptr` has been checked: it ascends from 0 to the number of entries.
pub struct Compressed {
    /// The start of each row (or column, in CSC) in the other two arrays, followed by the number of entries.
    pub indptr: Vec<u64>,
    /// The index of each entry along the minor axis.
    pub indices: NumericDataset,
    /// The value of each entry.
    pub data: NumericDataset,
    /// Length of the minor axis.
    pub minor: usize,
}

/// The dimensions of a compressed matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MajorMinor {
    /// Length of the compressed axis: the number of rows in CSR, of columns in CSC.
    pub major: usize,
    /// Length of the other axis.
    pub minor: usize,
}

impl Compressed {
    /// Opens the group of `indptr`, `indices` and `data`, and reads and checks `indptr`.
    pub fn open(file: &Arc<File>, at: &Location, axes: MajorMinor, cache: &Arc<ChunkCache>) -> Result<Self, Error> {
        let offsets = NumericDataset::open(file, &at.join("indptr"), cache)?;
        let (indices, data) = (
            NumericDataset::open(file, &at.join("indices"), cache)?,
            NumericDataset::open(file, &at.join("data"), cache)?,
        );
        let length = offsets.len()?;
        if length != axes.major as u64 + 1 || length > MAX_MAJOR + 1 {
            let expected = format!("{} offsets are needed for {} rows or columns", axes.major + 1, axes.major);
            return Err(Error::Shape { at: offsets.at().clone(), found: vec![length], expected });
        }
        let mut indptr = Vec::new();
        offsets.read(0..length, &mut indptr)?;
        check_offsets(&indptr, axes.minor as u64, indices.len()?, data.len()?)
            .map_err(|problem| Error::Sparse { at: offsets.at().clone(), problem })?;
        Ok(Self { indptr, indices, data, minor: axes.minor })
    }

    /// Returns the number of entries.
    pub fn entry_count(&self) -> u64 {
        self.indptr.last().copied().unwrap_or(0)
    }

    /// Reads a range of entries in the order of the file: indices, which are checked, and values.
    pub fn read(&self, entries: Range<u64>) -> Result<(Vec<u32>, Vec<f32>), Error> {
        let (mut indices, mut data) = (Vec::new(), Vec::new());
        self.indices.read(entries.clone(), &mut indices)?;
        self.data.read(entries, &mut data)?;
        let largest = indices.iter().fold(0, |largest: u32, &index| largest.max(index));
        if !indices.is_empty() && largest as usize >= self.minor {
            let problem = SparseProblem::IndexOutOfRange { index: u64::from(largest), limit: self.minor as u64 };
            return Err(Error::Sparse { at: self.indices.at().clone(), problem });
        }
        Ok((indices, data))
    }
}

fn check_offsets(indptr: &[u64], minor: u64, indices: u64, data: u64) -> Result<(), SparseProblem> {
    let (first, last) = (indptr.first().copied().unwrap_or(0), indptr.last().copied().unwrap_or(0));
    if first != 0 {
        return Err(SparseProblem::FirstOffset(first));
    }
    if let Some(line) = indptr.windows(2).position(|pair| pair[1] < pair[0]) {
        return Err(SparseProblem::OffsetsDescend(line + 1));
    }
    if last != indices || last != data {
        return Err(SparseProblem::LastOffset { last, indices, data });
    }
    let limit = minor.saturating_mul(MAX_REPEATS);
    match indptr.windows(2).position(|pair| pair[1] - pair[0] > limit) {
        Some(major) => {
            Err(SparseProblem::TooManyEntries { major, entries: indptr[major + 1] - indptr[major], length: minor })
        }
        None => Ok(()),
    }
}

/// A matrix compressed by rows (CSR).
pub struct Csr(pub Compressed);

impl RowSource for Csr {
    fn cell_count(&self) -> usize {
        self.0.indptr.len() - 1
    }

    fn gene_count(&self) -> usize {
        self.0.minor
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let offsets = &self.0.indptr[cells.start..=cells.end];
        let first = offsets[0];
        let (indices, data) = self.0.read(first..offsets[offsets.len() - 1])?;
        let indptr = offsets.iter().map(|offset| (offset - first) as usize).collect();
        Ok(tidied(RowSlice { first_cell: cells.start, indptr, indices, data }))
    }

    fn values(&self, cells: Range<usize>) -> Result<Vec<f32>, Error> {
        let mut values = Vec::new();
        self.0.data.read(self.0.indptr[cells.start]..self.0.indptr[cells.end], &mut values)?;
        Ok(values)
    }
}

/// Makes the indices of each row strictly ascending: sorts them, sums repeated entries and drops zeros.
pub fn tidied(slice: RowSlice) -> RowSlice {
    let is_tidy = slice.iter().all(|(indices, _)| ascend(indices));
    if is_tidy && slice.data.iter().fold(true, |tidy, &value| tidy & (value != 0.0)) {
        return slice;
    }
    let mut tidy = RowSlice { first_cell: slice.first_cell, indptr: vec![0], indices: Vec::new(), data: Vec::new() };
    let mut row: Vec<(u32, f32)> = Vec::new();
    for (indices, data) in slice.iter() {
        row.clear();
        row.extend(indices.iter().copied().zip(data.iter().copied()));
        row.sort_by_key(|&(index, _)| index);
        row.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        row.retain(|&(_, value)| value != 0.0);
        tidy.indices.extend(row.iter().map(|&(index, _)| index));
        tidy.data.extend(row.iter().map(|&(_, value)| value));
        tidy.indptr.push(tidy.indices.len());
    }
    tidy
}

/// Returns whether the indices ascend strictly. The loop has no early exit, so that it can be vectorized.
fn ascend(indices: &[u32]) -> bool {
    let next = indices.get(1..).unwrap_or_default();
    indices.iter().zip(next).fold(true, |ascending, (a, b)| ascending & (a < b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsorted_rows_are_sorted_duplicates_summed_and_zeros_dropped() {
        let slice = RowSlice {
            first_cell: 7,
            indptr: vec![0, 4, 4, 6],
            indices: vec![3, 1, 3, 2, 5, 5],
            data: vec![1.0, 2.0, 4.0, 0.0, 1.0, -1.0],
        };
        let tidy = tidied(slice);
        let rows: Vec<_> = tidy.iter().collect();
        assert_eq!(rows, [(&[1, 3][..], &[2.0, 5.0][..]), (&[], &[]), (&[], &[])]);
        assert_eq!(tidy.first_cell, 7);
    }

    #[test]
    fn offsets_that_contradict_the_entries_are_refused() {
        assert_eq!(check_offsets(&[0, 2, 5], 3, 5, 5), Ok(()));
        assert_eq!(check_offsets(&[1, 2, 5], 3, 5, 5), Err(SparseProblem::FirstOffset(1)));
        assert_eq!(check_offsets(&[0, 6, 5], 3, 5, 5), Err(SparseProblem::OffsetsDescend(2)));
        assert!(matches!(check_offsets(&[0, 2, 4], 3, 5, 5), Err(SparseProblem::LastOffset { .. })));
        assert!(matches!(check_offsets(&[0, 0, 50], 3, 50, 50), Err(SparseProblem::TooManyEntries { major: 1, .. })));
    }
}
