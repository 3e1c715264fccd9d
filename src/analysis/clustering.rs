//! The whole way from counts to clusters and a map.

use super::{
    Counts, Error, Parameters, Step, Watch, fuzzy_graph::Connectivities, leiden, leiden::Clusters, neighbors, prepare,
    umap,
};

/// The minimum number of cells in a neighborhood: a cell and another one.
const LEAST_NEIGHBORS: usize = 2;
/// The maximum number of cells in a neighborhood.
const MOST_NEIGHBORS: usize = 1000;
/// The largest resolution; higher values make every cell a cluster.
pub const MOST_RESOLUTION: f64 = 1000.0;

/// Whether a map is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithMap {
    /// Clusters and a map.
    Yes,
    /// Clusters only.
    No,
}

/// Clusters and, if wanted, a map of all cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Clustering {
    /// The clusters.
    pub clusters: Clusters,
    /// The points of the map, one per cell.
    pub map: Option<Vec<[f32; 2]>>,
}

/// Computes clusters and a map.
///
/// # Errors
/// Fails if there are fewer cells than a neighborhood has, if a parameter is out of range, if the counts cannot be read
/// or do not vary, or if the analysis was canceled.
pub fn cluster(
    counts: &Counts<'_>,
    parameters: &Parameters,
    with_map: WithMap,
    watch: Watch<'_>,
) -> Result<Clustering, Error> {
    check(counts.cells(), parameters)?;
    let coordinates = prepare(counts, parameters, watch)?;
    let graph = neighbors::exact(&coordinates, parameters.n_neighbors - 1, watch.of(Step::Neighbors))?;
    let connectivities = Connectivities::new(&graph);
    drop(graph);
    let clusters = leiden::clusters(&connectivities, parameters, watch.of(Step::Clusters))?;
    let map = match with_map {
        WithMap::Yes => Some(umap::map(&connectivities, &coordinates, parameters, watch.of(Step::Map))?),
        WithMap::No => None,
    };
    Ok(Clustering { clusters, map })
}

/// Checks the parameters before anything is read.
fn check(cells: usize, parameters: &Parameters) -> Result<(), Error> {
    let Parameters { n_neighbors, resolution, .. } = *parameters;
    if !(LEAST_NEIGHBORS..=MOST_NEIGHBORS).contains(&n_neighbors) {
        let (least, most) = (LEAST_NEIGHBORS, MOST_NEIGHBORS);
        return Err(Error::Parameter { name: "n_neighbors", value: n_neighbors, least, most });
    }
    if !(resolution > 0.0 && resolution <= MOST_RESOLUTION) {
        return Err(Error::Resolution { resolution, most: MOST_RESOLUTION });
    }
    if cells < LEAST_NEIGHBORS {
        return Err(Error::TooFewCells { cells, needed: LEAST_NEIGHBORS });
    }
    if cells < n_neighbors {
        return Err(Error::SmallerThanNeighborhood { cells, n_neighbors });
    }
    Ok(())
}
