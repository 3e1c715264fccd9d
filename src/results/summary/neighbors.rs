//! Summary statistics smoothed over a neighbor graph of the run's own cells.

use super::labels::{LabelBuilder, LabelCalls};
use crate::results::{Error, Results, aggregate::pairwise::PairwiseSum};

/// A graph of the cells as scanpy stores it in `obsp["connectivities"]`: CSR, cells × cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeighborGraph {
    /// The start of each cell's neighbors, followed by their total number.
    pub indptr: Vec<usize>,
    /// The rows of the neighbors.
    pub neighbors: Vec<u32>,
    /// The strength of each connection.
    pub weights: Vec<f64>,
}

/// Options of the weighting. The defaults are those of the official function.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedNeighborOptions {
    /// The number of neighbors used, the cell itself included. The graph limits how many there are.
    pub neighbors: usize,
    /// The strength of a cell's connection to itself.
    pub self_connectivity: f64,
    /// The minimum number of cells per cell type. Rarer cell types are replaced.
    pub min_cells_per_type: usize,
    /// The label that replaces rare cell types.
    pub unreliable: String,
}

impl Default for WeightedNeighborOptions {
    fn default() -> Self {
        Self {
            neighbors: 10,
            self_connectivity: 1.0,
            min_cells_per_type: 10,
            unreliable: "Unknown or Unconfident".to_owned(),
        }
    }
}

/// Returns the cell type with the highest weighted mean share among a cell's strongest neighbors, with that mean. The
/// weights are the connection strengths. Follows the official
/// `reduce_cas_cell_type_summary_statistics_response_by_wnn`.
///
/// Of equally strong connections the later one in the graph ranks first, and the cell itself before all others. Ties
/// between cell types go to the one that came first in the answers; the official order is random from run to run.
/// Neighbors without an answer or without matches add nothing.
///
/// # Errors
/// Fails if the run is not of summary statistics, or the graph does not fit its cells.
pub fn weighted_neighbors(
    results: &Results,
    graph: &NeighborGraph,
    options: &WeightedNeighborOptions,
) -> Result<LabelCalls, Error> {
    graph.check(results.cell_count())?;
    let mut calls = LabelBuilder::new(results.cell_count());
    let shares = Shares::read(results, &mut calls)?;
    let calls = calls.finish();
    let mut scratch = Scratch { sums: vec![0.0; calls.labels.len()], touched: Vec::new() };
    let mut calls = calls;
    for row in 0..results.cell_count() {
        for (neighbor, weight) in graph.weights_of(row, options) {
            shares.of(neighbor).for_each(|(label, share)| scratch.add(label, weight * share));
        }
        if let Some((label, value)) = scratch.take_best() {
            (calls.codes[row], calls.values[row]) = (Some(label), value);
        }
    }
    Ok(without_rare(calls, options))
}

/// Replaces the labels of rare cell types.
fn without_rare(mut calls: LabelCalls, options: &WeightedNeighborOptions) -> LabelCalls {
    let counts = calls.counts();
    let unreliable = calls.labels.iter().position(|label| *label == options.unreliable).unwrap_or(calls.labels.len());
    if unreliable == calls.labels.len() {
        calls.labels.push(options.unreliable.clone());
    }
    let rare = |code: &u32| counts[*code as usize] < options.min_cells_per_type;
    calls.codes.iter_mut().flatten().filter(|code| rare(code)).for_each(|code| *code = unreliable as u32);
    calls
}

impl NeighborGraph {
    fn check(&self, cells: usize) -> Result<(), Error> {
        let ascending = self.indptr.is_sorted() && self.indptr.first() == Some(&0);
        let ends = self.indptr.last() == Some(&self.neighbors.len()) && self.neighbors.len() == self.weights.len();
        let inside = self.neighbors.iter().all(|neighbor| (*neighbor as usize) < cells);
        if self.indptr.len() == cells + 1 && ascending && ends && inside {
            Ok(())
        } else {
            Err(Error::Graph { rows: self.indptr.len().saturating_sub(1), cells })
        }
    }

    /// Returns a cell and its strongest neighbors with weights that sum to 1.
    fn weights_of(&self, row: usize, options: &WeightedNeighborOptions) -> impl Iterator<Item = (usize, f64)> + use<> {
        let places = self.indptr[row]..self.indptr[row + 1];
        let mut connected: Vec<(usize, f64)> =
            places.map(|place| (self.neighbors[place] as usize, self.weights[place])).collect();
        connected.push((row, options.self_connectivity));
        connected.reverse();
        connected.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        connected.truncate(options.neighbors);
        let values: Vec<f64> = connected.iter().map(|(_, value)| *value).collect();
        let sum = PairwiseSum::of(&values);
        connected.into_iter().map(move |(neighbor, value)| (neighbor, value / sum))
    }
}

/// The share of each cell type among the reference neighbors of each cell.
struct Shares {
    ends: Vec<usize>,
    labels: Vec<u32>,
    shares: Vec<f64>,
}

impl Shares {
    fn read(results: &Results, labels: &mut LabelBuilder) -> Result<Self, Error> {
        let mut found = Self { ends: vec![0], labels: Vec::new(), shares: Vec::new() };
        results.visit_summaries(|row, matches| {
            found.ends.resize(row + 1, found.labels.len());
            let start = found.labels.len();
            for one in matches {
                let label = labels.place(&one.cell_type);
                match found.labels[start..].iter().position(|known| *known == label) {
                    Some(place) => found.shares[start + place] += one.cell_count as f64,
                    None => {
                        found.labels.push(label);
                        found.shares.push(one.cell_count as f64);
                    }
                }
            }
            let total: f64 = found.shares[start..].iter().sum();
            found.shares[start..].iter_mut().for_each(|share| *share /= total);
        })?;
        found.ends.resize(results.cell_count() + 1, found.labels.len());
        Ok(found)
    }

    fn of(&self, row: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let places = self.ends[row]..self.ends[row + 1];
        self.labels[places.clone()].iter().copied().zip(self.shares[places].iter().copied())
    }
}

/// Sums by label, reset by [`Scratch::take_best`].
struct Scratch {
    sums: Vec<f64>,
    touched: Vec<u32>,
}

impl Scratch {
    fn add(&mut self, label: u32, value: f64) {
        if self.sums[label as usize] == 0.0 {
            self.touched.push(label);
        }
        self.sums[label as usize] += value;
    }

    fn take_best(&mut self) -> Option<(u32, f64)> {
        self.touched.sort_unstable();
        self.touched.dedup();
        let mut best: Option<(u32, f64)> = None;
        for label in self.touched.drain(..) {
            let value = std::mem::take(&mut self.sums[label as usize]);
            if best.is_none_or(|(_, highest)| value > highest) {
                best = Some((label, value));
            }
        }
        best
    }
}
