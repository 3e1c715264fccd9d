//! One call for each group of cells, on the scores of the group as a whole.

use super::{Call, CallOptions, CallTable, Caller};
use crate::results::{
    Error, Results,
    aggregate::{AggregateOptions, Aggregated, aggregate_clusters},
    clusters::Clusters,
};

/// How groups are called; the defaults are those of the official function.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClusterOptions {
    /// How the scores of a group become one.
    pub aggregate: AggregateOptions,
    /// How that is called.
    pub calls: CallOptions,
}

/// The calls of groups of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterCalls {
    /// For each group its scores and its calls; `None` where none of its cells has an answer.
    pub clusters: Vec<Option<(Aggregated, Vec<Call>)>>,
    /// The same for each cell: the calls of its group, none where it has no group.
    pub table: CallTable,
}

/// Calls groups of cells, as the official `compute_most_granular_top_k_calls_cluster`.
///
/// # Errors
/// When an answer is damaged, or the run is not ontology-aware.
pub fn by_cluster(results: &Results, clusters: &Clusters, options: ClusterOptions) -> Result<ClusterCalls, Error> {
    let caller = Caller::new(results.ontology()?, options.calls)?;
    let mut table = CallTable::empty(results.cell_count(), options.calls.top_k, caller.root())?;
    let aggregated = aggregate_clusters(results, clusters, options.aggregate)?;
    let call = |aggregated: Aggregated| {
        let calls = caller.call_dense(&aggregated.scores);
        (aggregated, calls)
    };
    let called: Vec<_> = aggregated.into_iter().map(|aggregated| aggregated.map(call)).collect();
    for (cluster, called) in clusters.clusters.iter().zip(&called) {
        if let Some((_, calls)) = called {
            cluster.cells.within(0..results.cell_count()).for_each(|row| table.set(row, calls));
        }
    }
    Ok(ClusterCalls { clusters: called, table })
}
