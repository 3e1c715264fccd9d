//! Joining of a table to the cells of a file, by name.

use std::{collections::HashSet, fmt, path::PathBuf};

use super::{ObsTable, Values};
use crate::{domain::text::excerpt, matrix::Added};

/// The match of a table's rows and a file's cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The table.
    pub path: PathBuf,
    /// The number of cells in the file.
    pub cells: usize,
    /// The number of cells that are in the table.
    pub found: usize,
    /// The number of rows of the table that name no cell of the file.
    pub unknown: usize,
    /// The likely reason why cells are not found.
    pub likely: Option<Likely>,
}

/// The likely reason why cells are not found in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Likely {
    /// Another column has the names.
    OtherColumn {
        /// The column, sanitized.
        column: String,
        /// The number of names that it has.
        count: usize,
    },
    /// The names differ by their suffixes.
    Suffix {
        /// The number of cells that would be found without suffixes.
        count: usize,
        /// A name in the file, sanitized.
        file: String,
        /// A name in the table, sanitized.
        table: String,
    },
}

impl fmt::Display for Likely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherColumn { column, count } => write!(f, "the column '{column}' has {count} of the names"),
            Self::Suffix { count, file, table } => write!(
                f,
                "{count} would be found without suffixes such as -1: the file has {file}, the table {table}; make them equal"
            ),
        }
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} cells found in {}", self.found, self.cells, self.path.display())?;
        match self.unknown {
            0 => {}
            1 => write!(f, "; 1 row of the table names no cell")?,
            unknown => write!(f, "; {unknown} rows of the table name no cell")?,
        }
        self.likely.iter().try_for_each(|likely| write!(f, "; {likely}"))
    }
}

impl ObsTable {
    /// Joins the table to cells. A cell without a row has missing values. Cells of the same name get the same values, as
    /// in a left join. A table without any of the cells adds nothing.
    pub fn join(&self, names: &[String]) -> Added {
        let (rows, found) = self.places(names);
        if found.found == 0 {
            return Added { sources: vec![found], ..Added::default() };
        }
        let columns = self.columns().map(|(name, values)| (name.to_owned(), values.column(&rows))).collect();
        let embeddings = self.embeddings.iter().map(|(name, pair)| (name.clone(), self.points(*pair, &rows)));
        Added { columns, embeddings: embeddings.collect(), sources: vec![found] }
    }

    /// Returns the row of each cell, and the match.
    pub(in crate::matrix) fn places(&self, names: &[String]) -> (Vec<Option<u32>>, Match) {
        let rows: Vec<Option<u32>> = names.iter().map(|name| self.rows.get(name.as_str()).copied()).collect();
        let found = rows.iter().flatten().count();
        let used: HashSet<u32> = rows.iter().flatten().copied().collect();
        let unknown = self.rows.len() - used.len();
        let likely = if found < names.len() && unknown > 0 { self.likely(names, found) } else { None };
        let found = Match { path: self.path.clone(), cells: names.len(), found, unknown, likely };
        (rows, found)
    }

    /// Returns the points of two columns for cells whose rows are given.
    pub(in crate::matrix) fn points(&self, pair: [usize; 2], rows: &[Option<u32>]) -> Vec<[f32; 2]> {
        let [x, y] =
            pair.map(|place| self.columns.get(place).map(|(_, values)| values.reals(rows)).unwrap_or_default());
        x.into_iter().zip(y).map(|(x, y)| [x as f32, y as f32]).collect()
    }

    /// Returns the likely reason why cells are not found: another column has the names, or a suffix differs.
    fn likely(&self, names: &[String], found: usize) -> Option<Likely> {
        let counted = |(name, values): &(String, Values)| (values.count_of(names), name.clone());
        if let Some((count, column)) = self.columns.iter().map(counted).max().filter(|(count, _)| *count > found) {
            let column = excerpt(&column);
            return Some(Likely::OtherColumn { column, count });
        }
        let shorter: HashSet<&str> = self.rows.keys().map(|name| without_suffix(name)).collect();
        let count = names.iter().filter(|name| shorter.contains(without_suffix(name))).count();
        let (file, table) = (names.first()?, self.rows.keys().min()?);
        (count > found).then(|| Likely::Suffix { count, file: excerpt(file), table: excerpt(table) })
    }
}

/// Returns a barcode without its suffix: a dash or an underscore and digits.
fn without_suffix(name: &str) -> &str {
    let barcode = name.trim_end_matches(|last: char| last.is_ascii_digit());
    match barcode.strip_suffix(['-', '_']) {
        Some(barcode) if !barcode.is_empty() => barcode,
        Some(_) | None => name,
    }
}
