//! The reasons why a panel cannot be read, and the faults of a line.

use std::{fmt, io, path::PathBuf};

use crate::domain::text::excerpt;

/// The maximum number of entries of a panel.
pub(super) const MOST_ENTRIES: usize = 5_000;

/// The reasons why a panel cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PanelError {
    /// The file cannot be read.
    #[error("the panel {path} cannot be read", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A line is wrong.
    #[error("{path}, line {line}: {fault}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// The fault.
        fault: Fault,
    },
    /// The file has no entries.
    #[error("{path} has no entries; a line has a cell type, a gene and + or -, separated by tabs", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// A fault of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The line is not UTF-8.
    NotText,
    /// The line has another number of columns.
    Columns(usize),
    /// The cell type is empty.
    NoCellType,
    /// The gene is empty.
    NoGene,
    /// The sign is neither + nor -.
    Sign(String),
    /// An earlier line has the opposite sign.
    Contradiction(usize),
    /// There are too many entries.
    TooMany,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("the line is not UTF-8; save the file as UTF-8"),
            Self::Columns(1) => f.write_str(
                "there is one column; write a cell type, a gene and + or -, separated by tabs (not by spaces or commas)",
            ),
            Self::Columns(columns) => {
                write!(f, "there are {columns} columns; write a cell type, a gene and + or -, separated by tabs")
            }
            Self::NoCellType => f.write_str("the cell type is empty"),
            Self::NoGene => f.write_str("the gene is empty"),
            Self::Sign(sign) => write!(f, "the sign is '{}'; write + or -", excerpt(sign)),
            Self::Contradiction(line) => write!(f, "line {line} has the opposite sign for this gene and cell type"),
            Self::TooMany => write!(f, "a panel may have {MOST_ENTRIES} entries; divide it into several files"),
        }
    }
}
