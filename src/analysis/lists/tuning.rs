//! The number of lists that are probed for a query, and the recall that it gives.
//!
//! Some reference cells are held out: they do not take part in the choice of the centroids, and their exact neighbors
//! are searched. One half chooses the number of probes: the search is exact within the probed lists, so the recall is the
//! share of neighbors that are in these lists. The other half then measures the recall.

use std::collections::HashSet;

use super::InvertedLists;
use crate::analysis::{
    Coordinates,
    neighbors::{Nearest, Searchable},
};

/// The maximum number of cells that are held out.
pub const HELD_OUT: usize = 1000;

/// The recall for which the number of probes is chosen, above the 0.98 that users may expect.
const WANTED_RECALL: f64 = 0.99;

/// The number of probes and the recall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// The number of lists with which a query is compared.
    pub probes: usize,
    /// The number of neighbors for which the recall was measured.
    pub k: usize,
    /// The share of the nearest neighbors that are found, in 0..=1.
    pub recall: f64,
}

impl Tuning {
    /// Returns whether this can be the tuning of a number of lists.
    pub(super) fn is_valid(&self, lists: usize) -> bool {
        (1..=lists).contains(&self.probes) && (0.0..=1.0).contains(&self.recall)
    }
}

/// Cells that are held out, with their exact neighbors.
pub(super) struct HeldOut {
    cells: Vec<usize>,
    points: Coordinates,
    neighbors: Vec<Vec<Nearest>>,
}

impl HeldOut {
    /// Searches the `k` nearest other cells of each cell that is held out.
    pub fn search(points: &Coordinates, cells: &[usize], k: usize) -> Self {
        let queries = points.select(cells.iter().copied());
        let mut neighbors =
            if cells.is_empty() { Vec::new() } else { Searchable::new(points.clone()).nearest(&queries, k + 1) };
        others(cells, &mut neighbors, k);
        Self { cells: cells.to_vec(), points: queries, neighbors }
    }

    fn part(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            cells: self.cells[range.clone()].to_vec(),
            points: self.points.select(range.clone()),
            neighbors: self.neighbors[range].to_vec(),
        }
    }

    /// Returns the share of the neighbors that are found.
    fn recall(&self, lists: &InvertedLists, k: usize) -> f64 {
        let mut found = lists.nearest(&self.points, k + 1);
        others(&self.cells, &mut found, k);
        let expected: usize = self.neighbors.iter().map(Vec::len).sum();
        let common = |(expected, found): (&Vec<Nearest>, &Vec<Nearest>)| {
            let found: HashSet<usize> = found.iter().map(|near| near.cell).collect();
            expected.iter().filter(|near| found.contains(&near.cell)).count()
        };
        let common: usize = self.neighbors.iter().zip(&found).map(common).sum();
        if expected == 0 { 1.0 } else { common as f64 / expected as f64 }
    }
}

/// Removes each cell itself from its neighbors.
fn others(cells: &[usize], neighbors: &mut [Vec<Nearest>], k: usize) {
    for (cell, neighbors) in cells.iter().zip(neighbors) {
        neighbors.retain(|near| near.cell != *cell);
        neighbors.truncate(k);
    }
}

/// Chooses the number of probes and measures the recall. Without cells that are held out, all lists are probed.
pub(super) fn tune(mut lists: InvertedLists, held_out: &HeldOut, k: usize) -> InvertedLists {
    let (half, all) = (held_out.cells.len() / 2, held_out.cells.len());
    let probes = probes(&lists, &held_out.part(0..half));
    lists.parts.tuning = Tuning { probes, k, recall: 1.0 };
    lists.parts.tuning.recall = held_out.part(half..all).recall(&lists, k);
    lists
}

/// Returns the smallest number of probes with the wanted recall.
fn probes(lists: &InvertedLists, held_out: &HeldOut) -> usize {
    let list_of = list_of_cells(lists);
    let mut found_at = vec![0usize; lists.lists()];
    for (ranked, neighbors) in lists.ranked_lists(&held_out.points).iter().zip(&held_out.neighbors) {
        let mut ranks = vec![0; lists.lists()];
        ranked.iter().enumerate().for_each(|(rank, list)| ranks[*list] = rank);
        neighbors.iter().for_each(|near| found_at[ranks[list_of[near.cell] as usize]] += 1);
    }
    let wanted = WANTED_RECALL * found_at.iter().sum::<usize>() as f64;
    let mut found = 0;
    let enough = found_at.iter().position(|count| {
        found += count;
        found > 0 && found as f64 >= wanted
    });
    enough.map_or(lists.lists(), |rank| rank + 1)
}

fn list_of_cells(lists: &InvertedLists) -> Vec<u32> {
    let mut list_of = vec![0; lists.rows()];
    for list in 0..lists.lists() {
        lists.parts.cells[lists.range(list)].iter().for_each(|cell| list_of[*cell as usize] = list as u32);
    }
    list_of
}
