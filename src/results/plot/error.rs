//! The reasons why a figure cannot be made.

use std::path::PathBuf;

use super::PlotKind;
use crate::{domain::OperationKind, results::Error};

/// The reasons why a figure cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The results or the file cannot be read.
    #[error("{0}")]
    Results(#[from] Error),
    /// The run's operation does not support the figure.
    #[error("{kind} run has no {plot}", kind = kind.with_article())]
    OtherRun {
        /// The operation.
        kind: OperationKind,
        /// The figure.
        plot: PlotKind,
    },
    /// The file has no suitable embedding.
    #[error("{path} has no UMAP or other plot in obsm; it has: {found}", path = path.display())]
    NoEmbedding {
        /// The file.
        path: PathBuf,
        /// The embeddings that it has.
        found: String,
    },
    /// No column looks like a clustering.
    #[error("no column of obs in {path} looks like clusters", path = path.display())]
    NoClusters {
        /// The file.
        path: PathBuf,
    },
    /// A column does not exist.
    #[error("{path} has no column '{column}' in obs; it has: {known}", path = path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The existing columns.
        known: String,
    },
    /// A gene is unknown, or its name has several genes.
    #[error("{path} has {found} '{gene}'{hint}", path = path.display())]
    Gene {
        /// The file.
        path: PathBuf,
        /// The given name.
        gene: String,
        /// "no gene" or "several genes called".
        found: &'static str,
        /// Similar names, or the names to choose from.
        hint: String,
    },
    /// A term is not in the run's ontology.
    #[error("'{term}' is neither an id nor a label of the run's ontology")]
    Term {
        /// The given name.
        term: String,
    },
    /// The calls of the run were not inferred for other colors than the call.
    #[error("inferred cells have a call and no other property; color by call")]
    OnlyCalls,
    /// There are too many dots to read.
    #[error(
        "{groups} groups × {genes} genes are too many for a dot plot; choose fewer genes, or a column with fewer groups"
    )]
    TooManyDots {
        /// The number of groups.
        groups: usize,
        /// The number of genes.
        genes: usize,
    },
    /// There are too few groups with two cells.
    #[error("a dot plot of markers needs two groups of at least two cells")]
    TooFewGroups,
}
