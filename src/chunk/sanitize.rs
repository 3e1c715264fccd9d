//! Conversion of rows from the file's genes to the schema's genes: drops extra genes, fills in zeros, reorders, sums
//! duplicates and checks values.

mod error;
mod policy;
mod row_buffer;
mod rows;

use crate::matrix::RowSlice;

use super::GeneMap;

pub use error::Error;
pub use policy::{ValuePolicy, nearest_count};
use row_buffer::RowBuffer;
pub use rows::Chunk;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{domain::FeatureSchema, matrix::FeatureKinds};

    use super::*;

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
