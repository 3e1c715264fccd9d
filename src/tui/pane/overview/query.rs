//! The numbers of the overview, counted off the interface's thread.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    domain::{Ontology, OperationKind},
    results::{Clusters, LabelCalls, Overview, overview::TypeCount},
    tui::{
        facts::Failure,
        query::{Flagged, InferredCells, Query, SharedQueries, Source, shared::ReadClusters, source::failure},
    },
};

/// The inputs of the overview.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    calls: Calls,
    /// The column that defines groups.
    column: Option<String>,
    /// The groups, if they are those of the shared cluster column.
    clusters: Option<Arc<Clusters>>,
    /// The inferred calls, if they are shown.
    inferred: Option<Arc<InferredCells>>,
}

/// The calls of a run by its kind of operation.
#[derive(Clone, Debug)]
enum Calls {
    /// Of an ontology-aware run.
    Flagged(Arc<Flagged>),
    /// Of a run of summary statistics.
    Votes(Arc<LabelCalls>),
}

/// The overview, with the column of its groups.
#[derive(Debug)]
pub(super) struct Counted {
    /// The numbers.
    pub overview: Overview,
    /// The column that defines groups, if any.
    pub column: Option<String>,
    /// The reason why the column defines no groups.
    pub fault: Option<Failure>,
    /// The numbers of inferred cells, if they are shown.
    pub inferred: Option<InferredCounts>,
}

/// The numbers of inferred cells, which are not part of the other numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct InferredCounts {
    /// The number of inferred cells of each type, in the order of the overview's types.
    pub of_type: Vec<usize>,
    /// The number of inferred cells.
    pub cells: usize,
    /// The number of the file's cells without a call of either source.
    pub without: usize,
}

/// Query for the overview.
#[derive(Debug)]
pub(super) struct CountTypes(pub Inputs);

impl PartialEq for Inputs {
    /// Large parts are compared by address.
    fn eq(&self, other: &Self) -> bool {
        let clusters = |inputs: &Self| inputs.clusters.as_ref().map(Arc::as_ptr);
        let is_same = match (&self.calls, &other.calls) {
            (Calls::Flagged(a), Calls::Flagged(b)) => Arc::ptr_eq(a, b),
            (Calls::Votes(a), Calls::Votes(b)) => Arc::ptr_eq(a, b),
            (Calls::Flagged(_), Calls::Votes(_)) | (Calls::Votes(_), Calls::Flagged(_)) => false,
        };
        let inferred = |inputs: &Self| inputs.inferred.as_ref().map(Arc::as_ptr);
        let are_same_cells = inferred(self) == inferred(other);
        is_same && are_same_cells && self.column == other.column && clusters(self) == clusters(other)
    }
}

impl Inputs {
    /// Returns the inputs, or `None` while the calls are unknown.
    pub(super) fn of(queries: &SharedQueries, column: Option<&String>) -> Option<Self> {
        let calls = match queries.kind() {
            OperationKind::OntologyAware => Calls::Flagged(queries.flags().value()?.clone()),
            OperationKind::SummaryStatistics => Calls::Votes(queries.labels().value()?.clone()),
            OperationKind::Search => return None,
        };
        let clusters = queries.clusters().value().filter(|known| Some(&known.column) == column);
        let inferred = queries.inferred().value().cloned();
        Some(Self { calls, column: column.cloned(), clusters: clusters.cloned(), inferred })
    }

    /// Returns the groups of the column.
    fn groups(&self, source: &Source) -> Result<Option<Arc<Clusters>>, Failure> {
        match (&self.clusters, &self.column) {
            (Some(clusters), _) => Ok(Some(clusters.clone())),
            (None, Some(column)) => ReadClusters { column: column.clone() }.answer(source).map(Arc::new).map(Some),
            (None, None) => Ok(None),
        }
    }
}

impl Query for CountTypes {
    type Output = Counted;

    fn answer(&self, source: &Source) -> Result<Counted, Failure> {
        let (groups, fault) = match self.0.groups(source) {
            Ok(groups) => (groups, None),
            Err(fault) => (None, Some(fault)),
        };
        let mut inferred = None;
        let overview = match &self.0.calls {
            Calls::Flagged(flagged) => {
                let ontology = source.results().ontology().map_err(|error| failure(&error))?;
                let mut overview =
                    Overview::of_calls(&flagged.calls.table, ontology, &flagged.flags, groups.as_deref());
                inferred = self.0.inferred.as_ref().map(|cells| count_inferred(cells, ontology, &mut overview));
                overview
            }
            Calls::Votes(votes) => Overview::of_votes(votes, groups.as_deref()),
        };
        Ok(Counted { overview, column: self.0.column.clone(), fault, inferred })
    }
}

/// Counts inferred cells by type. A type without annotated cells is added to the overview with none.
fn count_inferred(inferred: &InferredCells, ontology: &Ontology, overview: &mut Overview) -> InferredCounts {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let terms = (0..inferred.len()).filter_map(|place| inferred.at(place)?.call);
    terms.for_each(|(term, _)| *counts.entry(ontology.label(term)).or_default() += 1);
    let of_type = |label: &str| counts.get(label).copied().unwrap_or(0);
    let known: BTreeSet<String> = overview.types.iter().map(|kind| kind.label.clone()).collect();
    let groups = overview.groups.len();
    let new = counts.keys().filter(|label| !known.contains(**label)).map(|label| TypeCount {
        key: None,
        label: (*label).to_owned(),
        is_call: true,
        cells: 0,
        median: f64::NAN,
        doubtful: 0,
        of_group: vec![0; groups],
    });
    overview.types.extend(new.collect::<Vec<_>>());
    // Cells without a call have a text that is not the label of a term.
    let of_type = overview.types.iter().map(|kind| if kind.is_call { of_type(&kind.label) } else { 0 }).collect();
    InferredCounts { of_type, cells: inferred.len(), without: inferred.without() }
}
