//! The reasons why output of the official client cannot be opened.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{engine::check, matrix, store, wire::general};

/// An error that prevents opening output of the official client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be accessed.
    #[error("cannot {action} {path}", path = path.display())]
    Io {
        /// The action, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A file is not JSON of the expected shape.
    #[error("{path} is not a file of the official client", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// The answer about a cell, or a name, is too large.
    #[error("{path} has an answer that is larger than any of CAS", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// An answer is invalid.
    #[error("{path} has an invalid answer", path = path.display())]
    Answer {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: check::Error,
    },
    /// The ontology is invalid.
    #[error("{path} is not an ontology resource of CAS", path = path.display())]
    Ontology {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: general::OntologyError,
    },
    /// The metadata are about another number of cells.
    #[error("metadata.json of {path} is about {found} cells, but the answers are about {cells}; were the files mixed up?", path = path.display())]
    OtherNumber {
        /// The folder.
        path: PathBuf,
        /// The number of cells in the metadata.
        found: usize,
        /// The number of answers.
        cells: usize,
    },
    /// There are no answers.
    #[error("{path} has no answers", path = path.display())]
    NoCells {
        /// The folder or file.
        path: PathBuf,
    },
    /// The file was changed while it was read.
    #[error("{path} was changed while it was read; try again", path = path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The scores do not fit the lists of terms.
    #[error("{path} has scores of {found} terms, but uns['cas_metadata'] names {named}", path = path.display())]
    OtherTerms {
        /// The file.
        path: PathBuf,
        /// The number of columns of the scores.
        found: usize,
        /// The number of names.
        named: usize,
    },
    /// The file with scores cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// The run folder cannot be written or read.
    #[error("{0}")]
    Store(#[from] store::Error),
}

impl Error {
    /// Returns a function that adds an action and a path to an error of the system.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
