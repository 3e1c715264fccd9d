//! The reasons why an export is impossible.

use std::path::PathBuf;

use crate::{
    domain::OperationKind,
    results::{export::Format, plot::PlotKind},
};

/// The reasons why an export is impossible.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum ExportError {
    /// The run's operation does not support the format.
    #[error("{kind} run cannot be written as {format}; choose one of: {formats}", kind = kind.with_article())]
    OtherRun {
        /// The operation of the run.
        kind: OperationKind,
        /// The requested format.
        format: Format,
        /// The supported formats.
        formats: String,
    },
    /// The format always contains all cells.
    #[error("{0} always has all cells of the run; leave out --cells and --rows")]
    AllCells(Format),
    /// The format contains no marker genes.
    #[error("{0} has no marker genes; `castui markers` writes them as a table")]
    NoMarkers(Format),
    /// The format contains no calls.
    #[error("{0} has no calls for this run; leave out --cluster-label")]
    NoCalls(Format),
    /// The format has no columns for levels.
    #[error(
        "{0} has no columns for levels in this run; choose cells-csv, cells-tsv or cells-parquet of an ontology-aware run"
    )]
    NoLevels(Format),
    /// The run is output of the official client, which is only read.
    #[error("{from} is output of the official client, into which castui does not write; name what to write with -o", from = from.display())]
    NoTarget {
        /// The folder or file.
        from: PathBuf,
    },
    /// The format has annotated cells only.
    #[error(
        "{0} has annotated cells only; for inferred calls, choose cells-csv, cells-tsv, cells-parquet, h5ad, cellranger, cellxgene, seurat or scp of an ontology-aware run"
    )]
    NoInferred(Format),
    /// Inferred calls were requested for some cells.
    #[error("with --inferred an export lists all cells of the file; leave out --cells and --rows")]
    AllInferred,
    /// A format of data was given with a figure, or the other way around.
    #[error("{0}")]
    OtherContent(&'static str),
    /// The figure always shows all cells.
    #[error("the {0} always shows all cells of the run; leave out --cells and --rows")]
    AllCellsShown(PlotKind),
    /// The target exists already.
    #[error("{path} exists; choose another name with -o, or replace it with --force", path = path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
}
