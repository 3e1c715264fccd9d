//! Two-dimensional maps. In: connectivities. Out: one point per cell.
//!
//! McInnes, Healy & Melville 2018, arXiv:1802.03426, with the defaults of `scanpy.tl.umap`: `min_dist` 0.5, `spread`
//! 1.0, 5 negative samples, and 500 epochs up to 10,000 cells, 200 above. The start is spectral; where the graph has
//! several components or the eigenvectors do not converge, it is the first two principal components.
//!
//! One deviation: within an epoch every cell sees the others where they were when the epoch began. Hence all cells can
//! be moved at once, and the result depends on the seed only, not on the number of threads.

use super::{Coordinates, Error, Parameters, Stage, fuzzy_graph::Connectivities};

mod curve;
mod forces;
mod layout;
mod random;
mod spectral;

/// The number of cells up to which more epochs are used.
const FEW_CELLS: usize = 10_000;
/// The extent of the start in each dimension.
const EXTENT: f32 = 10.0;
/// The scale of the distances of cells that are not nearest neighbors (`spread`).
const SPREAD: f64 = 1.0;

/// Returns a point for each cell.
///
/// # Errors
/// Fails if the analysis is canceled.
pub fn map(
    graph: &Connectivities,
    coordinates: &Coordinates,
    parameters: &Parameters,
    stage: Stage<'_>,
) -> Result<Vec<[f32; 2]>, Error> {
    let epochs = if graph.rows() <= FEW_CELLS { 500 } else { 200 };
    let curve = curve::fit(parameters.min_dist, SPREAD);
    let mut points = match spectral::start(graph, parameters.random_state) {
        Some(points) => points,
        None => principal(coordinates),
    };
    random::scatter(&mut points, parameters.random_state);
    stretch(&mut points, EXTENT);
    layout::Layout { graph, curve, epochs, seed: parameters.random_state }.run(points, stage)
}

/// Returns the first two principal components; 0 for missing ones.
fn principal(coordinates: &Coordinates) -> Vec<[f32; 2]> {
    let value = |row: &[f32], component: usize| row.get(component).copied().unwrap_or(0.0);
    let rows = (0..coordinates.rows()).map(|row| coordinates.row(row));
    rows.map(|row| [value(row, 0), value(row, 1)]).collect()
}

/// Moves and scales the points so that each dimension covers 0 to `extent`.
fn stretch(points: &mut [[f32; 2]], extent: f32) {
    for dimension in 0..2 {
        let values = points.iter().map(|point| point[dimension]);
        let (low, high) = values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let scale = if high > low { extent / (high - low) } else { 0.0 };
        points.iter_mut().for_each(|point| point[dimension] = (point[dimension] - low) * scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Step, Watch, neighbors};

    fn mapped(coordinates: &Coordinates, random_state: u64) -> Vec<[f32; 2]> {
        let graph = neighbors::exact(coordinates, 14, Watch::default().of(Step::Neighbors)).unwrap();
        let parameters = Parameters { random_state, ..Parameters::default() };
        map(&Connectivities::new(&graph), coordinates, &parameters, Watch::default().of(Step::Map)).unwrap()
    }

    /// Returns 120 cells in three groups, at the given distance from each other.
    fn groups(distance: f32) -> Coordinates {
        let value = |i: usize| {
            let (cell, dimension) = (i / 5, i % 5);
            let noise = ((i * 7919 + 13) % 1009) as f32 / 1009.0;
            noise + if dimension == cell % 3 { distance } else { 0.0 }
        };
        Coordinates::new(5, (0..600).map(value).collect())
    }

    /// Returns the number of cells whose nearest cell in the map is of the same group.
    fn neighbors_in_group(points: &[[f32; 2]]) -> usize {
        let distance = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
        let near = |cell: usize| {
            let others = (0..points.len()).filter(|other| *other != cell);
            others.min_by(|a, b| distance(points[cell], points[*a]).total_cmp(&distance(points[cell], points[*b])))
        };
        (0..points.len()).filter(|cell| near(*cell).unwrap() % 3 == cell % 3).count()
    }

    #[test]
    fn neighbors_stay_together_with_either_start() {
        for distance in [1.0, 100.0] {
            let points = mapped(&groups(distance), 0);
            assert!(neighbors_in_group(&points) >= 118, "{}", neighbors_in_group(&points));
        }
    }

    #[test]
    fn the_map_depends_on_the_seed_and_not_on_the_number_of_threads() {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let on = |threads: usize, seed| pool(threads).install(|| mapped(&groups(1.0), seed));
        assert_eq!(on(1, 3), on(3, 3));
        assert_ne!(on(2, 3), on(2, 4));
    }

    #[test]
    fn cells_at_the_same_point_have_finite_places() {
        let points = mapped(&Coordinates::new(2, vec![1.0; 60]), 0);
        assert!(points.iter().flatten().all(|value| value.is_finite()));
    }
}
