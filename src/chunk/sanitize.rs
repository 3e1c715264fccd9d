//! Conversion of rows from the file's genes to the schema's genes: drops extra genes, fills in zeros, reorders, sums
//! duplicates and checks values.

use crate::matrix::{CellBlock, RowSlice};

use super::GeneMap;

/// Rows in schema order, with the total of each cell over all genes of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// Row number of the first cell in the file.
    pub first_cell: usize,
    /// The start of each row in `indices` and `data`, followed by their length.
    pub indptr: Vec<usize>,
    /// Schema columns, ascending within a row.
    pub indices: Vec<u32>,
    /// Counts.
    pub data: Vec<f32>,
    /// The total of each cell over all gene-expression columns of the file, including dropped ones. It is summed in
    /// `f64`, and equals the official client's `f32` sum as long as that is exact (below 2^24).
    pub totals: Vec<f32>,
}

/// The values that are accepted as counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuePolicy {
    /// Whole numbers; values within the rounding error of `f32` are rounded.
    #[default]
    WholeNumbers,
    /// All finite numbers that are not negative, such as expected or ambient-corrected counts. The user has to allow
    /// them.
    NonNegative,
}

/// An error for a value that is not a count.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The value is NaN or infinite, or exceeds the range of a 32-bit float.
    #[error("the value in row {cell}, column {gene} is NaN or infinite; counts are finite numbers")]
    NotFinite {
        /// Row number in the file, from 0.
        cell: usize,
        /// Column number in the file, from 0.
        gene: u32,
    },
    /// The value is negative. This is typical of scaled data.
    #[error("the value in row {cell}, column {gene} is {value}; counts are not negative (is the matrix scaled?)")]
    Negative {
        /// Row number in the file, from 0.
        cell: usize,
        /// Column number in the file, from 0.
        gene: u32,
        /// The value.
        value: f32,
    },
    /// The value is a fraction. This is typical of normalized or log-transformed data.
    #[error(
        "the value in row {cell}, column {gene} is {value}, not a whole number (is the matrix normalized?); \
         choose another matrix with --count-matrix-input, or send corrected counts with --allow-non-counts"
    )]
    Fractional {
        /// Row number in the file, from 0.
        cell: usize,
        /// Column number in the file, from 0.
        gene: u32,
        /// The value.
        value: f32,
    },
}

/// Converts rows to schema order.
///
/// # Errors
/// Returns the first value that the policy does not accept as a count.
pub fn sanitize(rows: &RowSlice, map: &GeneMap, policy: ValuePolicy) -> Result<Chunk, Error> {
    let mut sanitizer = Sanitizer::new(rows.first_cell, map, policy);
    sanitizer.append(rows)?;
    Ok(sanitizer.finish())
}

/// A converter of rows to schema order, a few at a time, so that the rows of a chunk need not be in memory twice.
pub struct Sanitizer<'a> {
    map: &'a GeneMap,
    policy: ValuePolicy,
    row: RowBuffer,
    chunk: Chunk,
}

impl<'a> Sanitizer<'a> {
    /// Starts a chunk at a row of the file.
    pub fn new(first_cell: usize, map: &'a GeneMap, policy: ValuePolicy) -> Self {
        let chunk = Chunk { first_cell, indptr: vec![0], ..Chunk::default() };
        Self { map, policy, row: RowBuffer::new(map.schema_len()), chunk }
    }

    /// Appends the next rows.
    ///
    /// # Errors
    /// Returns the first value that the policy does not accept as a count.
    pub fn append(&mut self, rows: &RowSlice) -> Result<(), Error> {
        debug_assert_eq!(rows.first_cell, self.chunk.first_cell + self.chunk.len());
        let Self { map, policy, row, chunk } = self;
        chunk.indices.reserve(rows.indices.len());
        chunk.data.reserve(rows.data.len());
        for (cell, (genes, values)) in (rows.first_cell..).zip(rows.iter()) {
            let total = if map.counts_all() && policy.accepts_all_unchanged(values) {
                for (&gene, &value) in genes.iter().zip(values) {
                    row.add(map.slot(gene), value);
                }
                total(values)
            } else {
                let mut total = 0.0;
                for (&gene, &value) in genes.iter().zip(values).filter(|(gene, _)| map.is_counted(**gene)) {
                    let count = policy.count(value, cell, gene)?;
                    row.add(map.slot(gene), count);
                    total += f64::from(count);
                }
                total
            };
            row.drain_into(genes.len(), &mut chunk.indices, &mut chunk.data);
            chunk.indptr.push(chunk.indices.len());
            chunk.totals.push(total as f32);
        }
        Ok(())
    }

    /// Returns the rows converted so far.
    pub fn rows(&self) -> &Chunk {
        &self.chunk
    }

    /// Removes the rows converted so far and continues with the next row, reusing the memory.
    pub fn clear(&mut self) {
        let Chunk { first_cell, indptr, indices, data, totals } = &mut self.chunk;
        *first_cell += totals.len();
        indptr.truncate(1);
        indices.clear();
        data.clear();
        totals.clear();
    }

    /// Returns the chunk.
    pub fn finish(self) -> Chunk {
        self.chunk
    }
}

/// Sums values with eight accumulators, which can be vectorized. The result is exact for counts, in any order.
pub fn total(values: &[f32]) -> f64 {
    let (blocks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0f64; 8];
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    let rest = rest.iter().map(|&value| f64::from(value));
    // The sum of an empty iterator would be -0.0.
    sums.iter().copied().chain(rest).fold(0.0, |sum, value| sum + value)
}

/// Maximum distance from a whole number, relative to the value. Taking a logarithm in `f32` and reverting it results in
/// an error of about 1e-6.
const FLOAT_ERROR: f64 = 1e-5;
/// Maximum absolute distance from a whole number. With a larger limit, a fifth of all fractions would pass by chance.
const MAX_ERROR: f64 = 0.1;

/// Returns the count nearest to a value if the difference is within the rounding error of `f32`. Values below one are
/// never rounded to a count.
pub fn nearest_count(value: f32) -> Option<f32> {
    let whole = value.round();
    let error = (f64::from(value) - f64::from(whole)).abs();
    let is_near = whole >= 1.0 && error <= (FLOAT_ERROR * f64::from(whole)).min(MAX_ERROR);
    (is_near && whole.is_finite()).then_some(whole)
}

impl ValuePolicy {
    /// Returns whether a value is accepted as a count.
    pub fn accepts(self, value: f32) -> bool {
        self.count_of(value).is_some()
    }

    /// Returns whether all values are accepted as counts.
    pub fn accepts_all(self, values: &[f32]) -> bool {
        self.accepts_all_unchanged(values) || values.iter().all(|&value| self.accepts(value))
    }

    /// Returns whether all values are known to be counts without rounding. The check is vectorized, and does not
    /// recognize whole numbers above 2^23.
    pub fn accepts_all_unchanged(self, values: &[f32]) -> bool {
        /// All `f32` above 2^23 are whole numbers. Adding this number to a smaller one rounds that to a whole number.
        const WHOLE: f32 = 8_388_608.0;
        let is_fine = |&value: &f32| match self {
            Self::WholeNumbers => (0.0..=WHOLE).contains(&value) & ((value + WHOLE) - WHOLE == value),
            Self::NonNegative => (0.0..=f32::MAX).contains(&value),
        };
        // The loop has no early exit, so that it can be vectorized.
        values.iter().fold(true, |fine, value| fine & is_fine(value))
    }

    fn count_of(self, value: f32) -> Option<f32> {
        let is_positive = value >= 0.0 && value.is_finite();
        match self {
            Self::WholeNumbers if value.fract() != 0.0 => nearest_count(value),
            Self::WholeNumbers | Self::NonNegative => is_positive.then_some(value),
        }
    }

    /// Returns the count for a value at a row and column of the file.
    ///
    /// # Errors
    /// Fails if the value is not accepted as a count.
    pub fn count(self, value: f32, cell: usize, gene: u32) -> Result<f32, Error> {
        match self.count_of(value) {
            Some(count) => Ok(count),
            None if !value.is_finite() => Err(Error::NotFinite { cell, gene }),
            None if value < 0.0 => Err(Error::Negative { cell, gene, value }),
            None => Err(Error::Fractional { cell, gene, value }),
        }
    }
}

impl Error {
    /// Returns the row and column number of the value in the file.
    pub fn place(&self) -> (usize, u32) {
        match *self {
            Self::NotFinite { cell, gene }
            | Self::Negative { cell, gene, .. }
            | Self::Fractional { cell, gene, .. } => (cell, gene),
        }
    }
}

/// A dense row with a bit for each used column, which sorts entries and sums duplicates. Genes that are not in the
/// schema are collected in an additional slot at the end and discarded.
struct RowBuffer {
    values: Vec<f32>,
    used: Vec<u64>,
}

impl RowBuffer {
    fn new(columns: usize) -> Self {
        Self { values: vec![0.0; columns + 1], used: vec![0; columns / 64 + 1] }
    }

    fn add(&mut self, slot: u32, value: f32) {
        self.values[slot as usize] += value;
        self.used[slot as usize / 64] |= 1 << (slot % 64);
    }

    /// Appends the entries of the row, at most `most`, in ascending order and clears the buffer.
    fn drain_into(&mut self, most: usize, indices: &mut Vec<u32>, data: &mut Vec<f32>) {
        let columns = self.values.len() - 1;
        self.used[columns / 64] &= !(1 << (columns % 64));
        self.values[columns] = 0.0;
        let start = indices.len();
        indices.resize(start + most, 0);
        data.resize(start + most, 0.0);
        let mut places = indices[start..].iter_mut().zip(&mut data[start..]);
        let mut count = 0;
        for (word, bits) in (0u32..).zip(&mut self.used) {
            while *bits != 0 {
                let column = word * 64 + bits.trailing_zeros();
                *bits &= *bits - 1;
                let Some((index, value)) = places.next() else { return };
                *index = column;
                *value = std::mem::take(&mut self.values[column as usize]);
                count += 1;
            }
        }
        indices.truncate(start + count);
        data.truncate(start + count);
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
    /// Returns the number of cells.
    pub fn len(&self) -> usize {
        self.totals.len()
    }

    /// Returns whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{domain::FeatureSchema, matrix::FeatureKinds};

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
    fn values_that_are_not_counts_are_refused_with_their_position() {
        let map = GeneMap::new(&ids(&[0, 1]), &FeatureKinds::default(), &FeatureSchema::new("s", ids(&[0])));
        let check = |value: f32, policy| sanitize(&slice(&[vec![1.0, 0.0], vec![1.0, value]]), &map, policy);
        assert_eq!(check(f32::NAN, ValuePolicy::NonNegative), Err(Error::NotFinite { cell: 6, gene: 1 }));
        assert_eq!(check(-1.0, ValuePolicy::NonNegative), Err(Error::Negative { cell: 6, gene: 1, value: -1.0 }));
        assert!(check(0.5, ValuePolicy::WholeNumbers).is_err());
        assert_eq!(check(0.5, ValuePolicy::NonNegative).unwrap().totals, [1.0, 1.5]);
    }

    #[test]
    fn other_features_are_neither_sent_nor_counted() {
        let kinds = FeatureKinds::of_types(&["RNA".into(), "ADT".into()]);
        let map = GeneMap::new(&ids(&[0, 1]), &kinds, &FeatureSchema::new("s", ids(&[0, 1])));
        let chunk = sanitize(&slice(&[vec![2.0, 100.0]]), &map, ValuePolicy::WholeNumbers).unwrap();
        assert_eq!((chunk.indices, chunk.totals), (vec![0], vec![2.0]));
    }

    #[test]
    fn the_total_of_an_empty_cell_is_positive_zero() {
        for kinds in [FeatureKinds::default(), FeatureKinds::of_types(&["RNA".into(), "ADT".into()])] {
            let map = GeneMap::new(&ids(&[0, 1]), &kinds, &FeatureSchema::new("s", ids(&[0, 1])));
            for policy in [ValuePolicy::WholeNumbers, ValuePolicy::NonNegative] {
                let totals = sanitize(&slice(&[vec![0.0, 0.0], vec![0.0, 3.0]]), &map, policy).unwrap().totals;
                assert_eq!(totals[0].to_bits(), 0.0f32.to_bits());
                assert!(totals[1].is_sign_positive());
            }
        }
    }

    #[test]
    fn values_within_the_rounding_error_are_rounded_and_corrected_counts_are_refused() {
        let map = GeneMap::new(&ids(&[0, 1]), &FeatureKinds::default(), &FeatureSchema::new("s", ids(&[0, 1])));
        let sanitized = |values: [f32; 2], policy| sanitize(&slice(&[values.to_vec()]), &map, policy);
        let chunk = sanitized([3.000_000_2, 0.999_999_9], ValuePolicy::WholeNumbers).unwrap();
        assert_eq!((chunk.data, chunk.totals), (vec![3.0, 1.0], vec![4.0]));
        let kept = sanitized([3.000_000_2, 1.0], ValuePolicy::NonNegative).unwrap();
        assert_eq!(kept.data, [3.000_000_2, 1.0]);
        for value in [0.999, 1.001, 1e-6, 20_000.25, 300_000.25, 0.5] {
            assert!(sanitized([value, 1.0], ValuePolicy::WholeNumbers).is_err(), "{value}");
        }
        assert_eq!(sanitized([20_000.02, 1.0], ValuePolicy::WholeNumbers).unwrap().data, [20_000.0, 1.0]);
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
            let map = GeneMap::new(&ids(&genes), &FeatureKinds::default(), &schema);
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
