//! Answers of a CAS server about one cell.

use super::{CasCellId, TermId};

/// The answer about one cell; its variant depends on the operation.
#[derive(Clone, Debug, PartialEq)]
pub enum CellAnswer {
    /// Scores of ontology terms.
    OntologyAware(OntologyAwareAnnotation),
    /// Distances to the neighbors of each cell type.
    SummaryStatistics(SummaryAnnotation),
    /// The nearest neighbors.
    Search(FoundNeighbors),
}

/// The ontology-aware answer about one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct OntologyAwareAnnotation {
    /// Terms with at least the prune threshold, in the order sent by the server, which is not sorted.
    pub matches: Vec<Match>,
    /// The sum of the weights of all neighbors.
    pub total_weight: f64,
    /// Number of neighbors; 0 if the model is a classifier.
    pub total_neighbors: u64,
    /// Number of neighbors whose cell type is not in the ontology.
    pub total_neighbors_unrecognized: u64,
}

/// An ontology term with its share of the total weight, from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The term.
    pub term: TermId,
    /// The label sent by the server.
    pub label: String,
    /// The weight of the neighbors with this term or a descendant, divided by the total weight. The scores of a
    /// classifier are independent of each other: a child may score higher than its parent.
    pub score: f64,
}

/// The summary-statistics answer about one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryAnnotation {
    /// One entry for each cell type among the neighbors, in descending order of the number of neighbors.
    pub matches: Vec<SummaryStatistics>,
}

/// Statistics of the neighbors of one cell type.
#[derive(Clone, Debug, PartialEq)]
pub struct SummaryStatistics {
    /// The label of the cell type.
    pub cell_type: String,
    /// Number of neighbors of this cell type.
    pub cell_count: u64,
    /// Statistics of the distances to these neighbors.
    pub distances: DistanceStats,
    /// The statistics by dataset, if the server sends them.
    pub datasets: Option<Vec<DatasetStatistics>>,
}

/// A five-number summary of distances, in units of the model's embedding.
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

/// Statistics of the neighbors of one cell type from one dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetStatistics {
    /// The ID of the dataset.
    pub dataset_id: String,
    /// Number of neighbors from this dataset.
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
    /// The neighbors as sent. All known servers send the nearest first.
    pub neighbors: Vec<Neighbor>,
    /// Number of padding entries in the answer, which represent neighbors that were not found.
    pub padding: usize,
}

/// A reference cell near a query cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// The reference cell.
    pub cell: CasCellId,
    /// The distance in units of the model's embedding. It may be negative. It may also be a similarity, for which the
    /// largest value is the nearest; see [`FoundNeighbors::are_similarities`].
    pub distance: f64,
}

impl FoundNeighbors {
    /// Returns whether the distances are similarities, where the largest is the nearest: they are sent in descending
    /// order.
    pub fn are_similarities(&self) -> bool {
        let falls = |pair: &[Neighbor]| pair[0].distance >= pair[1].distance;
        let ends = self.neighbors.first().zip(self.neighbors.last());
        ends.is_some_and(|(first, last)| first.distance > last.distance) && self.neighbors.windows(2).all(falls)
    }

    /// Returns the neighbors from the nearest to the farthest. Neighbors of equal distance keep their order.
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
    fn the_nearest_neighbor_has_the_smallest_distance_or_the_largest_similarity() {
        assert_eq!(order(&[-0.1, 0.0, 0.2]), [0, 1, 2]);
        assert_eq!(order(&[0.9, 0.4, 0.4, -0.3]), [0, 1, 2, 3]);
        assert_eq!(order(&[2.0, 1.0, 3.0]), [1, 0, 2], "unsorted values are distances");
        assert_eq!(order(&[1.0, 1.0]), [0, 1]);
        assert!(found(&[0.9, 0.4]).are_similarities());
        assert!(!found(&[1.0, 1.0]).are_similarities() && !found(&[]).are_similarities());
    }
}
