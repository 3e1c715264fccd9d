//! The expression of all genes in a cell.

use super::LogNormalizer;
use crate::{
    analysis::Error,
    chunk::{ValuePolicy, sanitize::total},
    matrix::RowSource,
};

/// The log-normalized values of a cell, sparse: genes that are not listed have the value 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellValues {
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl CellValues {
    /// Reads the values of a cell.
    ///
    /// # Errors
    /// Fails if the matrix cannot be read or has values that are not counts.
    ///
    /// # Panics
    /// Panics if the cell is not in the matrix.
    pub fn read(rows: &dyn RowSource, cell: usize, policy: ValuePolicy) -> Result<Self, Error> {
        assert!(cell < rows.cell_count(), "cell {cell} of {}", rows.cell_count());
        let slice = rows.rows(cell..cell + 1)?;
        let mut counts = slice.data;
        for (count, &column) in counts.iter_mut().zip(&slice.indices) {
            *count = policy.count(*count, cell, column)?;
        }
        let normalizer = LogNormalizer::of_total(total(&counts));
        let values = counts.iter().map(|count| normalizer.value(*count) as f32);
        let (columns, values) = slice.indices.iter().zip(values).filter(|(_, value)| *value > 0.0).unzip();
        Ok(Self { columns, values })
    }

    /// Returns the value of a gene, by its column.
    pub fn get(&self, column: u32) -> f32 {
        self.columns.binary_search(&column).map_or(0.0, |place| self.values[place])
    }

    /// Returns the number of genes with a count.
    pub fn expressed(&self) -> usize {
        self.columns.len()
    }
}
