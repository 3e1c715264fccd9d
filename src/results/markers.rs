//! Marker genes of groups of a file's cells. In: a run and its calls, or a column of obs. Out: ranked genes (see
//! [`crate::analysis::markers`]).

use std::collections::BTreeMap;

use super::{CallOptions, CellCall, Clusters, Error, GeneReader, Results, calls::call_all, summary::majority_vote};
use crate::{
    analysis::{
        Watch,
        markers::{ComparedCounts, Comparison, Groups, MarkerTable, compare},
    },
    domain::{OperationKind, TermIndex},
};

/// Groups the cells of a run by their first call, in the order of the names. Cells without a call or an answer have no
/// group. In a summary-statistics run, the call is the cell type of most neighbors.
///
/// # Errors
/// Fails if the run is a search, or if its answers cannot be read.
pub fn call_groups(results: &Results, options: &CallOptions) -> Result<Groups, Error> {
    match results.kind() {
        OperationKind::SummaryStatistics => {
            let calls = majority_vote(results)?;
            let label = |row: usize| calls.get(row).map(|(label, _)| label.to_owned());
            Ok(by_label((0..results.cell_count()).map(label).collect()))
        }
        OperationKind::OntologyAware | OperationKind::Search => {
            let (calls, ontology) = (call_all(results, options.with_top_k(1))?, results.ontology()?);
            let term = |row: usize| match calls.of(row) {
                CellCall::Called(call) => Some(call.term),
                CellCall::NoCall | CellCall::NoAnswer => None,
            };
            let terms: Vec<Option<TermIndex>> = (0..results.cell_count()).map(term).collect();
            let name = |term: TermIndex| match ontology.label(term) {
                "" => ontology.id(term).to_string(),
                label => label.to_owned(),
            };
            Ok(by_label(terms.into_iter().map(|term| term.map(name)).collect()))
        }
    }
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

/// Ranks the genes of groups of the reader's cells.
///
/// # Errors
/// Fails if the counts cannot be read or groups cannot be compared; see [`compare`].
pub fn find_markers(reader: &GeneReader, comparison: &Comparison<'_>, watch: &Watch<'_>) -> Result<MarkerTable, Error> {
    let header = reader.matrix().describe(reader.source())?;
    let entries = header.entries.unwrap_or(header.cells as u64 * header.genes as u64 / 10);
    let rows = reader.row_source()?;
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
    }
}
