//! The numbers of the overview, counted off the interface's thread.

use std::sync::Arc;

use crate::{
    domain::OperationKind,
    results::{Clusters, LabelCalls, Overview},
    tui::{
        facts::Failure,
        query::{Flagged, Query, SharedQueries, Source, shared::ReadClusters, source::failure},
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
        is_same && self.column == other.column && clusters(self) == clusters(other)
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
        Some(Self { calls, column: column.cloned(), clusters: clusters.cloned() })
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
        let overview = match &self.0.calls {
            Calls::Flagged(flagged) => {
                let ontology = source.results().ontology().map_err(|error| failure(&error))?;
                Overview::of_calls((&flagged.calls.table, ontology), &flagged.flags, groups.as_deref())
            }
            Calls::Votes(votes) => Overview::of_votes(votes, groups.as_deref()),
        };
        Ok(Counted { overview, column: self.0.column.clone(), fault })
    }
}
