//! Calls of groups of cells, made from the aggregated scores of each group.

use super::{Call, CallOptions, CallTable, Caller};
use crate::results::{
    Error, Results,
    aggregate::{AggregateOptions, Aggregated, aggregate_clusters},
    clusters::Clusters,
};

/// Options of calls by group. The defaults are those of the official function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterOptions {
    /// The aggregation of the scores of a group.
    pub aggregate: AggregateOptions,
    /// The calling rule, applied to the aggregated scores.
    pub calls: CallOptions,
}

/// The calls of groups of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterCalls {
    /// The aggregated scores and calls of each group; `None` if none of its cells has an answer.
    pub clusters: Vec<Option<(Aggregated, Vec<Call>)>>,
    /// The calls of each cell's group; empty for a cell without a group.
    pub table: CallTable,
}

/// Calls groups of cells, like the official `compute_most_granular_top_k_calls_cluster`.
///
/// # Errors
/// Fails if an answer is damaged, or the run is not ontology-aware.
pub fn by_cluster(results: &Results, clusters: &Clusters, options: ClusterOptions) -> Result<ClusterCalls, Error> {
    let caller = Caller::new(results.ontology()?, options.calls)?;
    let mut table = CallTable::empty(results.cell_count(), caller.options().top_k, caller.root())?;
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
