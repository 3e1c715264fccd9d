//! The names of each cluster: by its aggregated scores, by its cells, and by the file. Computed off the interface's
//! thread.

use std::{collections::HashMap, sync::Arc};

use crate::{
    domain::TermId,
    engine::Column,
    results::{
        AggregateOptions, CellSet, Clusters, LabelCalls, NO_CALL,
        calls::{self, ClusterOptions},
    },
    tui::{
        facts::Failure,
        query::{Calls, Query, Source, source::failure},
    },
};

/// Query for the names of the clusters.
#[derive(Debug)]
pub(super) struct Compare {
    /// The clusters.
    pub clusters: Arc<Clusters>,
    /// The calls of all cells, for an ontology-aware run.
    pub calls: Option<Arc<Calls>>,
    /// The votes of all cells, for a run of summary statistics.
    pub votes: Option<Arc<LabelCalls>>,
    /// The column with the file's own labels.
    pub labels: Option<String>,
}

/// The names of the clusters.
#[derive(Debug)]
pub(super) struct Comparison {
    /// The clusters, in their order.
    pub clusters: Vec<ClusterComparison>,
    /// The column with the file's own labels.
    pub labels: Option<String>,
}

/// The names of a cluster.
#[derive(Debug)]
pub(super) struct ClusterComparison {
    /// The cluster's value of the column.
    pub label: String,
    /// The number of cells.
    pub cells: usize,
    /// The number of cells with a response.
    pub answered: usize,
    /// The calls of the aggregated scores, with their scores; empty if no term reaches the threshold.
    pub calls: Vec<(String, f64)>,
    /// The calls of single cells, with their fractions of the cells with a response, the largest first. Cells without
    /// a call form a fraction too.
    pub called: Vec<(String, f64)>,
    /// The file's own labels, with their fractions of the labeled cells, the largest first.
    pub labeled: Vec<(String, f64)>,
}

impl Query for Compare {
    type Output = Comparison;

    fn answer(&self, source: &Source) -> Result<Comparison, Failure> {
        let results = source.results();
        let whole = match &self.calls {
            Some(calls) => {
                let options = ClusterOptions { aggregate: AggregateOptions::default(), calls: calls.options.clone() };
                calls::by_cluster(results, &self.clusters, options).map_err(|error| failure(&error))?.clusters
            }
            None => Vec::new(),
        };
        let labels = self.labels.as_ref().and_then(|name| source.column(name).ok());
        let ontology = results.ontology().ok();
        let compare = |(place, cluster): (usize, &crate::results::clusters::Cluster)| {
            let calls = whole.get(place).and_then(Option::as_ref).map_or(&[][..], |(_, calls)| calls);
            let is_call =
                |call: &&calls::Call| ontology.is_some_and(|ontology| ontology.id(call.term).as_str() != TermId::CELL);
            let named = |call: &calls::Call| Some((ontology?.label(call.term).to_owned(), call.score));
            ClusterComparison {
                label: cluster.label.clone(),
                cells: cluster.cells.count_within(0..results.cell_count()),
                answered: results.answered(&cluster.cells),
                calls: calls.iter().filter(is_call).filter_map(named).collect(),
                called: self.called(&cluster.cells, source),
                labeled: labels.as_ref().map_or(Vec::new(), |column| labeled(column, &cluster.cells)),
            }
        };
        Ok(Comparison {
            clusters: self.clusters.clusters.iter().enumerate().map(compare).collect(),
            labels: self.labels.clone().filter(|_| labels.is_some()),
        })
    }
}

impl Compare {
    fn called(&self, cells: &CellSet, source: &Source) -> Vec<(String, f64)> {
        if let (Some(calls), Ok(ontology)) = (&self.calls, source.results().ontology()) {
            let counts = calls.table.count_first(cells, ontology.len());
            let named =
                ontology.terms().zip(counts.terms).map(|(term, count)| (ontology.label(term).to_owned(), count));
            let all = named.chain([(NO_CALL.to_owned(), counts.no_call)]);
            return shares(all.filter(|(_, count)| *count > 0).collect());
        }
        let Some(votes) = &self.votes else { return Vec::new() };
        counted(cells.within(0..votes.codes.len()).filter_map(|row| Some(votes.get(row)?.0.to_owned())))
    }
}

fn labeled(column: &Column, cells: &CellSet) -> Vec<(String, f64)> {
    counted(cells.within(0..column.len()).filter_map(|row| column.text(row)))
}

fn counted(labels: impl Iterator<Item = String>) -> Vec<(String, f64)> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    shares(counts.into_iter().collect())
}

/// Converts counts to fractions, the largest first, equal ones by name.
fn shares(mut counts: Vec<(String, usize)>) -> Vec<(String, f64)> {
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.into_iter().map(|(label, count)| (label, count as f64 / total as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_those_with_a_value_the_largest_first() {
        let column = Column::Text(["B", "T", "", "T"].map(|text| (!text.is_empty()).then(|| text.to_owned())).to_vec());
        let found = labeled(&column, &CellSet::All.clone());
        assert_eq!(found.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(), ["T", "B"]);
        assert!((found[0].1 - 2.0 / 3.0).abs() < 1e-12);
        assert!(labeled(&column, &CellSet::of([2])).is_empty());
    }
}
