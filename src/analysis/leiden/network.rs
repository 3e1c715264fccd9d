//! Weighted undirected graphs at all levels of aggregation.

use std::borrow::Cow;

use crate::analysis::fuzzy_graph::Connectivities;

/// A graph whose nodes are cells or groups of cells. Edges within a node are not stored: they do not depend on the
/// cluster of the node.
#[derive(Debug)]
pub(super) struct Network<'a> {
    edges: Cow<'a, Connectivities>,
    /// The sum of the edges of each node's cells, including those within the node.
    strengths: Vec<f64>,
    /// The resolution divided by the sum of all strengths.
    pub(super) penalty: f64,
    /// The sum of all strengths, `2m`.
    total: f64,
}

impl<'a> Network<'a> {
    /// Returns the graph of single cells.
    pub(super) fn new(graph: &'a Connectivities, resolution: f64) -> Self {
        let strength = |cell| graph.row(cell).1.iter().copied().map(f64::from).sum();
        let strengths: Vec<f64> = (0..graph.rows()).map(strength).collect();
        let total: f64 = strengths.iter().sum();
        let penalty = if total > 0.0 { resolution / total } else { 0.0 };
        Self { edges: Cow::Borrowed(graph), strengths, penalty, total }
    }

    /// Returns the number of nodes.
    pub(super) fn len(&self) -> usize {
        self.strengths.len()
    }

    /// Returns the strength of a node.
    pub(super) fn strength(&self, node: usize) -> f64 {
        self.strengths[node]
    }

    /// Iterates over the neighbors of a node with the weights of their edges.
    pub(super) fn neighbors(&self, node: usize) -> impl Iterator<Item = (usize, f64)> {
        let (targets, weights) = self.edges.row(node);
        targets.iter().zip(weights).map(|(target, weight)| (*target as usize, f64::from(*weight)))
    }

    /// Returns the sum of the strengths of the nodes in each cluster.
    pub(super) fn strengths_of(&self, clusters: &[u32]) -> Vec<f64> {
        let mut sums = vec![0.0; self.len()];
        clusters.iter().zip(&self.strengths).for_each(|(cluster, strength)| sums[*cluster as usize] += strength);
        sums
    }

    /// Returns the quality of clusters of single cells, divided by `2m`; 0 without edges.
    pub(super) fn quality(&self, clusters: &[u32]) -> f64 {
        if self.total == 0.0 {
            return 0.0;
        }
        let inside = |node: usize| {
            let neighbors = self.neighbors(node).filter(|(other, _)| clusters[*other] == clusters[node]);
            neighbors.map(|(_, weight)| weight).sum::<f64>()
        };
        let within: f64 = (0..self.len()).map(inside).sum();
        let expected: f64 = self.strengths_of(clusters).iter().map(|sum| self.penalty * sum * sum).sum();
        (within - expected) / self.total
    }

    /// Returns the graph of groups of nodes.
    pub(super) fn aggregate(&self, group_of: &[u32], groups: usize) -> Network<'static> {
        let mut members = vec![Vec::new(); groups];
        (0..self.len()).for_each(|node| members[group_of[node] as usize].push(node));
        let mut sums = vec![0.0; groups];
        let mut rows = Vec::with_capacity(groups);
        for (group, members) in members.iter().enumerate() {
            let mut touched = Vec::new();
            for (other, weight) in members.iter().flat_map(|node| self.neighbors(*node)) {
                let other = group_of[other];
                if other as usize != group {
                    if sums[other as usize] == 0.0 {
                        touched.push(other);
                    }
                    sums[other as usize] += weight;
                }
            }
            touched.sort_unstable();
            rows.push(
                touched.into_iter().map(|other| (other, std::mem::take(&mut sums[other as usize]) as f32)).collect(),
            );
        }
        let strengths = members.iter().map(|members| members.iter().map(|node| self.strengths[*node]).sum()).collect();
        let edges = Cow::Owned(Connectivities::from_rows(rows));
        Network { edges, strengths, penalty: self.penalty, total: self.total }
    }
}
