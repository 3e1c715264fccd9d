//! Rows in schema order.

use crate::matrix::CellBlock;

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
