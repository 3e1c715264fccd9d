//! Comparison of two runs. In: two runs over the same cells. Out: the changed calls, their distance in the ontology,
//! and counts by cluster.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{CallOptions, Clusters, Error, Results, calls::call_all};
use crate::domain::{Ontology, TermId, TermIndex};

/// The differences between the calls of two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    /// Number of cells called by both.
    pub compared: usize,
    /// Number of cells with an answer in the first run only.
    pub only_first: usize,
    /// Number of cells with an answer in the second run only.
    pub only_second: usize,
    /// Cells whose first call differs, in the first run's order.
    pub changed: Vec<ChangedCell>,
    /// Pairs of different calls, the most frequent first.
    pub changes: Vec<Change>,
    /// Numbers of compared and changed cells for each cluster.
    pub clusters: Vec<ChangedCluster>,
}

/// A cell whose first call differs.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedCell {
    /// The row in the first run's file.
    pub row: usize,
    /// The call of the first run with its score; the root without a score if the cell has no call.
    pub first: (TermId, Option<f64>),
    /// The call of the second run with its score; the root without a score if the cell has no call.
    pub second: (TermId, Option<f64>),
    /// The number of edges between the two calls; see [`Change::distance`].
    pub distance: Option<u32>,
}

/// A pair of different calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The call of the first run; the root for cells without a call.
    pub first: TermId,
    /// The call of the second run; the root for cells without a call.
    pub second: TermId,
    /// The smallest number of edges between the two, up or down; `None` if the first run's ontology does not connect
    /// them.
    pub distance: Option<u32>,
    /// The number of cells with this pair of calls.
    pub cells: usize,
}

/// The number of changed cells in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCluster {
    /// The label of the cluster.
    pub label: String,
    /// The number of compared cells.
    pub compared: usize,
    /// The number of changed cells.
    pub changed: usize,
}

/// Compares the first calls of two runs. Cells are joined by row if both runs have the same names in the same order.
/// Otherwise they are joined by name, and names that occur more than once are left out. An unreadable answer counts as
/// missing.
///
/// # Errors
/// Fails if the runs have no cell in common, or a run is not ontology-aware.
pub fn diff(
    first: &Results,
    second: &Results,
    options: CallOptions,
    clusters: Option<&Clusters>,
) -> Result<Diff, Error> {
    let (ontology, other) = (first.ontology()?, second.ontology()?);
    let options = options.with_top_k(1);
    let (calls, other_calls) = (call_all(first, options.clone())?, call_all(second, options)?);
    let mut diff = Diff::empty(clusters);
    let mut pairs: BTreeMap<(TermIndex, TermId), usize> = BTreeMap::new();
    let mut distances = Distances::new(ontology);
    for (row, other_row) in joined(first, second)? {
        let (a, b) = match (calls.official(row, 0), other_calls.official(other_row, 0)) {
            (Some(a), Some(b)) => (a, b),
            (Some(_), None) => {
                diff.only_first += 1;
                continue;
            }
            (None, Some(_)) => {
                diff.only_second += 1;
                continue;
            }
            (None, None) => continue,
        };
        let (id, other_id) = (ontology.id(a.term), other.id(b.term));
        let changed = id != other_id;
        diff.count(clusters.and_then(|clusters| clusters.of_row[row]), changed);
        if changed {
            *pairs.entry((a.term, other_id.clone())).or_default() += 1;
            let distance = distances.between(a.term, other_id);
            let first = (id.clone(), calls.called(row, 0).map(|call| call.score));
            let second = (other_id.clone(), other_calls.called(other_row, 0).map(|call| call.score));
            diff.changed.push(ChangedCell { row, first, second, distance });
        }
    }
    diff.changes = pairs
        .into_iter()
        .map(|((term, second), cells)| Change {
            first: ontology.id(term).clone(),
            distance: distances.between(term, &second),
            second,
            cells,
        })
        .collect();
    diff.changes.sort_by_key(|change| std::cmp::Reverse(change.cells));
    Ok(diff)
}

impl Diff {
    fn empty(clusters: Option<&Clusters>) -> Self {
        let labels = clusters.into_iter().flat_map(|clusters| &clusters.clusters).map(|cluster| cluster.label.clone());
        Self {
            compared: 0,
            only_first: 0,
            only_second: 0,
            changed: Vec::new(),
            changes: Vec::new(),
            clusters: labels.map(|label| ChangedCluster { label, compared: 0, changed: 0 }).collect(),
        }
    }

    /// Returns the number of changed cells by distance. Unconnected pairs come last.
    pub fn by_distance(&self) -> Vec<(Option<u32>, usize)> {
        let mut counts: BTreeMap<(bool, Option<u32>), usize> = BTreeMap::new();
        for cell in &self.changed {
            *counts.entry((cell.distance.is_none(), cell.distance)).or_default() += 1;
        }
        counts.into_iter().map(|((_, distance), cells)| (distance, cells)).collect()
    }

    fn count(&mut self, cluster: Option<u32>, changed: bool) {
        self.compared += 1;
        if let Some(cluster) = cluster.and_then(|cluster| self.clusters.get_mut(cluster as usize)) {
            cluster.compared += 1;
            cluster.changed += usize::from(changed);
        }
    }
}

/// Returns pairs of rows of the same cell.
fn joined(first: &Results, second: &Results) -> Result<Vec<(usize, usize)>, Error> {
    if first.names().iter().eq(second.names().iter()) {
        return Ok((0..first.cell_count()).map(|row| (row, row)).collect());
    }
    let (once, other_once) = (rows_by_name(first), rows_by_name(second));
    let mut rows: Vec<(usize, usize)> =
        once.iter().filter_map(|(name, row)| Some(((*row)?, (*other_once.get(name)?)?))).collect();
    rows.sort_unstable();
    if rows.is_empty() {
        let folder = |results: &Results| results.run().folder().to_owned();
        return Err(Error::NothingInCommon { first: folder(first), second: folder(second) });
    }
    Ok(rows)
}

/// Returns the row of each name; `None` for names that occur more than once.
fn rows_by_name(results: &Results) -> HashMap<&str, Option<usize>> {
    let mut rows = HashMap::with_capacity(results.cell_count());
    for (row, name) in results.names().iter().enumerate() {
        rows.entry(name).and_modify(|known| *known = None).or_insert(Some(row));
    }
    rows
}

/// Distances in the ontology. They are computed once for each start term.
struct Distances<'a> {
    ontology: &'a Ontology,
    known: HashMap<TermIndex, Vec<Option<u32>>>,
}

impl<'a> Distances<'a> {
    fn new(ontology: &'a Ontology) -> Self {
        Self { ontology, known: HashMap::new() }
    }

    fn between(&mut self, from: TermIndex, to: &TermId) -> Option<u32> {
        let to = self.ontology.find(to)?;
        let ontology = self.ontology;
        self.known.entry(from).or_insert_with(|| distances_from(ontology, from))[to.as_usize()]
    }
}

/// Returns the smallest number of edges from a term to every other term, up or down.
pub fn distances_from(ontology: &Ontology, from: TermIndex) -> Vec<Option<u32>> {
    let mut distances = vec![None; ontology.len()];
    distances[from.as_usize()] = Some(0);
    let mut open = VecDeque::from([(from, 0)]);
    while let Some((term, distance)) = open.pop_front() {
        for next in ontology.parents(term).iter().chain(ontology.children(term)) {
            if distances[next.as_usize()].is_none() {
                distances[next.as_usize()] = Some(distance + 1);
                open.push_back((*next, distance + 1));
            }
        }
    }
    distances
}
