//! Refinement: every cluster is split into well-connected groups of nodes.

use rand::{RngExt, rngs::StdRng, seq::SliceRandom};

use super::{moving::Links, network::Network};

/// The randomness of the choice among groups (θ), with igraph's default. Groups are chosen in proportion to
/// `exp(gain / θ)`.
const RANDOMNESS: f64 = 0.01;

/// Returns groups of nodes, each within one cluster. All nodes start alone; a node that is still alone may join a
/// group of its cluster if that does not lower the quality and both are well connected to the rest of the cluster.
pub(super) fn refine(network: &Network<'_>, clusters: &[u32], random: &mut StdRng) -> Vec<u32> {
    let nodes = network.len();
    let mut state = Refinement::new(network, clusters);
    let mut order: Vec<usize> = (0..nodes).collect();
    order.shuffle(random);
    let mut links = Links::new(nodes);
    for node in order {
        let cluster = clusters[node];
        if state.sizes[node] != 1 || state.groups[node] != node as u32 || !state.is_well_connected(node, cluster) {
            continue;
        }
        let groups = &state.groups;
        links.collect(network, node, |other| (clusters[other] == cluster).then(|| groups[other]));
        if let Some(target) = state.choose(node, cluster, &links, random) {
            state.join(node, target, &links);
        }
    }
    state.groups
}

/// The groups during refinement. A group has the number of its first node.
struct Refinement<'a> {
    network: &'a Network<'a>,
    cluster_strengths: Vec<f64>,
    groups: Vec<u32>,
    strengths: Vec<f64>,
    /// The sum of the edges between each group and the rest of its cluster.
    outward: Vec<f64>,
    sizes: Vec<u32>,
}

impl<'a> Refinement<'a> {
    fn new(network: &'a Network<'a>, clusters: &[u32]) -> Self {
        let nodes = network.len();
        let outward = |node: usize| {
            let inside = network.neighbors(node).filter(|(other, _)| clusters[*other] == clusters[node]);
            inside.map(|(_, weight)| weight).sum()
        };
        Self {
            network,
            cluster_strengths: network.strengths_of(clusters),
            groups: (0..nodes as u32).collect(),
            strengths: (0..nodes).map(|node| network.strength(node)).collect(),
            outward: (0..nodes).map(outward).collect(),
            sizes: vec![1; nodes],
        }
    }

    fn is_well_connected(&self, group: usize, cluster: u32) -> bool {
        let rest = self.cluster_strengths[cluster as usize] - self.strengths[group];
        self.outward[group] >= self.network.penalty * self.strengths[group] * rest
    }

    /// Chooses a group for a node that is alone, or none if no group is better than being alone.
    fn choose(&self, node: usize, cluster: u32, links: &Links, random: &mut StdRng) -> Option<u32> {
        let gain = |group: u32| {
            links.to(group) - self.network.penalty * self.network.strength(node) * self.strengths[group as usize]
        };
        let candidates =
            links.clusters().iter().copied().filter(|group| self.is_well_connected(*group as usize, cluster));
        let gains: Vec<(u32, f64)> =
            candidates.map(|group| (group, gain(group))).filter(|(_, gain)| *gain >= 0.0).collect();
        let largest = gains.iter().map(|(_, gain)| *gain).fold(0.0, f64::max);
        // The largest gain is subtracted so that no exponential overflows. Staying alone has a gain of 0.
        let weight = |gain: f64| ((gain - largest) / RANDOMNESS).exp();
        let total = weight(0.0) + gains.iter().map(|(_, gain)| weight(*gain)).sum::<f64>();
        let mut left = random.random_range(0.0..1.0) * total - weight(0.0);
        if left < 0.0 {
            return None;
        }
        for &(group, gain) in &gains {
            left -= weight(gain);
            if left < 0.0 {
                return Some(group);
            }
        }
        gains.last().map(|(group, _)| *group)
    }

    fn join(&mut self, node: usize, target: u32, links: &Links) {
        let target_index = target as usize;
        self.groups[node] = target;
        self.outward[target_index] += self.outward[node] - 2.0 * links.to(target);
        self.strengths[target_index] += self.strengths[node];
        self.sizes[target_index] += 1;
        self.sizes[node] = 0;
    }
}
