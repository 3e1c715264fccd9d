//! Clusters of cells. In: connectivities. Out: one cluster per cell, numbered from 0 by decreasing size.
//!
//! The Leiden algorithm (Traag, Waltman & van Eck 2019, doi:10.1038/s41598-019-41695-z): local moving, refinement and
//! aggregation, until the clusters are stable. The quality is that of Reichardt & Bornholdt 2006
//! (doi:10.1103/PhysRevE.74.016110) with the configuration null model: `Σ (w_ij - γ k_i k_j / 2m)` over the pairs of
//! cells in the same cluster. As with leidenalg's `RBConfigurationVertexPartition` and `n_iterations=-1`, iterations
//! follow each other until none improves the quality. Edges are undirected and weighted.

use rand::{SeedableRng, rngs::StdRng};

use super::{Error, Parameters, Stage, fuzzy_graph::Connectivities};
use moving::move_nodes;
use network::Network;
use refinement::refine;

mod moving;
mod network;
mod refinement;

/// The maximum number of iterations. Quality rises in each, and in practice a few dozen suffice.
const MAX_ITERATIONS: usize = 200;

/// The clusters of all cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// The cluster of each cell. Cluster 0 has the most cells; ties are in order of the first cell.
    pub of_cell: Vec<u32>,
    /// The number of clusters.
    pub count: usize,
    /// The quality divided by `2m`: the modularity, for a resolution of 1.
    pub quality: f64,
}

/// Finds the clusters of a graph.
///
/// # Errors
/// Fails if the analysis is canceled.
pub fn clusters(graph: &Connectivities, parameters: &Parameters, stage: Stage<'_>) -> Result<Clusters, Error> {
    let network = Network::new(graph, parameters.resolution);
    let mut random = StdRng::seed_from_u64(parameters.random_state);
    let mut of_cell: Vec<u32> = (0..graph.rows() as u32).collect();
    let mut quality = f64::NEG_INFINITY;
    for iteration in 0..MAX_ITERATIONS {
        stage.advance(iteration, MAX_ITERATIONS)?;
        let next = iterate(&network, of_cell.clone(), &mut random);
        let next_quality = network.quality(&next);
        if next_quality <= quality + f64::EPSILON * quality.abs().max(1.0) {
            break;
        }
        (of_cell, quality) = (next, next_quality);
    }
    let count = by_size(&mut of_cell);
    Ok(Clusters { of_cell, count, quality })
}

/// Returns the clusters after one iteration, with nodes moved at all levels of aggregation.
fn iterate(network: &Network<'_>, clusters: Vec<u32>, random: &mut StdRng) -> Vec<u32> {
    let mut node_of_cell: Vec<u32> = (0..network.len() as u32).collect();
    let mut clusters = clusters;
    let mut aggregate: Option<Network<'_>> = None;
    loop {
        let network = aggregate.as_ref().unwrap_or(network);
        move_nodes(network, &mut clusters, random);
        let count = renumber(&mut clusters);
        if count == network.len() {
            break;
        }
        let mut refined = refine(network, &clusters, random);
        let groups = renumber(&mut refined);
        if groups == network.len() {
            break;
        }
        let mut cluster_of_group = vec![0; groups];
        refined.iter().zip(&clusters).for_each(|(group, cluster)| cluster_of_group[*group as usize] = *cluster);
        let next = network.aggregate(&refined, groups);
        node_of_cell.iter_mut().for_each(|node| *node = refined[*node as usize]);
        clusters = cluster_of_group;
        aggregate = Some(next);
    }
    node_of_cell.into_iter().map(|node| clusters[node as usize]).collect()
}

/// Numbers the clusters from 0 in order of their first node, and returns their number.
fn renumber(clusters: &mut [u32]) -> usize {
    let mut numbers = vec![u32::MAX; clusters.len()];
    let mut count = 0;
    for cluster in clusters {
        let number = &mut numbers[*cluster as usize];
        if *number == u32::MAX {
            (*number, count) = (count, count + 1);
        }
        *cluster = *number;
    }
    count as usize
}

/// Numbers the clusters from 0 by decreasing size, and returns their number.
fn by_size(clusters: &mut [u32]) -> usize {
    let count = renumber(clusters);
    let mut sizes = vec![0usize; count];
    clusters.iter().for_each(|cluster| sizes[*cluster as usize] += 1);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|cluster| std::cmp::Reverse(sizes[*cluster]));
    let mut numbers = vec![0; count];
    (0..).zip(order).for_each(|(number, cluster)| numbers[cluster] = number);
    clusters.iter_mut().for_each(|cluster| *cluster = numbers[*cluster as usize]);
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Watch;

    /// The edges of Zachary's karate club (1977), as in networkx and igraph.
    const KARATE: [&[u32]; 34] = [
        &[1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31],
        &[2, 3, 7, 13, 17, 19, 21, 30],
        &[3, 7, 8, 9, 13, 27, 28, 32],
        &[7, 12, 13],
        &[6, 10],
        &[6, 10, 16],
        &[16],
        &[],
        &[30, 32, 33],
        &[33],
        &[],
        &[],
        &[],
        &[33],
        &[32, 33],
        &[32, 33],
        &[],
        &[],
        &[32, 33],
        &[33],
        &[32, 33],
        &[],
        &[32, 33],
        &[25, 27, 29, 32, 33],
        &[25, 27, 31],
        &[31],
        &[29, 33],
        &[33],
        &[31, 33],
        &[32, 33],
        &[32, 33],
        &[32, 33],
        &[33],
        &[],
    ];

    fn symmetric(edges: &[&[u32]]) -> Connectivities {
        let mut rows = vec![Vec::new(); edges.len()];
        for (source, targets) in (0u32..).zip(edges) {
            for target in *targets {
                rows[source as usize].push((*target, 1.0));
                rows[*target as usize].push((source, 1.0));
            }
        }
        rows.iter_mut().for_each(|row| row.sort_by_key(|(target, _)| *target));
        Connectivities::from_rows(rows)
    }

    fn found(graph: &Connectivities, parameters: Parameters) -> Clusters {
        clusters(graph, &parameters, Watch::default().of(crate::analysis::Step::Clusters)).unwrap()
    }

    /// The maximum modularity is known to be 0.4198, with four clusters (Brandes et al. 2008).
    #[test]
    fn the_karate_club_has_its_maximum_modularity() {
        let graph = symmetric(&KARATE);
        for random_state in 0..20 {
            let found = found(&graph, Parameters { random_state, ..Parameters::default() });
            assert_eq!((found.count, (found.quality * 1e4).round()), (4, 4198.0), "seed {random_state}");
        }
    }

    #[test]
    fn a_higher_resolution_gives_more_clusters_and_the_same_seed_the_same_ones() {
        let graph = symmetric(&KARATE);
        let of = |resolution| found(&graph, Parameters { resolution, random_state: 5, ..Parameters::default() });
        assert!(of(0.3).count < of(1.0).count && of(1.0).count < of(3.0).count);
        assert_eq!(of(1.0), of(1.0));
    }

    /// Ten cliques of five in a ring have a known optimum: one cluster per clique, or per pair of cliques.
    #[test]
    fn cliques_are_clusters_by_decreasing_size() {
        let sizes = [3, 6, 4, 9];
        let mut edges: Vec<Vec<u32>> = Vec::new();
        for size in sizes {
            let first = edges.len() as u32;
            edges.extend((first..first + size).map(|cell| (cell + 1..first + size).collect()));
        }
        let edges: Vec<&[u32]> = edges.iter().map(Vec::as_slice).collect();
        let found = found(&symmetric(&edges), Parameters::default());
        let expected: Vec<u32> = [(3, 3), (1, 6), (2, 4), (0, 9)]
            .into_iter()
            .flat_map(|(cluster, size)| std::iter::repeat_n(cluster, size))
            .collect();
        assert_eq!((found.of_cell, found.count), (expected, 4));
    }

    #[test]
    fn cells_without_edges_are_clusters_of_their_own() {
        let found = found(&symmetric(&[&[1], &[], &[], &[]]), Parameters::default());
        assert_eq!((found.of_cell, found.count, found.quality), (vec![0, 0, 1, 2], 3, 0.0));
        assert_eq!(
            super::clusters(
                &symmetric(&[]),
                &Parameters::default(),
                Watch::default().of(crate::analysis::Step::Clusters)
            )
            .unwrap()
            .count,
            0
        );
    }
}
