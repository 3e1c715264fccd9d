//! Marker genes of groups of a file's cells. In: a run and its calls, or a column of obs. Out: ranked genes (see
//! [`crate::analysis::markers`]).

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    str::FromStr,
};

use super::{
    CallOptions, CallTable, CellCall, Clusters, Error, GeneReader, LabelCalls, Results, calls::call_all,
    summary::majority_vote,
};
use crate::{
    analysis::{
        Watch,
        markers::{ComparedCounts, Comparison, DOTTED_TOP, Groups, MarkerTable, compare},
    },
    domain::{Ontology, OperationKind, TermIndex},
};

/// A grouping of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// By the first call of a run.
    Call,
    /// By the column that likely holds clusters.
    LikelyClusters,
    /// By a column of obs.
    Column(String),
}

impl FromStr for Grouping {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "call" => Self::Call,
            "cluster" => Self::LikelyClusters,
            column => Self::Column(column.to_owned()),
        })
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call => f.write_str("call"),
            Self::LikelyClusters => f.write_str("cluster"),
            Self::Column(column) => f.write_str(column),
        }
    }
}

/// Groups the cells of a run by their first call, in the order of the names. Cells without a call or an answer have no
/// group. In a summary-statistics run, the call is the cell type of most neighbors.
///
/// # Errors
/// Fails if the run is a search, or if its answers cannot be read.
pub fn call_groups(results: &Results, options: &CallOptions) -> Result<Groups, Error> {
    match results.kind() {
        OperationKind::SummaryStatistics => Ok(vote_groups(&majority_vote(results)?)),
        OperationKind::OntologyAware | OperationKind::Search => {
            Ok(groups_of_calls(&call_all(results, options.with_top_k(1))?, results.ontology()?))
        }
    }
}

/// Groups cells by their first call, in the order of the names. Cells without a call or an answer have no group.
pub fn groups_of_calls(calls: &CallTable, ontology: &Ontology) -> Groups {
    let name = |row: usize| match calls.of(row) {
        CellCall::Called(call) => Some(term_name(ontology, call.term)),
        CellCall::NoCall | CellCall::NoAnswer => None,
    };
    by_label((0..calls.len()).map(name).collect())
}

/// Groups cells by the cell type of most neighbors, in the order of the names.
pub fn vote_groups(votes: &LabelCalls) -> Groups {
    by_label((0..votes.codes.len()).map(|row| votes.get(row).map(|(label, _)| label.to_owned())).collect())
}

/// Returns the name of a term's group: its label, or the ID of a term without one.
fn term_name(ontology: &Ontology, term: TermIndex) -> String {
    match ontology.label(term) {
        "" => ontology.id(term).to_string(),
        label => label.to_owned(),
    }
}

/// Returns the term of each group of [`groups_of_calls`], by its name.
pub fn terms_of_groups(groups: &Groups, ontology: &Ontology) -> Vec<Option<TermIndex>> {
    let wanted: HashMap<&str, usize> = groups.names().iter().map(String::as_str).zip(0..).collect();
    let mut terms = vec![None; groups.len()];
    for term in ontology.terms() {
        if let Some(place) = wanted.get(term_name(ontology, term).as_str()) {
            terms[*place].get_or_insert(term);
        }
    }
    terms
}

/// Returns the groups that can be compared with the rest of the cells: both have at least two cells.
pub fn comparable(groups: &Groups) -> Vec<u32> {
    let is_comparable = |group: &u32| groups.size(*group) >= 2 && groups.size(*group) + 2 <= groups.cells();
    (0..groups.len() as u32).filter(is_comparable).collect()
}

/// Groups cells by labels, in the order of the labels.
fn by_label(labels: Vec<Option<String>>) -> Groups {
    let mut codes: BTreeMap<&String, u32> = labels.iter().flatten().map(|label| (label, 0)).collect();
    codes.values_mut().zip(0..).for_each(|(code, place)| *code = place);
    let names = codes.keys().map(|label| (*label).clone()).collect();
    let of_row = labels.iter().map(|label| label.as_ref().map(|label| codes[label])).collect();
    Groups::new(names, of_row)
}

impl From<Clusters> for Groups {
    fn from(clusters: Clusters) -> Self {
        let names = clusters.clusters.into_iter().map(|cluster| cluster.label).collect();
        Self::new(names, clusters.of_row)
    }
}

/// The number of genes per group that are computed and cached, if no more are requested.
pub const CACHED_TOP: usize = DOTTED_TOP;

/// Returns the ranked genes of groups of the reader's cells from the cache of the run; `None` if they must be computed.
pub fn cached_markers(reader: &GeneReader, comparison: &Comparison<'_>) -> Option<MarkerTable> {
    reader.marker_cache()?.read(comparison)
}

/// Ranks the genes of groups of the reader's cells. The table of a run is cached in its folder.
///
/// # Errors
/// Fails if the counts cannot be read or groups cannot be compared; see [`compare`].
pub fn find_markers(reader: &GeneReader, comparison: &Comparison<'_>, watch: &Watch<'_>) -> Result<MarkerTable, Error> {
    if let Some(table) = cached_markers(reader, comparison) {
        return Ok(table);
    }
    let mut cached = comparison.clone();
    if reader.marker_cache().is_some() {
        cached.selection.top = comparison.selection.top.map(|top| top.max(CACHED_TOP));
    }
    let mut table = rank(reader, &cached, watch)?;
    if let Some(cache) = reader.marker_cache() {
        cache.write(&cached, &table);
    }
    table.truncate(comparison.selection.top);
    Ok(table)
}

/// Ranks genes by reading all counts.
fn rank(reader: &GeneReader, comparison: &Comparison<'_>, watch: &Watch<'_>) -> Result<MarkerTable, Error> {
    reader.check_unchanged()?;
    let (entries, rows) = (reader.entries()?, reader.row_source()?);
    let counts = ComparedCounts { rows: &*rows, values: reader.values(), entries, spill: None };
    Ok(compare(&counts, comparison, watch)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_grouped_by_label_in_the_order_of_labels() {
        let groups = by_label(vec![Some("b".into()), None, Some("a".into()), Some("b".into())]);
        assert_eq!(groups.names(), ["a", "b"]);
        assert_eq!(groups.of_row(), [Some(1), None, Some(0), Some(1)]);
        assert_eq!((groups.size(0), groups.size(1), groups.find("b"), groups.find("c")), (1, 2, Some(1), None));
        assert_eq!(comparable(&groups), [1], "a group of one cell has no variance");
        let all_but_one = by_label([Some("a"), Some("a"), Some("b")].map(|label| label.map(str::to_owned)).to_vec());
        assert_eq!(comparable(&all_but_one), [0u32; 0], "one other cell is too few");
    }
}
