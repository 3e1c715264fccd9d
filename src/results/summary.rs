//! Reduction of summary statistics to one cell type per cell. In: a summary-statistics run. Out: a label and a number
//! for each cell.
//!
//! Follows the official `reduce_cas_*` functions. These fail on a cell without matches; here such a cell has no label.

mod labels;
mod neighbors;

pub use labels::LabelCalls;
pub(crate) use neighbors::WeightedNeighborOptions;
pub use neighbors::{NeighborGraph, weighted_neighbors};

use std::collections::{HashMap, HashSet};

use labels::LabelBuilder;

use super::{Clusters, Error, Results, answers::BriefMatch};

/// Returns the cell type of most neighbors of each cell, with its share of all neighbors. Ties go to the first one.
///
/// # Errors
/// Fails if the run is not of summary statistics.
pub fn majority_vote(results: &Results) -> Result<LabelCalls, Error> {
    reduce(results, |matches| {
        let total: u64 = matches.iter().map(|found| found.cell_count).sum();
        let best = first_best(matches, |found, best| found.cell_count > best.cell_count)?;
        Some((best, best.cell_count as f64 / total as f64))
    })
}

/// Returns the cell type of the nearest neighbor of each cell, with its distance. Ties go to the first one.
///
/// # Errors
/// Fails if the run is not of summary statistics.
pub fn min_distance(results: &Results) -> Result<LabelCalls, Error> {
    reduce(results, |matches| {
        let best = first_best(matches, |found, best| found.min_distance < best.min_distance)?;
        Some((best, best.min_distance))
    })
}

/// The votes of groups of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterVotes {
    /// The cell types of each group with their shares, the largest share first.
    pub clusters: Vec<Vec<(String, f64)>>,
    /// The first cell type of the group of each cell, with its share.
    pub calls: LabelCalls,
}

/// Returns the cell type of most neighbors of all cells of a group together, with its share. Ignored cell types are
/// left out of the counts.
///
/// # Errors
/// Fails if the run is not of summary statistics.
pub fn majority_vote_per_cluster(
    results: &Results,
    clusters: &Clusters,
    ignored: &HashSet<String>,
) -> Result<ClusterVotes, Error> {
    let mut votes: Vec<Votes> = vec![Votes::default(); clusters.clusters.len()];
    results.visit_summaries(|row, matches| {
        let Some(votes) = clusters.of_row[row].and_then(|cluster| votes.get_mut(cluster as usize)) else { return };
        let counted = matches.iter().filter(|found| !ignored.contains(&found.cell_type));
        counted.for_each(|found| votes.add(&found.cell_type, found.cell_count));
    })?;
    let votes: Vec<Vec<(String, f64)>> = votes.into_iter().map(Votes::shares).collect();
    let mut calls = LabelBuilder::new(results.cell_count());
    for (row, cluster) in clusters.of_row.iter().enumerate() {
        if let Some((label, share)) = cluster.and_then(|cluster| votes[cluster as usize].first()) {
            calls.set(row, label, *share);
        }
    }
    Ok(ClusterVotes { clusters: votes, calls: calls.finish() })
}

fn reduce(results: &Results, rule: impl Fn(&[BriefMatch]) -> Option<(&BriefMatch, f64)>) -> Result<LabelCalls, Error> {
    let mut calls = LabelBuilder::new(results.cell_count());
    results.visit_summaries(|row, matches| {
        if let Some((best, value)) = rule(matches) {
            calls.set(row, &best.cell_type, value);
        }
    })?;
    Ok(calls.finish())
}

fn first_best<T>(items: &[T], better: impl Fn(&T, &T) -> bool) -> Option<&T> {
    items.iter().reduce(|best, item| if better(item, best) { item } else { best })
}

/// Counts by cell type, in the order of first occurrence.
#[derive(Clone, Default)]
struct Votes {
    places: HashMap<String, usize>,
    counts: Vec<u64>,
}

impl Votes {
    fn add(&mut self, cell_type: &str, count: u64) {
        match self.places.get(cell_type) {
            Some(place) => self.counts[*place] += count,
            None => {
                self.places.insert(cell_type.to_owned(), self.counts.len());
                self.counts.push(count);
            }
        }
    }

    fn shares(self) -> Vec<(String, f64)> {
        let total: u64 = self.counts.iter().sum();
        let mut types: Vec<(String, usize)> = self.places.into_iter().collect();
        types.sort_by_key(|(_, place)| *place);
        let mut shares: Vec<(String, f64)> =
            types.into_iter().map(|(label, place)| (label, self.counts[place] as f64 / total as f64)).collect();
        shares.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        shares
    }
}
