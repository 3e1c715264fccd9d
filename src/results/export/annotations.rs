//! Descriptions of how an export was made, for formats with a place for it: Parquet metadata and uns of `.h5ad`.

use super::LabelOptions;
use crate::{
    domain::OperationKind,
    results::{
        DepthRule, Flag, Results,
        infer::{CellSource, Inferred},
    },
};

/// Ordered pairs of name and value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Annotations(Vec<(&'static str, String)>);

impl Annotations {
    /// Returns the description of an export with calls: the run and the calling rule.
    pub(super) fn of(results: &Results, labels: &LabelOptions<'_>) -> Self {
        let manifest = results.run().manifest();
        let mut about = Self(vec![
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("run", manifest.run_id.to_string()),
            ("model", manifest.model.to_string()),
        ]);
        if results.kind() == OperationKind::OntologyAware {
            let depth = match labels.calls.depth {
                DepthRule::ShortestPath => "shortest path",
                DepthRule::LongestPath => "longest path",
            };
            let flags = Flag::ALL.map(|flag| format!("{}: {}", flag.name(), flag.meaning())).join("; ");
            about.0.extend([
                ("call_rule", labels.calls.rule.to_string()),
                ("min_acceptable_score", labels.calls.min_acceptable_score.to_string()),
                ("depth", depth.to_owned()),
                ("flags", flags),
            ]);
            let restriction = labels.calls.restriction.describe(|term| term.to_string());
            about.0.extend(restriction.map(|restriction| ("restriction", restriction)));
            about.0.extend(labels.inferred.map(|inferred| ("inferred", about_inferred(inferred))));
            about.0.extend(labels.groups.map(|groups| ("clusters", groups.column.clone())));
        }
        about
    }

    /// Returns the names and values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// Describes inferred calls: their number and their origin.
fn about_inferred(inferred: &Inferred) -> String {
    let [annotated, calls, none] = CellSource::ALL.map(|source| inferred.count(source));
    format!(
        "{annotated} cells annotated, {calls} inferred from their {} nearest annotated cells, {none} without a call; \
         castui_source distinguishes them",
        inferred.origin.neighbors
    )
}
