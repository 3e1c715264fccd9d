//! Errors of reading stored answers and of writing results.

use std::{io, path::PathBuf};

use parquet::errors::ParquetError;

use super::{clusters::ClusterFault, infer::Unusable};
use crate::{
    analysis,
    domain::{OperationKind, TermId},
    engine::{check, run_file},
    matrix, store,
    wire::general::OntologyError,
};

/// The reasons why results could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A run folder could not be read, or a file could not be written.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// A count matrix file could not be read, or an `.h5ad` file could not be written.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// Counts could not be read or compared.
    #[error(transparent)]
    Analysis(#[from] analysis::Error),
    /// The input file cannot be opened with the cells of the run.
    #[error("{0}")]
    File(#[from] run_file::Error),
    /// A run has another ontology than the first.
    #[error("{run} has another ontology than the first run; infer from runs with the same model", run = run.display())]
    OtherOntology {
        /// The run folder.
        run: PathBuf,
    },
    /// The run has no usable inferred calls.
    #[error("{0}")]
    Inferred(#[from] Unusable),
    /// There are too few annotated cells to infer others.
    #[error(
        "{annotated} annotated cells are too few to infer others from {neighbors} neighbors; request fewer neighbors, or annotate more cells"
    )]
    TooFewAnnotated {
        /// The number of annotated cells.
        annotated: usize,
        /// The number of requested neighbors.
        neighbors: usize,
    },
    /// A called term is not in the embedded Cell Ontology.
    #[error(
        "the term {term} is unknown to the Cell Ontology {version}, which CELLxGENE requires; export to a table instead"
    )]
    UnknownTerm {
        /// The term.
        term: TermId,
        /// The version of the embedded Cell Ontology.
        version: String,
    },
    /// The input file does not exist.
    #[error("the file {path}, which has the counts, is gone", path = path.display())]
    InputGone {
        /// The former path.
        path: PathBuf,
    },
    /// The input file has other cells or genes than the run.
    #[error(
        "{path} does not have the {cells} cells and {genes} genes of the run in their order; was it changed since the run?",
        path = path.display()
    )]
    OtherCounts {
        /// The file.
        path: PathBuf,
        /// Number of cells of the run.
        cells: usize,
        /// Number of columns of the run's count matrix.
        genes: usize,
    },
    /// The file has no matrix with counts.
    #[error("{path} has no counts: {found}", path = path.display())]
    NoCounts {
        /// The file.
        path: PathBuf,
        /// A description of the matrix that would be used.
        found: String,
    },
    /// The values of the file's matrix are not counts.
    #[error("{path} has no counts: {found}", path = path.display())]
    NotCounts {
        /// The file.
        path: PathBuf,
        /// A description of the matrix and its values.
        found: String,
    },
    /// The input file changed since the run.
    #[error("{path} has changed since this run: its size or content is different; export to a table instead", path = path.display())]
    InputChanged {
        /// The file.
        path: PathBuf,
    },
    /// A stored answer cannot be parsed, or is about other cells.
    #[error("the stored answer {path} cannot be read", path = path.display())]
    Answer {
        /// The file of the answer.
        path: PathBuf,
        /// The fault.
        source: check::Error,
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
    /// The run used another operation than the one needed.
    #[error("{run} is {found}; this needs {needed}", run = run.display(), found = described(*found), needed = described(*needed))]
    WrongOperation {
        /// The run folder.
        run: PathBuf,
        /// The operation of the run.
        found: OperationKind,
        /// The operation needed.
        needed: OperationKind,
    },
    /// The run's ontology resource cannot be parsed, or is beyond the limits of an ontology.
    #[error("the ontology resource stored in {run} cannot be used", run = run.display())]
    Ontology {
        /// The run folder.
        run: PathBuf,
        /// The reason.
        source: OntologyError,
    },
    /// The run has no ontology resource.
    #[error("{run} has no ontology resource, so its terms have no order and no depth", run = run.display())]
    NoOntology {
        /// The run folder.
        run: PathBuf,
    },
    /// The ontology has no root, which pads missing calls.
    #[error("the run's ontology has no term CL:0000000, which stands for cells without a call")]
    NoRoot,
    /// A threshold is not a valid score.
    #[error("{value} is not a valid threshold; scores are between 0 and 1")]
    Threshold {
        /// The given value.
        value: f64,
    },
    /// No answer contains a breakdown by dataset.
    #[error("the server gave no breakdown by dataset for {run}; export its matches instead", run = run.display())]
    NoDatasets {
        /// The run folder.
        run: PathBuf,
    },
    /// The calls do not fit into memory.
    #[error("{top_k} calls per cell do not fit into memory")]
    TooManyCalls {
        /// Calls per cell.
        top_k: usize,
    },
    /// None of the cells of a group has an answer.
    #[error("none of the selected cells has an answer")]
    EmptyGroup,
    /// A term is not in the ontology.
    #[error("{term} is not in the run's ontology")]
    NotInOntology {
        /// The given term.
        term: TermId,
    },
    /// The tree would be empty.
    #[error("the tree is empty: {root} itself is hidden or below the thresholds")]
    EmptyTree {
        /// The root of the tree.
        root: TermId,
    },
    /// A column does not define groups.
    #[error("the column '{column}' cannot be used as clusters")]
    Clusters {
        /// The column.
        column: String,
        /// The reason.
        source: ClusterFault,
    },
    /// Labels are neither terms nor labels of the ontology.
    #[error("{count} of the labels of the column '{column}' are neither terms nor labels of the run's ontology: {list}{more}", list = labels.join(", "), more = if *count > labels.len() { ", …" } else { "" })]
    UnknownLabels {
        /// The column.
        column: String,
        /// The number of unknown labels.
        count: usize,
        /// The first of them, sanitized.
        labels: Vec<String>,
    },
    /// The number of known labels differs from the number of cells.
    #[error("there are labels for {rows} cells but the run has {cells}; was the file changed since the run?")]
    TruthLength {
        /// The number of labels.
        rows: usize,
        /// Cells of the run.
        cells: usize,
    },
    /// Two runs have no cells in common.
    #[error("{first} and {second} have no cell in common", first = first.display(), second = second.display())]
    NothingInCommon {
        /// The folder of the first run.
        first: PathBuf,
        /// The folder of the second run.
        second: PathBuf,
    },
    /// A neighbor graph does not fit the run's cells.
    #[error(
        "the neighbor graph has {rows} rows or refers to cells beyond the run's {cells} cells; was the file changed since the run?"
    )]
    Graph {
        /// The number of rows of the graph.
        rows: usize,
        /// Cells of the run.
        cells: usize,
    },
    /// The target of an export exists already.
    #[error("{path} exists", path = path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// A table could not be encoded as Parquet.
    #[error("cannot write the table as Parquet")]
    Parquet(#[source] ParquetError),
    /// The system refused to write. Reported together with the file's name.
    #[error("cannot write")]
    Write(#[from] io::Error),
}

impl From<ParquetError> for Error {
    /// Unwraps the system's error of a failed write, so that it is reported like that of any other file.
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
