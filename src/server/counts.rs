//! The packed counts of a reference. In: windows of rows. Out: log-normalized rows, decoded one at a time.
//!
//! An entry is two varints: the distance from the previous gene, and the count. This takes two to three bytes, a
//! quarter of the size of index and value. 100,000 cells with 2,600 genes each fit into 600 MB.

use std::ops::Range;

use crate::matrix::{RowSlice, RowSource};

use super::Error;

/// The total that every cell is scaled to before the logarithm.
pub const TARGET_TOTAL: f64 = 10_000.0;

/// The number of rows read at a time.
const WINDOW: usize = 2048;

/// Counts up to this one are the most frequent; their logarithms are computed once per cell.
const SMALL_COUNTS: usize = 16;

/// Counts, cells × genes.
#[derive(Clone, Debug)]
pub struct PackedCounts {
    gene_count: usize,
    bytes: Vec<u8>,
    starts: Vec<usize>,
    totals: Vec<f64>,
}

impl PackedCounts {
    /// Reads a whole matrix, one window at a time.
    ///
    /// # Errors
    /// Fails if the matrix cannot be read, or with [`Error::NotACount`] at the first entry that is not a whole number
    /// ≥ 0.
    pub fn read(source: &dyn RowSource) -> Result<Self, Error> {
        let mut counts =
            Self { gene_count: source.gene_count(), bytes: Vec::new(), starts: vec![0], totals: Vec::new() };
        for window in windows(source.cell_count()) {
            counts.append(&source.rows(window)?)?;
        }
        counts.bytes.shrink_to_fit();
        Ok(counts)
    }

    fn append(&mut self, slice: &RowSlice) -> Result<(), Error> {
        for (row, (genes, values)) in slice.iter().enumerate() {
            let mut total = 0.0;
            let mut before = 0;
            for (&gene, &value) in genes.iter().zip(values) {
                let count = whole(value).ok_or(Error::NotACount { cell: slice.first_cell + row, value })?;
                total += f64::from(value);
                push_varint(&mut self.bytes, u64::from(gene - before));
                push_varint(&mut self.bytes, count);
                before = gene;
            }
            self.starts.push(self.bytes.len());
            self.totals.push(total);
        }
        Ok(())
    }

    /// Returns the number of cells.
    pub fn cell_count(&self) -> usize {
        self.totals.len()
    }

    /// Returns the number of genes.
    pub fn gene_count(&self) -> usize {
        self.gene_count
    }

    /// Returns the sum of each cell's counts.
    pub fn totals(&self) -> &[f64] {
        &self.totals
    }

    /// Replaces the content of `row` with a cell's genes and log-normalized values.
    pub fn decode(&self, cell: usize, row: &mut Vec<(u32, f32)>) {
        row.clear();
        let scale = scale(self.totals[cell]);
        let small: [f32; SMALL_COUNTS + 1] = std::array::from_fn(|count| log_normalized(count as f64, scale));
        let mut bytes = &self.bytes[self.starts[cell]..self.starts[cell + 1]];
        let mut gene = 0;
        while !bytes.is_empty() {
            gene += take_varint(&mut bytes) as u32;
            let count = take_varint(&mut bytes);
            let value = small.get(count as usize).copied().unwrap_or_else(|| log_normalized(count as f64, scale));
            row.push((gene, value));
        }
    }
}

/// Returns consecutive windows that cover `rows` rows.
pub fn windows(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(WINDOW).map(move |first| first..rows.min(first + WINDOW))
}

/// Returns the factor for the counts of a cell with this total; 0 for a cell without counts.
pub fn scale(total: f64) -> f64 {
    if total > 0.0 { TARGET_TOTAL / total } else { 0.0 }
}

/// Returns `ln(1 + count · scale)`.
pub fn log_normalized(count: f64, scale: f64) -> f32 {
    (count * scale).ln_1p() as f32
}

/// Returns the value as a count; `None` if it is not a count. Values above 2^53 are refused because not every whole
/// number in that range is a float.
fn whole(value: f32) -> Option<u64> {
    const MAX_EXACT: f32 = (1u64 << 53) as f32;
    (value.fract() == 0.0 && (0.0..=MAX_EXACT).contains(&value)).then_some(value as u64)
}

fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    let mut shift = 0;
    while let [byte, rest @ ..] = *bytes {
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::fake::FakeCounts;

    #[test]
    fn decoded_rows_are_log_normalized() {
        let source = FakeCounts::dense(&[vec![1.0, 0.0, 300.0, 16.0], vec![0.0; 4], vec![0.0, 0.0, 0.0, 70_000.0]]);
        let counts = PackedCounts::read(&source).unwrap();
        assert_eq!(counts.totals(), [317.0, 0.0, 70_000.0]);
        let mut row = Vec::new();
        counts.decode(0, &mut row);
        let expected = |count: f64| (count * 10_000.0 / 317.0).ln_1p();
        for ((gene, value), (expected_gene, count)) in row.iter().zip([(0, 1.0), (2, 300.0), (3, 16.0)]) {
            assert_eq!(*gene, expected_gene);
            assert!((f64::from(*value) - expected(count)).abs() < 1e-6);
        }
        counts.decode(1, &mut row);
        assert!(row.is_empty());
        counts.decode(2, &mut row);
        assert_eq!(row, [(3, 10_000f64.ln_1p() as f32)]);
    }

    #[test]
    fn a_value_that_is_not_a_count_is_refused_with_its_position() {
        for value in [0.5, -1.0, f32::NAN, f32::INFINITY] {
            let source = FakeCounts::dense(&[vec![1.0, 2.0], vec![0.0, value]]);
            let error = PackedCounts::read(&source).unwrap_err();
            assert!(matches!(error, Error::NotACount { cell: 1, .. }), "{error}");
        }
    }
}
