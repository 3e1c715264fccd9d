//! Approximate nearest neighbors in inverted lists (IVF-flat; Jégou, Douze & Schmid 2011, doi:10.1109/TPAMI.2010.57). In:
//! coordinates of a reference and of queries. Out: the nearest reference cells of each query.
//!
//! The reference is divided into lists of cells near a centroid (`centers`). A query is compared with the cells of the
//! nearest lists. These are its probes; their number is chosen for a recall (`tuning`). Among the compared cells, the
//! search is exact and has the same arithmetic as that of [`super::neighbors`]. The points can be in a mapped file.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    Coordinates,
    neighbors::{
        Nearest, Searchable,
        kernel::{Points, QUERY_BLOCK, Shortlists, distance},
    },
    numbers::Numbers,
};

mod build;
mod centers;
mod tuning;

pub(crate) use tuning::Tuning;

/// Lists of reference points, as they are stored.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The centroid of each list.
    pub centroids: Coordinates,
    /// The end of each list; its positions begin at the end of the previous list.
    pub ends: Vec<u32>,
    /// The reference cell at each position.
    pub cells: Numbers<u32>,
    /// The coordinates at each position, row by row.
    pub points: Numbers<f32>,
    /// The squared norm at each position.
    pub norms: Numbers<f32>,
    /// The number of probes and the recall.
    pub tuning: Tuning,
}

impl Parts {
    fn are_consistent(&self) -> bool {
        let Self { centroids, ends, cells, points, norms, tuning } = self;
        let sizes_agree = ends.len() == centroids.rows()
            && ends.is_sorted()
            && ends.last().is_some_and(|last| *last as usize == cells.len())
            && norms.len() == cells.len()
            && Some(points.len()) == cells.len().checked_mul(centroids.components());
        let are_finite = |values: &[f32]| values.par_iter().all(|value| value.is_finite());
        sizes_agree
            && is_permutation(cells)
            && [centroids.values(), points, norms].into_iter().all(are_finite)
            && tuning.is_valid(ends.len())
    }
}

/// Reference points in lists, prepared for searches.
#[derive(Clone, Debug)]
pub struct InvertedLists {
    parts: Parts,
    centroids: Searchable,
    largest_norm: f32,
}

impl InvertedLists {
    /// Checks stored lists; `None` if they contradict each other.
    pub fn new(parts: Parts) -> Option<Self> {
        if !parts.are_consistent() {
            return None;
        }
        Some(Self::prepare(parts))
    }

    /// Prepares lists that are known to be consistent.
    fn prepare(parts: Parts) -> Self {
        let centroids = Searchable::new(parts.centroids.clone());
        let largest_norm = parts.norms.iter().copied().fold(0.0, f32::max);
        Self { parts, centroids, largest_norm }
    }

    /// Returns the stored form.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Returns the number of points.
    pub fn rows(&self) -> usize {
        self.parts.cells.len()
    }

    /// Returns the number of lists.
    pub fn lists(&self) -> usize {
        self.parts.ends.len()
    }

    /// Returns the nearest cells of each query, nearest first, ties in order of row: `k`, or all if there are fewer. Some
    /// of the nearest may be missed; farther ones are returned instead.
    ///
    /// # Panics
    /// Panics if the queries have a different number of dimensions.
    pub fn nearest(&self, queries: &Coordinates, k: usize) -> Vec<Vec<Nearest>> {
        let probes = self.probes(queries, k);
        // Queries with the same nearest list are compared with it together.
        let mut order: Vec<usize> = (0..queries.rows()).collect();
        order.sort_by_key(|query| probes[*query].first());
        let blocks = order.par_chunks(QUERY_BLOCK);
        let found = blocks.map(|block| self.nearest_of_block(queries, block, &probes, k)).collect::<Vec<_>>();
        let mut nearest = vec![Vec::new(); queries.rows()];
        order.into_iter().zip(found.into_iter().flatten()).for_each(|(query, found)| nearest[query] = found);
        nearest
    }

    /// Returns the lists of each query, nearest first: the chosen number, and more if these have fewer than `k` cells.
    fn probes(&self, queries: &Coordinates, k: usize) -> Vec<Vec<usize>> {
        let wanted = k.min(self.rows());
        let probed = self.centroids.nearest(queries, self.parts.tuning.probes);
        let probed = probed.into_iter().map(|lists| lists.into_iter().map(|list| list.cell).collect());
        let mut probed: Vec<Vec<usize>> = probed.collect();
        for (query, lists) in probed.iter_mut().enumerate() {
            if lists.iter().map(|list| self.range(*list).len()).sum::<usize>() < wanted {
                *lists = self.ranked_lists(&queries.select(std::iter::once(query))).remove(0);
                let mut cells = 0;
                let is_needed = |list: &usize| {
                    let is_needed = cells < wanted;
                    cells += self.range(*list).len();
                    is_needed
                };
                *lists = std::mem::take(lists).into_iter().take_while(is_needed).collect();
            }
        }
        probed
    }

    /// Returns all lists for each query, nearest first.
    fn ranked_lists(&self, queries: &Coordinates) -> Vec<Vec<usize>> {
        let ranked = self.centroids.nearest(queries, self.lists()).into_iter();
        ranked.map(|lists| lists.into_iter().map(|list| list.cell).collect()).collect()
    }

    fn range(&self, list: usize) -> std::ops::Range<usize> {
        let end = |list: usize| self.parts.ends[list] as usize;
        list.checked_sub(1).map_or(0, end)..end(list)
    }

    fn nearest_of_block(
        &self,
        queries: &Coordinates,
        block: &[usize],
        probes: &[Vec<usize>],
        k: usize,
    ) -> Vec<Vec<Nearest>> {
        let dimensions = queries.components();
        let values = queries.select(block.iter().copied());
        let mut shortlists = Shortlists::new(values.values(), dimensions, k, self.largest_norm);
        for (list, members) in visits(block, probes) {
            let range = self.range(list);
            let points = Points {
                first: range.start,
                values: &self.parts.points[range.start * dimensions..range.end * dimensions],
                norms: &self.parts.norms[range],
            };
            shortlists.compare(values.select(members.iter().copied()).values(), &members, points);
        }
        let measure = |(positions, query): (_, &[f32])| Nearest::first(self.measured(positions, query), k);
        shortlists.finish().zip(values.iter()).map(measure).collect()
    }

    fn measured(&self, positions: impl Iterator<Item = usize>, query: &[f32]) -> impl Iterator<Item = Nearest> {
        positions.map(move |position| {
            let point = &self.parts.points[position * query.len()..][..query.len()];
            Nearest { cell: self.parts.cells[position] as usize, distance: distance(query, point) }
        })
    }
}

/// Returns each list probed by queries of a block, with the places of these queries. The lists that are nearest to a
/// query come first, so that farther cells are dropped early.
fn visits(block: &[usize], probes: &[Vec<usize>]) -> Vec<(usize, Vec<usize>)> {
    let mut visits: BTreeMap<usize, (usize, Vec<usize>)> = BTreeMap::new();
    for (member, query) in block.iter().enumerate() {
        for (rank, list) in probes[*query].iter().enumerate() {
            let (best, members) = visits.entry(*list).or_insert((rank, Vec::new()));
            *best = rank.min(*best);
            members.push(member);
        }
    }
    let mut visits: Vec<_> = visits.into_iter().collect();
    visits.sort_by_key(|(list, (best, _))| (*best, *list));
    visits.into_iter().map(|(list, (_, members))| (list, members)).collect()
}

/// Returns whether each number below the length occurs once.
fn is_permutation(cells: &[u32]) -> bool {
    let mut seen = vec![false; cells.len()];
    cells.iter().all(|cell| seen.get_mut(*cell as usize).is_some_and(|seen| !std::mem::replace(seen, true)))
}

#[cfg(test)]
mod tests;
