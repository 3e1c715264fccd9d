//! The three things a CAS server does with a chunk of cells, and their options.

use serde::{Deserialize, Serialize};

use super::{Prefactor, Score};

/// What is asked of the server for every chunk of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "strategy", rename_all = "kebab-case")]
pub enum Operation {
    /// Scores of ontology terms.
    OntologyAware(OntologyAwareOptions),
    /// Distances to the neighbors by cell type.
    SummaryStatistics {
        /// Ask for the breakdown by dataset too.
        include_extended_statistics: bool,
    },
    /// The nearest neighbors themselves.
    Search,
}

/// An [`Operation`] without its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// See [`Operation::OntologyAware`].
    OntologyAware,
    /// See [`Operation::SummaryStatistics`].
    SummaryStatistics,
    /// See [`Operation::Search`].
    Search,
}

/// Options of the ontology-aware strategy; the defaults are the official client's.
///
/// Requests of this program are made with [`OntologyAwareOptions::new`]. Other clients and manifests of older versions
/// may hold any numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OntologyAwareOptions {
    /// Terms that score less are left out of the answer.
    pub prune_threshold: f64,
    /// How steeply a neighbor's weight falls with its distance.
    pub weighting_prefactor: f64,
}

impl Default for OntologyAwareOptions {
    fn default() -> Self {
        Self { prune_threshold: 0.05, weighting_prefactor: 1.0 }
    }
}

impl OntologyAwareOptions {
    /// Takes numbers that have been checked.
    pub fn new(prune_threshold: Score, weighting_prefactor: Prefactor) -> Self {
        Self { prune_threshold: prune_threshold.value(), weighting_prefactor: weighting_prefactor.value() }
    }
}

impl Operation {
    /// Whether summary statistics are asked for by dataset too unless the user says otherwise, as the official client
    /// does.
    pub const INCLUDE_EXTENDED_STATISTICS: bool = true;

    /// Which of the three it is.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::OntologyAware(_) => OperationKind::OntologyAware,
            Self::SummaryStatistics { .. } => OperationKind::SummaryStatistics,
            Self::Search => OperationKind::Search,
        }
    }
}

impl OperationKind {
    /// The name used on the command line and in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::OntologyAware => "ontology-aware",
            Self::SummaryStatistics => "summary-statistics",
            Self::Search => "search",
        }
    }

    /// Returns the name with its indefinite article, for sentences.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::OntologyAware => "an ontology-aware",
            Self::SummaryStatistics => "a summary-statistics",
            Self::Search => "a search",
        }
    }

    /// The official client's default number of cells in a chunk.
    pub fn default_chunk_size(self) -> usize {
        match self {
            Self::OntologyAware | Self::SummaryStatistics => 1000,
            Self::Search => 500,
        }
    }

    /// The most cells a chunk may have, where there is a limit.
    pub fn max_chunk_size(self) -> Option<usize> {
        match self {
            Self::OntologyAware | Self::SummaryStatistics => None,
            Self::Search => Some(500),
        }
    }
}
