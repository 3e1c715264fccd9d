//! What can go wrong between stored answers and what is made of them.

use std::{io, path::PathBuf};

use crate::{
    domain::{ChunkIndex, OperationKind},
    store,
};

/// Why results could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run folder could not be read, or a file not be written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A stored answer is not the JSON it should be.
    #[error("the stored answer of chunk {chunk} of {run} is not understood; `castui resume` asks for it again", run = run.display())]
    Answer {
        /// The run folder.
        run: PathBuf,
        /// The chunk.
        chunk: ChunkIndex,
        /// Where and how.
        source: AnswerFault,
    },
    /// The stored list of cell names does not fit the manifest.
    #[error("{run} lists {listed} cell names but its manifest says {cells} cells", run = run.display())]
    CellNames {
        /// The run folder.
        run: PathBuf,
        /// Names listed.
        listed: usize,
        /// Cells of the run.
        cells: usize,
    },
    /// The run answers another question.
    #[error("{run} is a run of {found}; this needs one of {needed}", run = run.display(), found = found.name(), needed = needed.name())]
    WrongOperation {
        /// The run folder.
        run: PathBuf,
        /// What it holds.
        found: OperationKind,
        /// What was needed.
        needed: OperationKind,
    },
    /// Something exists where an export was to go.
    #[error("{path} exists; choose another name with -o, or ask for it to be replaced", path = path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The system refused to write; reported under the file's name.
    #[error("cannot write")]
    Write(#[from] io::Error),
}

/// What is wrong with a stored answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerFault {
    /// It is not the JSON it should be.
    #[error("it is not a list of answers")]
    Json(#[from] serde_json::Error),
    /// It speaks of a cell that was not asked about.
    #[error("it answers about '{0}', a cell it was not asked about")]
    ForeignCell(String),
    /// It speaks of a cell twice.
    #[error("it answers twice about row {0}")]
    RepeatedCell(usize),
    /// It leaves a cell out.
    #[error("it does not answer about row {0}")]
    MissingCell(usize),
}
