//! The reasons why a table of cells is refused.

use std::path::PathBuf;

use crate::domain::text::excerpt;

/// An error that prevents reading a table of cells.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened.
    #[error(transparent)]
    Open(#[from] crate::matrix::Error),
    /// The text cannot be read.
    #[error("cannot read {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: csv::Error,
    },
    /// The file is not UTF-8 text.
    #[error("{path} is UTF-16 text, as spreadsheets save \"Unicode text\"; save it as CSV UTF-8", path = path.display())]
    Utf16 {
        /// The file.
        path: PathBuf,
    },
    /// The file has no rows.
    #[error("{path} has no rows below its header", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The table has no column with the requested name.
    #[error("{path} has no column '{column}'; it has: {columns}", path = path.display(), column = excerpt(column))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The requested column.
        column: String,
        /// The existing columns.
        columns: String,
    },
    /// The table has only names.
    #[error("{path} has a single column; are its columns separated by commas or tabs?", path = path.display())]
    OnlyNames {
        /// The file.
        path: PathBuf,
    },
    /// A row has another number of fields than the header.
    #[error(
        "line {line} of {path} has {found} fields, but the header has {expected}; put text with a separator into double quotes",
        path = path.display()
    )]
    Ragged {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// The number of fields.
        found: usize,
        /// The number of columns.
        expected: usize,
    },
    /// Two rows have the same name.
    #[error(
        "{path} has two rows of cell {name}, in lines {first} and {second}; keep one row per cell",
        path = path.display(),
        name = excerpt(name)
    )]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The name of the cell.
        name: String,
        /// The number of the first line, from 1.
        first: u64,
        /// The number of the second line.
        second: u64,
    },
    /// A column of coordinates has other values.
    #[error(
        "the column '{column}' of {path} has '{value}', so it has no coordinates",
        path = path.display(),
        column = excerpt(column),
        value = excerpt(value)
    )]
    NoNumbers {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// A value that is not a number.
        value: String,
    },
    /// The table is too large.
    #[error("{path} has more than {limit} {unit}", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
        /// The unit of the limit.
        unit: &'static str,
    },
}
