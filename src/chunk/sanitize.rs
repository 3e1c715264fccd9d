//! Rows in the file's genes made into rows in the schema's genes: drop, zero-fill, reorder, sum, check.

use crate::matrix::{CellBlock, RowSlice};

use super::GeneMap;

/// Rows in schema order, with each cell's total over all its genes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// The file's row number of the first row.
    pub first_cell: usize,
    /// Where each row starts in the other two, and at the end their length.
    pub indptr: Vec<usize>,
    /// Schema columns, ascending within a row.
    pub indices: Vec<u32>,
    /// Counts.
    pub data: Vec<f32>,
    /// Each cell's total over all gene-expression columns of the file, dropped ones too. Summed in `f64`: equal to the
    /// official client's `f32` sum as long as that one is exact (below 2^24).
    pub totals: Vec<f32>,
}

/// Which values are taken for counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuePolicy {
    /// Whole numbers only.
    #[default]
    WholeNumbers,
    /// Any number that is finite and not negative: expected counts, ambient-corrected counts, or on the user's word.
    NonNegative,
}

/// A value that is no count.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// NaN or infinite, or too large for a 32-bit float.
    #[error("cell {cell}, column {gene}: the value is not finite; counts must be finite numbers")]
    NotFinite {
        /// The file's row number, from 0.
        cell: usize,
        /// The file's column number, from 0.
        gene: u32,
    },
    /// Below zero: scaled data as a rule.
    #[error("cell {cell}, column {gene}: {value} is negative; this is no count matrix (scaled data?)")]
    Negative {
        /// The file's row number, from 0.
        cell: usize,
        /// The file's column number, from 0.
        gene: u32,
        /// The value.
        value: f32,
    },
    /// A fraction: normalised or log-transformed data as a rule.
    #[error(
        "cell {cell}, column {gene}: {value} is not a whole number; this is no count matrix (normalised?); \
         choose another with --count-matrix-input, or pass --allow-non-counts"
    )]
    Fractional {
        /// The file's row number, from 0.
        cell: usize,
        /// The file's column number, from 0.
        gene: u32,
        /// The value.
        value: f32,
    },
}

/// Brings rows into schema order.
///
/// # Errors
/// The first value that the policy does not take for a count.
pub fn sanitize(rows: &RowSlice, map: &GeneMap, policy: ValuePolicy) -> Result<Chunk, Error> {
    let mut sanitizer = Sanitizer::new(rows.first_cell, map, policy);
    sanitizer.append(rows)?;
    Ok(sanitizer.finish())
}

/// Brings rows into schema order, a few at a time, so that the rows of a chunk need not all be in memory twice.
pub struct Sanitizer<'a> {
    map: &'a GeneMap,
    policy: ValuePolicy,
    row: RowBuffer,
    chunk: Chunk,
}

impl<'a> Sanitizer<'a> {
    /// Begins a chunk at a row of the file.
    pub fn new(first_cell: usize, map: &'a GeneMap, policy: ValuePolicy) -> Self {
        let chunk = Chunk { first_cell, indptr: vec![0], ..Chunk::default() };
        Self { map, policy, row: RowBuffer::new(map.schema_len()), chunk }
    }

    /// Appends the rows that follow.
    ///
    /// # Errors
    /// The first value that the policy does not take for a count.
    pub fn append(&mut self, rows: &RowSlice) -> Result<(), Error> {
        debug_assert_eq!(rows.first_cell, self.chunk.first_cell + self.chunk.len());
        let Self { map, policy, row, chunk } = self;
        chunk.indices.reserve(rows.indices.len());
        chunk.data.reserve(rows.data.len());
        for (offset, (genes, values)) in rows.iter().enumerate() {
            let mut total = 0.0f64;
            for (&gene, &value) in genes.iter().zip(values) {
                if !map.is_counted(gene) {
                    continue;
                }
                policy.check((rows.first_cell + offset, gene), value)?;
                total += f64::from(value);
                if let Some(target) = map.target(gene) {
                    row.add(target, value);
                }
            }
            row.drain_into(&mut chunk.indices, &mut chunk.data);
            chunk.indptr.push(chunk.indices.len());
            chunk.totals.push(total as f32);
        }
        Ok(())
    }

    /// The chunk.
    pub fn finish(self) -> Chunk {
        self.chunk
    }
}

impl ValuePolicy {
    /// Whether it takes a value for a count.
    pub fn takes(self, value: f32) -> bool {
        match self {
            Self::WholeNumbers => value >= 0.0 && value.fract() == 0.0 && value.is_finite(),
            Self::NonNegative => value >= 0.0 && value.is_finite(),
        }
    }

    /// Checks the value at a row and column of the file.
    ///
    /// # Errors
    /// When it is not taken for a count.
    pub fn check(self, (cell, gene): (usize, u32), value: f32) -> Result<(), Error> {
        if self.takes(value) {
            Ok(())
        } else if !value.is_finite() {
            Err(Error::NotFinite { cell, gene })
        } else if value < 0.0 {
            Err(Error::Negative { cell, gene, value })
        } else {
            Err(Error::Fractional { cell, gene, value })
        }
    }
}

impl Error {
    /// The file's row and column number of the value.
    pub fn place(&self) -> (usize, u32) {
        match *self {
            Self::NotFinite { cell, gene }
            | Self::Negative { cell, gene, .. }
            | Self::Fractional { cell, gene, .. } => (cell, gene),
        }
    }
}

/// One dense row with a bit for each column in use: puts entries in order without a sort and sums repeated ones.
struct RowBuffer {
    values: Vec<f32>,
    used: Vec<u64>,
}

impl RowBuffer {
    fn new(columns: usize) -> Self {
        Self { values: vec![0.0; columns], used: vec![0; columns.div_ceil(64)] }
    }

    fn add(&mut self, column: u32, value: f32) {
        self.values[column as usize] += value;
        self.used[column as usize / 64] |= 1 << (column % 64);
    }

    /// Appends the row's entries in ascending order and leaves the buffer empty.
    fn drain_into(&mut self, indices: &mut Vec<u32>, data: &mut Vec<f32>) {
        for (word, bits) in (0u32..).zip(&mut self.used) {
            while *bits != 0 {
                let column = word * 64 + bits.trailing_zeros();
                *bits &= *bits - 1;
                indices.push(column);
                data.push(std::mem::take(&mut self.values[column as usize]));
            }
        }
    }
}

impl<'a> From<&'a Chunk> for CellBlock<'a> {
    fn from(chunk: &'a Chunk) -> Self {
        Self {
            first_cell: chunk.first_cell,
            indptr: &chunk.indptr,
            indices: &chunk.indices,
            data: &chunk.data,
            totals: &chunk.totals,
        }
    }
}

impl Chunk {
    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.totals.len()
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }

    /// A digest of everything the server computes from: what a resumed run compares with what was sent before.
    pub fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        let mut bytes = Vec::with_capacity(1 << 16);
        let mut feed = |words: &mut dyn Iterator<Item = u32>| {
            for word in words {
                bytes.extend_from_slice(&word.to_le_bytes());
                if bytes.len() >= 1 << 16 {
                    hasher.update(&bytes);
                    bytes.clear();
                }
            }
        };
        feed(&mut self.indptr.iter().map(|&end| end as u32));
        feed(&mut self.indices.iter().copied());
        feed(&mut self.data.iter().map(|value| value.to_bits()));
        feed(&mut self.totals.iter().map(|total| total.to_bits()));
        hasher.update(&bytes);
        hasher.finalize()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::FeatureSchema;

    fn slice(rows: &[Vec<f32>]) -> RowSlice {
        let mut slice = RowSlice { first_cell: 5, indptr: vec![0], ..RowSlice::default() };
        for row in rows {
            for (gene, &value) in (0u32..).zip(row) {
                if value != 0.0 {
                    slice.indices.push(gene);
                    slice.data.push(value);
                }
            }
            slice.indptr.push(slice.indices.len());
        }
        slice
    }

    fn ids(names: &[usize]) -> Vec<String> {
        names.iter().map(|name| format!("ENSG{name:011}")).collect()
    }

    #[test]
    fn what_is_no_count_is_refused_with_its_place() {
        let map = GeneMap::new(&ids(&[0, 1]), None, &FeatureSchema::new("s", ids(&[0])));
        let check = |value: f32, policy| sanitize(&slice(&[vec![1.0, 0.0], vec![1.0, value]]), &map, policy);
        assert_eq!(check(f32::NAN, ValuePolicy::NonNegative), Err(Error::NotFinite { cell: 6, gene: 1 }));
        assert_eq!(check(-1.0, ValuePolicy::NonNegative), Err(Error::Negative { cell: 6, gene: 1, value: -1.0 }));
        assert!(check(0.5, ValuePolicy::WholeNumbers).is_err());
        assert_eq!(check(0.5, ValuePolicy::NonNegative).unwrap().totals, [1.0, 1.5]);
    }

    #[test]
    fn other_features_are_neither_sent_nor_counted() {
        let counted = Some(vec![true, false]);
        let map = GeneMap::new(&ids(&[0, 1]), counted, &FeatureSchema::new("s", ids(&[0, 1])));
        let chunk = sanitize(&slice(&[vec![2.0, 100.0]]), &map, ValuePolicy::WholeNumbers).unwrap();
        assert_eq!((chunk.indices, chunk.totals), (vec![0], vec![2.0]));
    }

    proptest! {
        #[test]
        fn sanitizing_equals_a_dense_oracle(
            rows in prop::collection::vec(prop::collection::vec(0u8..4, 7), 0..9),
            genes in prop::collection::vec(0usize..10, 7),
            schema_genes in prop::sample::subsequence((0..10).collect::<Vec<_>>(), 1..10).prop_shuffle(),
        ) {
            let rows: Vec<Vec<f32>> = rows.into_iter().map(|row| row.into_iter().map(f32::from).collect()).collect();
            let schema = FeatureSchema::new("s", ids(&schema_genes));
            let map = GeneMap::new(&ids(&genes), None, &schema);
            let chunk = sanitize(&slice(&rows), &map, ValuePolicy::WholeNumbers).unwrap();
            for (cell, row) in rows.iter().enumerate() {
                let mut dense = vec![0.0; schema.len()];
                for (gene, value) in genes.iter().zip(row) {
                    if let Some(place) = schema_genes.iter().position(|other| other == gene) {
                        dense[place] += value;
                    }
                }
                let span = chunk.indptr[cell]..chunk.indptr[cell + 1];
                let expected: Vec<_> = (0u32..).zip(&dense).filter(|(_, value)| **value != 0.0).collect();
                let found: Vec<_> = chunk.indices[span.clone()].iter().copied().zip(&chunk.data[span]).collect();
                prop_assert_eq!(found, expected);
                prop_assert_eq!(chunk.totals[cell], row.iter().sum::<f32>());
            }
        }
    }
}
