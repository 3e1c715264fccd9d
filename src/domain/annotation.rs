//! What a CAS server answers about one cell.

use super::{CasCellId, TermId};

/// The answer about one cell, of whichever operation the run used.
#[derive(Clone, Debug, PartialEq)]
pub enum CellAnswer {
    /// Scores of ontology terms.
    OntologyAware(OntologyAwareAnnotation),
    /// Distances to the neighbors by cell type.
    SummaryStatistics(SummaryAnnotation),
    /// The neighbors themselves.
    Search(FoundNeighbors),
}

/// The ontology-aware answer about one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct OntologyAwareAnnotation {
    /// Terms at or above the prune threshold, in the server's order (which is not sorted).
    pub matches: Vec<Match>,
    /// The sum of all neighbors' weights.
    pub total_weight: f64,
    /// How many neighbors voted; none of a classifier's.
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
    /// The weight of the neighbors of this term or of a descendant, over the total weight. A classifier's scores are its
    /// own: a child may score above its parent.
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

/// The neighbors of a query cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundNeighbors {
    /// The neighbors as sent: the nearest first on all servers seen.
    pub neighbors: Vec<Neighbor>,
    /// How many entries of the answer stood for neighbors that were not found.
    pub padding: usize,
}

/// A reference cell near a query cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// The reference cell.
    pub cell: CasCellId,
    /// Its distance, in the units of the model's embedding. It may be negative, or a similarity: then the largest is the
    /// nearest. The order of the answer tells.
    pub distance: f64,
}

impl FoundNeighbors {
    /// Whether the distances are similarities, of which the largest is the nearest: they are sent in falling order.
    pub fn are_similarities(&self) -> bool {
        let falls = |pair: &[Neighbor]| pair[0].distance >= pair[1].distance;
        let ends = self.neighbors.first().zip(self.neighbors.last());
        ends.is_some_and(|(first, last)| first.distance > last.distance) && self.neighbors.windows(2).all(falls)
    }

    /// The neighbors from the nearest to the farthest; equally near ones as sent.
    pub fn nearest_first(&self) -> Vec<Neighbor> {
        let mut neighbors = self.neighbors.clone();
        if !self.are_similarities() {
            neighbors.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        }
        neighbors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(distances: &[f64]) -> FoundNeighbors {
        let neighbor = |(id, &distance)| Neighbor { cell: CasCellId(id), distance };
        FoundNeighbors { neighbors: (0..).zip(distances).map(neighbor).collect(), padding: 0 }
    }

    fn order(distances: &[f64]) -> Vec<i64> {
        found(distances).nearest_first().iter().map(|neighbor| neighbor.cell.0).collect()
    }

    #[test]
    fn the_nearest_has_the_least_distance_or_the_largest_similarity() {
        assert_eq!(order(&[-0.1, 0.0, 0.2]), [0, 1, 2]);
        assert_eq!(order(&[0.9, 0.4, 0.4, -0.3]), [0, 1, 2, 3]);
        assert_eq!(order(&[2.0, 1.0, 3.0]), [1, 0, 2], "neither rising nor falling: distances in no order");
        assert_eq!(order(&[1.0, 1.0]), [0, 1]);
        assert!(found(&[0.9, 0.4]).are_similarities());
        assert!(!found(&[1.0, 1.0]).are_similarities() && !found(&[]).are_similarities());
    }
}
