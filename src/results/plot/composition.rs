//! The cell types of groups, and the flags of calls.

use super::{PlotError, PlotRequest, PlotSource};
use crate::{
    domain::OperationKind,
    results::{
        CallOptions, CallTable, Clusters, Error, Flags, Overview, Results,
        calls::call_all,
        figure::{Figure, composition::figure},
        flags::flag_all,
        markers::Grouping,
        summary,
    },
};

/// Draws the cell types of groups.
pub(super) fn draw(source: &PlotSource<'_>, request: &PlotRequest) -> Result<Figure, PlotError> {
    let column = match &request.by {
        Grouping::Column(column) => Some(column.as_str()),
        Grouping::Call | Grouping::LikelyClusters => None,
    };
    let clusters = source.clusters(column)?;
    let overview = overview(source.results(), &request.calls, Some(&clusters))?;
    Ok(figure((&overview, &clusters.column), &request.colors))
}

/// Counts the cell types of a run.
///
/// # Errors
/// Fails if the run is a search, or its ontology is damaged.
pub fn overview(results: &Results, calls: &CallOptions, clusters: Option<&Clusters>) -> Result<Overview, Error> {
    match results.kind() {
        OperationKind::SummaryStatistics => Ok(Overview::of_votes(&summary::majority_vote(results)?, clusters)),
        OperationKind::OntologyAware | OperationKind::Search => {
            let (calls, flags) = flagged(results, calls, clusters)?;
            Ok(Overview::of_calls(&calls, results.ontology()?, &flags, clusters))
        }
    }
}

/// Returns the calls of all cells, and their flags.
pub(super) fn flagged(
    results: &Results,
    calls: &CallOptions,
    clusters: Option<&Clusters>,
) -> Result<(CallTable, Vec<Flags>), Error> {
    let calls = call_all(results, calls.with_top_k(1))?;
    let flags = flag_all(&calls, results.ontology()?, clusters);
    Ok((calls, flags))
}
