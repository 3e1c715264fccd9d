//! A range of rows, and the reasons why a selection of cells is invalid.

use std::str::FromStr;

use crate::results::CellSet;

/// A range of rows, exclusive at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct RowRange {
    first: usize,
    end: Option<usize>,
}

/// The reasons why a selection of cells is invalid.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum CellError {
    /// The text is not a range.
    #[error("give rows as A..B, such as 0..1000")]
    NotARange,
    /// The range exceeds the last row.
    #[error("there are no rows {first}..{end}: the run's file has {cells} cells, rows 0..{cells}")]
    Outside {
        /// The first row.
        first: usize,
        /// The row after the last.
        end: usize,
        /// The number of cells of the file.
        cells: usize,
    },
    /// The run does not cover these rows of the file.
    #[error("rows {first}..{end} of the file are not among the cells of the run, which has only some of them")]
    NotInRun {
        /// The first row.
        first: usize,
        /// The row after the last.
        end: usize,
    },
    /// Some names do not belong to any cell.
    #[error("{count} names in {list} are not cells of the run: {names}{more}", names = names.join(", "), more = if *count > names.len() { ", …" } else { "" })]
    Unknown {
        /// The source of the names.
        list: String,
        /// The number of unknown names.
        count: usize,
        /// The first unknown names.
        names: Vec<String>,
    },
    /// The list contains no names.
    #[error("{list} has no cell names")]
    Empty {
        /// The source of the names.
        list: String,
    },
}

impl FromStr for RowRange {
    type Err = CellError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, end) = text.split_once("..").ok_or(CellError::NotARange)?;
        let number = |text: &str| text.trim().parse().map_err(|_| CellError::NotARange);
        Ok(Self {
            first: if first.trim().is_empty() { 0 } else { number(first)? },
            end: if end.trim().is_empty() { None } else { Some(number(end)?) },
        })
    }
}

impl RowRange {
    /// Returns the cells of a run in these rows of its file, which has `cells` cells. `in_run` holds the rows that the
    /// run covers, ascending; `None` if it covers all.
    pub(super) fn of(self, cells: usize, in_run: Option<&[u32]>) -> Result<CellSet, CellError> {
        let (first, end) = (self.first, self.end.unwrap_or(cells));
        if first >= end || end > cells {
            return Err(CellError::Outside { first, end, cells });
        }
        let Some(rows) = in_run else { return Ok(CellSet::of(first..end)) };
        let place = |row: usize| rows.partition_point(|kept| (*kept as usize) < row);
        let places = place(first)..place(end);
        if places.is_empty() { Err(CellError::NotInRun { first, end }) } else { Ok(CellSet::of(places)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_selected_like_slices() {
        let rows = |text: &str| text.parse::<RowRange>().and_then(|rows| rows.of(10, None)).ok();
        assert_eq!(rows("2..4"), Some(CellSet::of([2, 3])));
        assert_eq!(rows("8.."), Some(CellSet::of([8, 9])));
        assert_eq!(rows("..2"), Some(CellSet::of([0, 1])));
        for wrong in ["4..2", "0..11", "3..3", "3", "a..b", "-1..4"] {
            assert_eq!(rows(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rows_refer_to_the_file_even_if_the_run_covers_some_cells_only() {
        let rows = |text: &str| text.parse::<RowRange>().and_then(|rows| rows.of(10, Some(&[1, 4, 5, 9])));
        assert_eq!(rows("4..6").unwrap(), CellSet::of([1, 2]));
        assert_eq!(rows("..").unwrap(), CellSet::of([0, 1, 2, 3]));
        assert_eq!(rows("9..").unwrap(), CellSet::of([3]));
        assert!(matches!(rows("6..9"), Err(CellError::NotInRun { first: 6, end: 9 })));
        assert!(matches!(rows("0..11"), Err(CellError::Outside { cells: 10, .. })));
    }
}
