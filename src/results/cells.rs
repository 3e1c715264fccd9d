//! A choice among a run's cells.

use std::{ops::Range, sync::Arc};

/// Which cells an aggregate or an export is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CellSet {
    /// Every cell of the file.
    #[default]
    All,
    /// These rows of the file, ascending, each once.
    Rows(Arc<[usize]>),
}

impl CellSet {
    /// The set of these rows, in any order, repeated or not.
    pub fn of(rows: impl IntoIterator<Item = usize>) -> Self {
        let mut rows: Vec<usize> = rows.into_iter().collect();
        rows.sort_unstable();
        rows.dedup();
        Self::Rows(rows.into())
    }

    /// The rows of the set that lie in a range, ascending.
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

    /// How many of the set's rows lie in a range.
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
    fn a_set_gives_its_rows_in_order_and_once() {
        let set = CellSet::of([7, 3, 3, 12, 0]);
        assert_eq!(set.within(1..12).collect::<Vec<_>>(), [3, 7]);
        assert_eq!(CellSet::All.within(4..6).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(set.count_within(0..100), 4);
    }
}
