//! What a CAS server answers about one cell.

use super::{CasCellId, TermId};

/// The answer about one cell, of whichever operation the run used.
#[derive(Clone, Debug, PartialEq)]
pub enum CellAnswer {
    /// Scores of ontology terms.
    OntologyAware(OntologyAwareAnnotation),
    /// Distances to the neighbors by cell type.
    SummaryStatistics(SummaryAnnotation),
    /// The neighbors themselves, as sent (nearest first on all servers seen).
    Search(Vec<Neighbor>),
}

/// The ontology-aware answer about one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct OntologyAwareAnnotation {
    /// Terms at or above the prune threshold, in the server's order (which is not sorted).
    pub matches: Vec<Match>,
    /// The sum of all neighbors' weights.
    pub total_weight: f64,
    /// How many neighbors voted.
    pub total_neighbors: u64,
    /// How many of them have a cell type that is not in the ontology.
    pub total_neighbors_unrecognized: u64,
}

/// One ontology term with its share of the neighbors' weight, in 0..=1.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The term.
    pub term: TermId,
    /// Its label, as the server sent it.
    pub label: String,
    /// The weight of the neighbors of this term or of a descendant, over the total weight.
    pub score: f64,
}

/// The summary-statistics answer about one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryAnnotation {
    /// One entry for each cell type among the neighbors, most neighbors first.
    pub matches: Vec<SummaryStatistics>,
}

/// The neighbors of one cell type.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryStatistics {
    /// The cell type's label.
    pub cell_type: String,
    /// How many neighbors are of it.
    pub cell_count: u64,
    /// Their distances.
    pub distances: DistanceStats,
    /// The same by dataset, where the server gives it.
    pub datasets: Option<Vec<DatasetStatistics>>,
}

/// Five numbers of a set of distances, in the units of the model's embedding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistanceStats {
    /// The smallest distance.
    pub min: f64,
    /// The 25th percentile.
    pub p25: f64,
    /// The median.
    pub median: f64,
    /// The 75th percentile.
    pub p75: f64,
    /// The largest distance.
    pub max: f64,
}

/// The neighbors of one cell type from one dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetStatistics {
    /// The dataset's id.
    pub dataset_id: String,
    /// How many neighbors come from it.
    pub count: u64,
    /// The smallest distance.
    pub min: f64,
    /// The largest distance.
    pub max: f64,
    /// The median distance.
    pub median: f64,
    /// The mean distance.
    pub mean: f64,
}

/// A reference cell near a query cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// The reference cell.
    pub cell: CasCellId,
    /// Its distance, in the units of the model's embedding.
    pub distance: f64,
}
