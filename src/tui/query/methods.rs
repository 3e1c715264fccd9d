//! The query for the Methods paragraph of a run.

use super::{Query, Source, source::failure};
use crate::{
    engine::clustering,
    results::{
        CallOptions,
        calls::ClusterOptions,
        methods::{Methods, MethodsGroups, MethodsOptions, methods},
    },
    store::InferredOrigin,
    tui::facts::Failure,
};

/// Query for the Methods paragraph of a run as it is shown.
#[derive(Debug)]
pub struct Describe {
    /// The options of the calls.
    pub calls: CallOptions,
    /// The column with the clusters, if there is one.
    pub clusters: Option<String>,
    /// The origin of the inferred calls, if they are shown.
    pub inferred: Option<InferredOrigin>,
}

impl Query for Describe {
    type Output = Methods;

    fn answer(&self, source: &Source) -> Result<Methods, Failure> {
        let results = source.results();
        let options = ClusterOptions { calls: self.calls.clone(), ..ClusterOptions::default() };
        let groups = self.clusters.as_ref().map(|column| MethodsGroups { column, options: &options });
        let is_computed = self.clusters.as_deref() == Some(clustering::CLUSTER_COLUMN);
        let stored = is_computed.then(|| clustering::stored(results.run(), &results.run().input_path())).flatten();
        let described = methods(
            results,
            &MethodsOptions {
                calls: &self.calls,
                groups,
                clustering: stored.map(|analysis| analysis.parameters),
                inferred: self.inferred.as_ref(),
                truth: None,
                markers: None,
            },
        );
        described.map_err(|error| failure(&error))
    }
}
