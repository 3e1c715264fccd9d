//! The columns of the table with one row per cell, and the names of those with calls.

use super::{
    called::{Called, FlagColumn},
    cell_rows::CellRows,
};
use crate::{
    domain::OperationKind,
    engine::clustering,
    results::{
        Error, NO_CALL, Results,
        calls::{Caller, Level, Levels},
        export::{
            inferred_cells,
            inferred_labels::LabelOptions,
            table::{Column, Value},
        },
    },
};

/// The columns of the map that castui computed.
const MAP_COLUMNS: [&str; 2] = ["castui_umap_1", "castui_umap_2"];

impl<'a> CellRows<'a> {
    pub(super) fn new(results: &'a Results, labels: &LabelOptions<'a>) -> Result<Self, Error> {
        let mut columns = vec![Column::whole("row"), Column::text("cell")];
        let analysis = clustering::stored(results.run(), &results.run().input_path());
        if let Some(analysis) = &analysis {
            columns.push(Column::text(clustering::CLUSTER_COLUMN));
            let axes = analysis.map.iter().flat_map(|_| MAP_COLUMNS);
            columns.extend(axes.map(Column::real));
        }
        let mut called = None;
        let mut clusters = None;
        match results.kind() {
            OperationKind::OntologyAware => {
                let ontology = results.ontology()?;
                let term = |term| (ontology.id(term).as_str().into(), ontology.label(term).into());
                called = Some(Called {
                    caller: Caller::new(ontology, labels.calls.clone())?,
                    terms: ontology.terms().map(term).collect(),
                    flags: FlagColumn::new(labels.flags(results)?),
                    no_call: Value::text(NO_CALL),
                    levels: labels.levels.then(|| Levels::new(ontology, labels.calls)).transpose()?,
                });
                clusters = labels.clusters;
                columns.extend([Column::whole("matches"), Column::real("total_weight")]);
                columns.extend([Column::whole("total_neighbors"), Column::whole("total_neighbors_unrecognized")]);
                if let Some(prefix) = labels.prefix {
                    columns.extend(call_columns(prefix, labels.calls.top_k));
                }
                columns.extend(clusters.iter().flat_map(|(prefix, table)| call_columns(prefix, table.top_k())));
                if labels.levels {
                    columns.extend(Level::ALL.into_iter().flat_map(level_columns));
                }
                columns.push(Column::text(labels.flag_column()));
            }
            OperationKind::SummaryStatistics => columns.extend([
                Column::whole("matches"),
                Column::text("cas_cell_type"),
                Column::real("cas_cell_type_confidence_score"),
                Column::text("cas_nearest_cell_type"),
                Column::real("cas_cell_type_min_distance"),
            ]),
            OperationKind::Search => columns.extend([
                Column::whole("neighbors"),
                Column::whole("nearest_cas_cell_index"),
                Column::real("nearest_distance"),
                Column::real("median_distance"),
            ]),
        }
        columns.extend(labels.inferred.iter().flat_map(|_| inferred_cells::columns()));
        let has_calls = labels.prefix.is_some();
        Ok(Self { results, columns, called, has_calls, clusters, analysis, inferred: labels.inferred })
    }
}

/// Returns the columns of calls, named and ordered like the official client's.
fn call_columns(prefix: &str, top_k: usize) -> impl Iterator<Item = Column> {
    (1..=top_k).flat_map(move |rank| {
        [
            Column::real(format!("{prefix}_score_{rank}")),
            Column::text(format!("{prefix}_name_{rank}")),
            Column::text(format!("{prefix}_label_{rank}")),
        ]
    })
}

/// Returns the columns of a level.
fn level_columns(level: Level) -> [Column; 3] {
    let name = |kind: &str| format!("cas_{}_{kind}", level.name());
    [Column::real(name("score")), Column::text(name("name")), Column::text(name("label"))]
}
