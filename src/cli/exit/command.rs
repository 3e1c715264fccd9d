//! Exit codes of errors of commands that work on stored answers or on counts.

use super::Exit;
use crate::{
    analysis,
    cli::{cluster::TableError, export::ExportError, inference::InferenceError, markers::MarkerError},
    engine::clustering,
    results::{self, plot::PlotError},
};

impl Exit {
    pub(super) fn of_clustering(error: &clustering::Error) -> Self {
        match error {
            clustering::Error::Analysis(analysis::Error::Parameter { .. } | analysis::Error::Resolution { .. }) => {
                Self::Usage
            }
            clustering::Error::Analysis(_) | clustering::Error::Changed { .. } | clustering::Error::Counts { .. } => {
                Self::Preflight
            }
            clustering::Error::Matrix(_)
            | clustering::Error::File(_)
            | clustering::Error::Store(_)
            | clustering::Error::Io { .. } => Self::Failure,
        }
    }

    /// Returns the code of a figure that cannot be made; `None` if the cause determines it.
    pub(super) fn of_plot(error: &PlotError) -> Option<Self> {
        match error {
            PlotError::Results(error) => Self::of_results(error),
            PlotError::OtherRun { .. }
            | PlotError::Term { .. }
            | PlotError::OnlyCalls
            | PlotError::TooManyDots { .. } => Some(Self::Usage),
            PlotError::NoEmbedding { .. }
            | PlotError::NoClusters { .. }
            | PlotError::NoColumn { .. }
            | PlotError::Gene { .. }
            | PlotError::TooFewGroups => Some(Self::Preflight),
        }
    }

    pub(super) fn of_table(error: &TableError) -> Self {
        match error {
            TableError::NoName { .. } | TableError::Ending { .. } => Self::Usage,
            TableError::Exists { .. } => Self::Failure,
        }
    }

    /// Returns the code of an error of results; `None` if the cause determines it.
    pub(super) fn of_results(error: &results::Error) -> Option<Self> {
        match error {
            results::Error::WrongOperation { .. }
            | results::Error::Threshold { .. }
            | results::Error::TooManyCalls { .. }
            | results::Error::NoDatasets { .. }
            | results::Error::OtherOntology { .. }
            | results::Error::TooFewAnnotated { .. }
            | results::Error::UnknownTerm { .. }
            | results::Error::NotInOntology { .. } => Some(Self::Usage),
            results::Error::InputChanged { .. }
            | results::Error::Inferred(_)
            | results::Error::InputGone { .. }
            | results::Error::OtherCounts { .. }
            | results::Error::NoCounts { .. }
            | results::Error::NotCounts { .. }
            | results::Error::Clusters { .. }
            | results::Error::UnknownLabels { .. }
            | results::Error::TruthLength { .. }
            | results::Error::Graph { .. }
            | results::Error::NothingInCommon { .. } => Some(Self::Preflight),
            results::Error::Store(_)
            | results::Error::Matrix(_)
            | results::Error::Analysis(_)
            | results::Error::File(_)
            | results::Error::Answer { .. }
            | results::Error::CellNames { .. }
            | results::Error::Ontology { .. }
            | results::Error::NoOntology { .. }
            | results::Error::NoRoot
            | results::Error::EmptyGroup
            | results::Error::EmptyTree { .. }
            | results::Error::Exists { .. }
            | results::Error::Parquet(_)
            | results::Error::Write(_) => None,
        }
    }

    pub(super) fn of_markers(error: &MarkerError) -> Self {
        match error {
            MarkerError::NoCalls { .. } | MarkerError::UnknownGroup { .. } => Self::Usage,
            MarkerError::NoClusters { .. } | MarkerError::TooFewGroups { .. } => Self::Preflight,
        }
    }

    pub(super) fn of_export(error: &ExportError) -> Self {
        match error {
            ExportError::OtherRun { .. }
            | ExportError::AllCells(_)
            | ExportError::NoMarkers(_)
            | ExportError::NoCalls(_)
            | ExportError::NoInferred(_)
            | ExportError::AllInferred
            | ExportError::NoLevels(_)
            | ExportError::OtherContent(_)
            | ExportError::AllCellsShown(_) => Self::Usage,
            ExportError::Exists { .. } => Self::Failure,
            ExportError::NoTarget { .. } => Self::Usage,
        }
    }

    pub(super) fn of_inference(error: &InferenceError) -> Self {
        match error {
            InferenceError::NoTerms(_) => Self::Usage,
            InferenceError::NoFolder { .. } => Self::Preflight,
        }
    }
}
