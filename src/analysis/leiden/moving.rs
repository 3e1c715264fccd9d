//! Fast local moving: nodes join the cluster that raises the quality most, until none can.

use std::collections::VecDeque;

use rand::{rngs::StdRng, seq::SliceRandom};

use super::network::Network;

/// The smallest gain for which a node is moved; protects against endless moves by rounding.
const MIN_GAIN: f64 = 1e-10;

/// The sums of edges from one node to the clusters of its neighbors.
#[derive(Debug)]
pub(super) struct Links {
    sums: Vec<f64>,
    clusters: Vec<u32>,
}

impl Links {
    /// Creates sums for at most `count` clusters.
    pub(super) fn new(count: usize) -> Self {
        Self { sums: vec![0.0; count], clusters: Vec::new() }
    }

    /// Collects the edges of a node to those neighbors whose cluster is known.
    pub(super) fn collect(&mut self, network: &Network<'_>, node: usize, cluster: impl Fn(usize) -> Option<u32>) {
        self.clusters.drain(..).for_each(|cluster| self.sums[cluster as usize] = 0.0);
        for (neighbor, weight) in network.neighbors(node) {
            if let Some(cluster) = cluster(neighbor) {
                if self.sums[cluster as usize] == 0.0 {
                    self.clusters.push(cluster);
                }
                self.sums[cluster as usize] += weight;
            }
        }
    }

    /// Returns the sum of the edges to a cluster.
    pub(super) fn to(&self, cluster: u32) -> f64 {
        self.sums[cluster as usize]
    }

    /// Returns the clusters of the neighbors, in order of their first neighbor.
    pub(super) fn clusters(&self) -> &[u32] {
        &self.clusters
    }
}

/// Moves nodes until no single move raises the quality. Cluster numbers must be below the number of nodes.
pub(super) fn move_nodes(network: &Network<'_>, clusters: &mut [u32], random: &mut StdRng) {
    let nodes = network.len();
    let mut state = Moving::new(network, clusters);
    let mut order: Vec<usize> = (0..nodes).collect();
    order.shuffle(random);
    let mut queue = VecDeque::from(order);
    let mut is_queued = vec![true; nodes];
    let mut links = Links::new(nodes);
    while let Some(node) = queue.pop_front() {
        is_queued[node] = false;
        links.collect(network, node, |other| Some(clusters[other]));
        let Some(target) = state.best(network.strength(node), clusters[node], &links) else { continue };
        state.apply(network.strength(node), clusters[node], target);
        clusters[node] = target;
        for (other, _) in network.neighbors(node) {
            if clusters[other] != target && !is_queued[other] {
                is_queued[other] = true;
                queue.push_back(other);
            }
        }
    }
}

/// The clusters during local moving.
struct Moving {
    penalty: f64,
    strengths: Vec<f64>,
    sizes: Vec<u32>,
    empty: Vec<u32>,
}

impl Moving {
    fn new(network: &Network<'_>, clusters: &[u32]) -> Self {
        let mut sizes = vec![0; network.len()];
        clusters.iter().for_each(|cluster| sizes[*cluster as usize] += 1);
        let empty = (0..network.len() as u32).rev().filter(|cluster| sizes[*cluster as usize] == 0).collect();
        Self { penalty: network.penalty, strengths: network.strengths_of(clusters), sizes, empty }
    }

    /// Returns the cluster that raises the quality most if a node moves there from its own one.
    fn best(&self, strength: f64, own: u32, links: &Links) -> Option<u32> {
        let rest = self.strengths[own as usize] - strength;
        let mut best = (links.to(own) - self.penalty * strength * rest + MIN_GAIN, None);
        for &cluster in links.clusters().iter().filter(|cluster| **cluster != own) {
            let gain = links.to(cluster) - self.penalty * strength * self.strengths[cluster as usize];
            if gain > best.0 {
                best = (gain, Some(cluster));
            }
        }
        if best.0 < 0.0 && self.sizes[own as usize] > 1 { self.empty.last().copied() } else { best.1 }
    }

    fn apply(&mut self, strength: f64, from: u32, to: u32) {
        if self.empty.last() == Some(&to) {
            self.empty.pop();
        }
        self.strengths[from as usize] -= strength;
        self.strengths[to as usize] += strength;
        self.sizes[from as usize] -= 1;
        self.sizes[to as usize] += 1;
        if self.sizes[from as usize] == 0 {
            self.strengths[from as usize] = 0.0;
            self.empty.push(from);
        }
    }
}
