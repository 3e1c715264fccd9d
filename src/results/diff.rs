//! Two runs side by side. In: two runs over the same cells. Out: which calls changed, how far, in which cluster.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::{CallOptions, Clusters, Error, Results, calls::call_all};
use crate::domain::{Ontology, TermId, TermIndex};

/// What two runs call the same cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Diff {
    /// Cells called by both.
    pub compared: usize,
    /// Cells that only the first run has an answer for.
    pub only_first: usize,
    /// Cells that only the second run has an answer for.
    pub only_second: usize,
    /// Cells whose first call is another one, in the first run's order.
    pub changed: Vec<ChangedCell>,
    /// Pairs of calls, the most frequent first.
    pub changes: Vec<Change>,
    /// For each cluster: its label, cells compared, cells changed.
    pub clusters: Vec<ChangedCluster>,
}

/// A cell that is called something else.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedCell {
    /// Its row in the first run's file.
    pub row: usize,
    /// What the first run calls it, with the score; the root without a score where it has no call.
    pub first: (TermId, Option<f64>),
    /// What the second run calls it, with the score; the root without a score where it has no call.
    pub second: (TermId, Option<f64>),
    /// Edges between the two, see [`Change::distance`].
    pub distance: Option<u32>,
}

/// A pair of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the first run calls the cells; the root where they have no call.
    pub first: TermId,
    /// What the second run calls them; the root where they have no call.
    pub second: TermId,
    /// The fewest edges between the two, up or down; `None` where the first run's ontology does not connect them.
    pub distance: Option<u32>,
    /// How many cells.
    pub cells: usize,
}

/// How much changed in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCluster {
    /// The cluster.
    pub label: String,
    /// Cells compared.
    pub compared: usize,
    /// Cells changed.
    pub changed: usize,
}

/// Compares the first calls of two runs. Cells are joined by row where both runs have the same names in the same order,
/// else by name; names that occur more than once are then left out. An answer that cannot be read counts as none.
///
/// # Errors
/// When the runs have no cell in common, or a run is not ontology-aware.
pub fn diff(
    first: &Results,
    second: &Results,
    options: CallOptions,
    clusters: Option<&Clusters>,
) -> Result<Diff, Error> {
    let (ontology, other) = (first.ontology()?, second.ontology()?);
    let options = CallOptions { top_k: 1, ..options };
    let (calls, other_calls) = (call_all(first, options)?, call_all(second, options)?);
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

    /// How many cells changed by how many edges of the ontology; those that nothing connects come last.
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

/// Pairs of rows of the same cell.
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

/// The row of each name; `None` for names that occur more than once.
fn rows_by_name(results: &Results) -> HashMap<&str, Option<usize>> {
    let mut rows = HashMap::with_capacity(results.cell_count());
    for (row, name) in results.names().iter().enumerate() {
        rows.entry(name).and_modify(|known| *known = None).or_insert(Some(row));
    }
    rows
}

/// Distances in the ontology, computed once from each term asked about.
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

/// The fewest edges from a term to every other, up or down.
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
