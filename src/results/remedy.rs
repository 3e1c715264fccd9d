//! Remedies for errors of results. They name no front end: the command line and the interface word them.

use std::path::PathBuf;

use super::Error;

/// A remedy for an error of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Move the run's file back, or name its new path.
    MovedFile,
    /// Name the file of the run.
    NameFile,
    /// Resume the run, which requests the answer again.
    RequestAgain,
    /// Resume the run in the folder, which makes the list of cells again.
    ListCellsAgain(PathBuf),
    /// Resume the run in the folder, which asks the server for the ontology.
    RequestOntology(PathBuf),
    /// Choose fewer calls per cell.
    FewerCalls,
    /// Choose another matrix, or use corrected counts as they are.
    OtherMatrix,
    /// Choose another name for the output, or replace the file.
    OtherNameOrReplace,
}

impl Error {
    /// Returns the remedy, if it is neither part of the text nor that of a cause.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::InputGone { .. } => Some(Remedy::MovedFile),
            Self::OtherCounts { .. } => Some(Remedy::NameFile),
            Self::Answer { .. } => Some(Remedy::RequestAgain),
            Self::CellNames { run, .. } => Some(Remedy::ListCellsAgain(run.clone())),
            Self::Ontology { run, .. } | Self::NoOntology { run } => Some(Remedy::RequestOntology(run.clone())),
            Self::TooManyCalls { .. } => Some(Remedy::FewerCalls),
            Self::NotCounts { .. } => Some(Remedy::OtherMatrix),
            Self::Exists { .. } => Some(Remedy::OtherNameOrReplace),
            Self::Store(_)
            | Self::Matrix(_)
            | Self::Analysis(_)
            | Self::File(_)
            | Self::OtherOntology { .. }
            | Self::Inferred(_)
            | Self::TooFewAnnotated { .. }
            | Self::UnknownTerm { .. }
            | Self::NoCounts { .. }
            | Self::InputChanged { .. }
            | Self::WrongOperation { .. }
            | Self::NoRoot
            | Self::Threshold { .. }
            | Self::NoDatasets { .. }
            | Self::EmptyGroup
            | Self::NotInOntology { .. }
            | Self::EmptyTree { .. }
            | Self::Clusters { .. }
            | Self::UnknownLabels { .. }
            | Self::TruthLength { .. }
            | Self::NothingInCommon { .. }
            | Self::Graph { .. }
            | Self::Parquet(_)
            | Self::Write(_) => None,
        }
    }
}
