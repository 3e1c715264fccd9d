//! What can go wrong between stored answers and what is made of them.

use std::{io, path::PathBuf};

use parquet::errors::ParquetError;

use super::clusters::ClusterFault;
use crate::{
    domain::{OperationKind, TermId},
    matrix, store,
};

/// Why results could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run folder could not be read, or a file not be written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A count matrix file could not be read, or an `.h5ad` not be written.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// The input is not what it was.
    #[error("{path} is not the file of this run any more: its size or content changed; export to a table instead", path = path.display())]
    InputChanged {
        /// The file.
        path: PathBuf,
    },
    /// A stored answer is not the JSON it should be.
    #[error("the stored answer {path} is not understood; `castui resume` asks for it again", path = path.display())]
    Answer {
        /// The file.
        path: PathBuf,
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
    #[error("{run} is {found}; this needs {needed}", run = run.display(), found = described(*found), needed = described(*needed))]
    WrongOperation {
        /// The run folder.
        run: PathBuf,
        /// What it holds.
        found: OperationKind,
        /// What was needed.
        needed: OperationKind,
    },
    /// The run's ontology resource is not what it should be.
    #[error("the ontology resource stored in {run} is not understood", run = run.display())]
    Ontology {
        /// The run folder.
        run: PathBuf,
        /// Where and how.
        source: serde_json::Error,
    },
    /// The run has no ontology resource.
    #[error("{run} has no ontology resource, so its terms have no order and no depth", run = run.display())]
    NoOntology {
        /// The run folder.
        run: PathBuf,
    },
    /// The ontology has no root to fall back to.
    #[error("the run's ontology has no term CL:0000000, which stands for cells without a call")]
    NoRoot,
    /// A threshold is no score.
    #[error("a threshold of {value} makes no sense; scores are between 0 and 1")]
    Threshold {
        /// What was given.
        value: f64,
    },
    /// There is nothing to write of the datasets.
    #[error("the server gave no breakdown by dataset for {run}; export its matches instead", run = run.display())]
    NoDatasets {
        /// The run folder.
        run: PathBuf,
    },
    /// The calls of all cells do not fit into memory.
    #[error("{top_k} calls for each of {cells} cells do not fit into memory; choose a smaller --top-k")]
    TooManyCalls {
        /// Cells of the run.
        cells: usize,
        /// Calls per cell.
        top_k: usize,
    },
    /// None of the cells of a group has an answer.
    #[error("none of the chosen cells has an answer")]
    EmptyGroup,
    /// A term is not in the ontology.
    #[error("{term} is not in the run's ontology")]
    NotInOntology {
        /// What was given.
        term: TermId,
    },
    /// Nothing of a tree would be shown.
    #[error("nothing is left of the tree: {root} itself is hidden or below the thresholds")]
    EmptyTree {
        /// Its root.
        root: TermId,
    },
    /// A column makes no groups.
    #[error("the column '{column}' cannot be used as clusters")]
    Clusters {
        /// The column.
        column: String,
        /// Why.
        source: ClusterFault,
    },
    /// Labels are not in the ontology.
    #[error("{count} of the labels of the column '{column}' are neither terms nor labels of the run's ontology: {list}{more}", list = labels.join(", "), more = if *count > labels.len() { ", …" } else { "" })]
    UnknownLabels {
        /// The column.
        column: String,
        /// How many there are.
        count: usize,
        /// The first of them.
        labels: Vec<String>,
    },
    /// The known labels are another file's.
    #[error("there are labels for {rows} cells but the run has {cells}; was the file changed since the run?")]
    TruthLength {
        /// Labels.
        rows: usize,
        /// Cells of the run.
        cells: usize,
    },
    /// Two runs are about different cells.
    #[error("{first} and {second} have no cell in common", first = first.display(), second = second.display())]
    NothingInCommon {
        /// One.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A graph is not one of the run's cells.
    #[error(
        "the neighbor graph has {rows} rows or points outside of the run's {cells} cells; was the file changed since the run?"
    )]
    Graph {
        /// Its rows.
        rows: usize,
        /// Cells of the run.
        cells: usize,
    },
    /// Something exists where an export was to go.
    #[error("{path} exists; choose another name with -o, or ask for it to be replaced", path = path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// A table could not be made into Parquet.
    #[error("cannot write the table as Parquet")]
    Parquet(#[source] ParquetError),
    /// The system refused to write; reported under the file's name.
    #[error("cannot write")]
    Write(#[from] io::Error),
}

impl From<ParquetError> for Error {
    /// What the system said while a table was written is a failure to write, as with any other file.
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(cause) => match cause.downcast() {
                Ok(cause) => Self::Write(*cause),
                Err(cause) => Self::Parquet(ParquetError::External(cause)),
            },
            error => Self::Parquet(error),
        }
    }
}

fn described(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::OntologyAware => "an ontology-aware run",
        OperationKind::SummaryStatistics => "a summary-statistics run",
        OperationKind::Search => "a search run",
    }
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
