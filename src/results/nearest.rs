//! The distance of the nearest neighbor of every cell, in the runs whose answers have distances.

use super::{Error, Results, summary};
use crate::domain::{CellAnswer, FoundNeighbors, OperationKind};

/// Returns the distance of the nearest neighbor of every cell: of the smallest distance in a run of summary statistics,
/// of the first neighbor in a run of search. NaN for a cell without a readable answer or without neighbors.
///
/// # Errors
/// Fails if the answers have no distances, or cannot be read.
pub fn distances(results: &Results) -> Result<Vec<f32>, Error> {
    match results.kind() {
        OperationKind::Search => of_search(results),
        // An ontology-aware run is refused there.
        OperationKind::SummaryStatistics | OperationKind::OntologyAware => {
            Ok(summary::min_distance(results)?.values.into_iter().map(|distance| distance as f32).collect())
        }
    }
}

fn of_search(results: &Results) -> Result<Vec<f32>, Error> {
    let mut distances = vec![f32::NAN; results.cell_count()];
    let manifest = results.run().manifest();
    for chunk in results.stored().iter() {
        // An answer that cannot be read is listed elsewhere, and does not hide the others.
        let Ok(answers) = results.answers(*chunk) else { continue };
        for (row, answer) in manifest.range(*chunk).zip(answers.iter()) {
            if let (CellAnswer::Search(found), Some(distance)) = (answer, distances.get_mut(row)) {
                *distance = nearest(found).map_or(f32::NAN, |nearest| nearest as f32);
            }
        }
    }
    Ok(distances)
}

/// Returns the distance of the nearest neighbor. The largest similarity is the nearest.
fn nearest(found: &FoundNeighbors) -> Option<f64> {
    let distances = found.neighbors.iter().map(|neighbor| neighbor.distance);
    match found.are_similarities() {
        true => distances.reduce(f64::max),
        false => distances.reduce(f64::min),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CasCellId, Neighbor};

    fn found(distances: &[f64]) -> FoundNeighbors {
        let neighbor = |distance: &f64| Neighbor { cell: CasCellId(1), distance: *distance };
        FoundNeighbors { neighbors: distances.iter().map(neighbor).collect(), padding: 0 }
    }

    #[test]
    fn the_nearest_neighbor_has_the_smallest_distance_or_the_largest_similarity() {
        assert_eq!(nearest(&found(&[2.0, 1.5, 9.0])), Some(1.5));
        assert_eq!(nearest(&found(&[0.9, 0.5, 0.1])), Some(0.9));
        assert_eq!(nearest(&found(&[])), None);
    }
}
