//! Subsets of a run's cells.

use std::{ops::Range, sync::Arc};

/// The cells that an aggregate or an export covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CellSet {
    /// All cells of the run.
    #[default]
    All,
    /// Rows of the run, ascending, each once.
    Rows(Arc<[usize]>),
}

impl CellSet {
    /// Creates a set from rows in any order. Duplicates are removed.
    pub fn of(rows: impl IntoIterator<Item = usize>) -> Self {
        let mut rows: Vec<usize> = rows.into_iter().collect();
        rows.sort_unstable();
        rows.dedup();
        Self::Rows(rows.into())
    }

    /// Returns the rows of the set within a range, ascending.
    pub fn within(&self, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let (all, chosen) = match self {
            Self::All => (range, [].as_slice()),
            Self::Rows(rows) => {
                let from = rows.partition_point(|row| *row < range.start);
                let to = rows.partition_point(|row| *row < range.end);
                (0..0, &rows[from..to])
            }
        };
        all.chain(chosen.iter().copied())
    }

    /// Returns the number of rows of the set within a range.
    pub fn count_within(&self, range: Range<usize>) -> usize {
        match self {
            Self::All => range.len(),
            Self::Rows(_) => self.within(range).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_returns_each_row_once_in_ascending_order() {
        let set = CellSet::of([7, 3, 3, 12, 0]);
        assert_eq!(set.within(1..12).collect::<Vec<_>>(), [3, 7]);
        assert_eq!(CellSet::All.within(4..6).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(set.count_within(0..100), 4);
    }
}
