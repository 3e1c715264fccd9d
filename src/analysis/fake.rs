//! Synthetic count matrices for tests.

use std::ops::Range;

use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::matrix::{Error, RowSlice, RowSource};

/// A dense matrix in memory.
pub struct FakeCounts {
    rows: Vec<Vec<f32>>,
}

impl FakeCounts {
    /// Creates a matrix from its rows.
    pub fn dense(rows: &[Vec<f32>]) -> Self {
        Self { rows: rows.to_vec() }
    }

    /// Returns cells of four kinds, with noise.
    pub fn clustered(cells: usize, genes: usize) -> Self {
        let mut random = StdRng::seed_from_u64(7);
        let row = |cell: usize, random: &mut StdRng| {
            let level = |gene: usize| if gene % 4 == cell % 4 { 12 } else { 2 };
            (0..genes).map(|gene| random.random_range(0..level(gene)) as f32).collect()
        };
        Self { rows: (0..cells).map(|cell| row(cell, &mut random)).collect() }
    }
}

impl RowSource for FakeCounts {
    fn cell_count(&self) -> usize {
        self.rows.len()
    }

    fn gene_count(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let mut slice = RowSlice { first_cell: cells.start, indptr: vec![0], ..RowSlice::default() };
        for row in &self.rows[cells] {
            for (gene, &value) in (0u32..).zip(row).filter(|(_, value)| **value != 0.0) {
                slice.indices.push(gene);
                slice.data.push(value);
            }
            slice.indptr.push(slice.indices.len());
        }
        Ok(slice)
    }
}
