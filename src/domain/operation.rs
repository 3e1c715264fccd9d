//! The operations of a CAS server on a chunk of cells, and their options.

use serde::{Deserialize, Serialize};

use super::{Prefactor, Score};

/// The operation that a run requests for each chunk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "strategy", rename_all = "kebab-case")]
pub enum Operation {
    /// Scores of ontology terms.
    OntologyAware(OntologyAwareOptions),
    /// Distances to the neighbors of each cell type.
    SummaryStatistics {
        /// Whether statistics by dataset are requested as well.
        include_extended_statistics: bool,
    },
    /// The nearest neighbors.
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

/// Options of the ontology-aware strategy. The defaults are those of the official client.
///
/// Requests of this program are created with [`OntologyAwareOptions::new`]. Requests of other clients and manifests of
/// older versions may contain any numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OntologyAwareOptions {
    /// The minimum score of terms in the answer.
    pub prune_threshold: f64,
    /// The factor in the exponent of a neighbor's weight: a larger one makes weights decrease faster with distance.
    pub weighting_prefactor: f64,
}

impl Default for OntologyAwareOptions {
    fn default() -> Self {
        Self { prune_threshold: 0.05, weighting_prefactor: 1.0 }
    }
}

impl OntologyAwareOptions {
    /// Creates options from validated numbers.
    pub fn new(prune_threshold: Score, weighting_prefactor: Prefactor) -> Self {
        Self { prune_threshold: prune_threshold.value(), weighting_prefactor: weighting_prefactor.value() }
    }
}

impl Operation {
    /// Whether statistics by dataset are requested by default, as by the official client.
    pub const INCLUDE_EXTENDED_STATISTICS: bool = true;

    /// Returns the kind of the operation.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::OntologyAware(_) => OperationKind::OntologyAware,
            Self::SummaryStatistics { .. } => OperationKind::SummaryStatistics,
            Self::Search => OperationKind::Search,
        }
    }
}

impl OperationKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::OntologyAware, Self::SummaryStatistics, Self::Search];

    /// Returns the name used on the command line and in manifests.
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

    /// Returns a shorter name, for narrow screens.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::OntologyAware => "ontology",
            Self::SummaryStatistics => "summary",
            Self::Search => "search",
        }
    }

    /// Returns the official client's default number of cells in a chunk.
    pub fn default_chunk_size(self) -> usize {
        match self {
            Self::OntologyAware | Self::SummaryStatistics => 1000,
            Self::Search => 500,
        }
    }

    /// Returns the maximum number of cells in a chunk, if it is limited.
    pub fn max_chunk_size(self) -> Option<usize> {
        match self {
            Self::OntologyAware | Self::SummaryStatistics => None,
            Self::Search => Some(500),
        }
    }
}
