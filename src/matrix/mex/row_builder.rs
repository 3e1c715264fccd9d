//! Rows that are built from entries sorted by cell.

use super::entry::Entry;
use crate::matrix::RowSlice;

/// Rows being built. The entries of a row may be in any order.
#[derive(Debug, Default)]
pub(super) struct RowBuilder {
    rows: RowSlice,
    /// The maximum number of entries of a row.
    most: usize,
}

/// The number of entries that any row may have, with repeated ones.
const PLAUSIBLE: usize = 1 << 16;

impl RowBuilder {
    /// Starts with a row of a matrix with a number of genes.
    pub(super) fn starting_at(first_cell: usize, genes: usize) -> Self {
        let rows = RowSlice { first_cell, indptr: vec![0], ..RowSlice::default() };
        Self { rows, most: genes.max(PLAUSIBLE) }
    }

    /// Returns the row to which entries are being added.
    pub(super) fn current(&self) -> usize {
        self.rows.first_cell + self.rows.indptr.len() - 1
    }

    /// Returns the number of entries.
    pub(super) fn len(&self) -> usize {
        self.rows.indices.len()
    }

    /// Adds an entry to the current row or a later one. Returns whether the row has a plausible number of entries.
    #[must_use]
    pub(super) fn push(&mut self, entry: Entry) -> bool {
        self.advance_to(entry.cell as usize);
        self.rows.indices.push(entry.gene);
        self.rows.data.push(entry.value);
        let start = self.rows.indptr.last().copied().unwrap_or_default();
        self.rows.indices.len() - start <= self.most
    }

    /// Ends all rows before a row.
    fn advance_to(&mut self, row: usize) {
        if self.current() < row {
            self.rows.indptr.resize(row - self.rows.first_cell + 1, self.rows.indices.len());
        }
    }

    /// Returns the rows before a row, which is not before the current one, and starts with that row.
    pub(super) fn take_until(&mut self, row: usize) -> RowSlice {
        self.advance_to(row);
        std::mem::replace(self, Self::starting_at(row, self.most)).rows
    }
}
