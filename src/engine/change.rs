//! A change since a run was created that prevents resuming it, and its remedy.

use std::fmt;

use crate::{chunk::symbols, domain::ChunkIndex};

/// A change since a run was created that prevents resuming it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file does not exist.
    FileGone,
    /// The content of the file has changed.
    FileContent,
    /// A stored chunk was made from counts that differ from those in the file.
    Counts {
        /// The chunk.
        chunk: ChunkIndex,
    },
    /// The number of cells or genes has changed.
    Shape {
        /// The numbers of cells and genes in the manifest.
        was: (usize, usize),
        /// The numbers of cells and genes in the file.
        is: (usize, usize),
    },
    /// The genes of the server's schema have changed.
    Schema {
        /// The name of the schema.
        name: String,
    },
    /// This version of castui has another table of gene symbols.
    Symbols {
        /// The table used by the run.
        was: String,
    },
    /// The model is no longer offered, or uses another schema.
    Model {
        /// The name of the model.
        name: String,
    },
}

/// A remedy for a change that prevents resuming a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeRemedy {
    /// Put the file back, or name its new path.
    NameFile,
    /// Start a new run in another folder.
    NewRun,
}

impl Change {
    /// Returns the remedy, if it is not part of the text.
    pub fn remedy(&self) -> Option<ChangeRemedy> {
        match self {
            Self::FileGone => Some(ChangeRemedy::NameFile),
            Self::FileContent | Self::Counts { .. } | Self::Shape { .. } | Self::Schema { .. } | Self::Model { .. } => {
                Some(ChangeRemedy::NewRun)
            }
            Self::Symbols { .. } => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileGone => f.write_str("its file is missing"),
            Self::FileContent => f.write_str("its file has changed, or another file was named for it"),
            Self::Counts { chunk } => {
                write!(f, "its file has changed: chunk {chunk} was made from other counts")
            }
            Self::Shape { was, is } => {
                write!(f, "its file had {} cells and {} genes and now has {} and {}", was.0, was.1, is.0, is.1)
            }
            Self::Schema { name } => {
                write!(f, "the server's schema '{name}' has changed")
            }
            Self::Symbols { was } => write!(
                f,
                "its gene symbols were converted with {was}, but this castui has {}; resume it with the version that started it",
                symbols::TABLE
            ),
            Self::Model { name } => {
                write!(f, "the server no longer offers model '{name}' with its schema")
            }
        }
    }
}
