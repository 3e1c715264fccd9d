//! The parts of a run whose checks have passed. In: both sides of the run. Out: the run with its manifest.

use std::sync::Arc;

use jiff::Timestamp;

use super::{RunOptions, cells::Cells, file_side::FileSide, server_side::ServerSide};
use crate::{
    chunk::{GeneMap, ValuePolicy},
    engine::{Service, count_input::accepted, inspect::Selection, prepare::PreparedRun},
    store::{self, Input, Manifest, SchemaIdentity, SymbolTable},
};

/// Everything that a run needs, after all checks have passed.
pub(super) struct Checked {
    pub(super) server: ServerSide,
    pub(super) file: FileSide,
    pub(super) selection: Selection,
    pub(super) genes: GeneMap,
    pub(super) cells: Cells,
}

impl Checked {
    pub(super) fn prepare(self, service: &Service, options: &RunOptions) -> Option<PreparedRun> {
        let Self { server, file, selection, genes, cells } = self;
        let (Selection { count_matrix, feature_ids }, Cells { matrix, kept, sample }) = (selection, cells);
        let FileSide { inspection, fingerprint, .. } = file;
        let (model, schema) = (server.model?, server.schema?);
        let found = inspection.matrix(&count_matrix)?;
        let file_path = matrix.path();
        let values = accepted(&found.look.values, options.values);
        let manifest = Manifest {
            format: store::manifest::FORMAT,
            castui_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: uuid::Uuid::new_v4(),
            created_at: Timestamp::now(),
            input: Input {
                path: std::path::absolute(file_path).unwrap_or_else(|_| options.input.clone()),
                fingerprint,
                cells: matrix.cell_count(),
                kept,
                sample,
                genes: found.header.genes,
                count_matrix,
                feature_ids,
                feature_names: options.feature_names.clone(),
                symbol_table: SymbolTable::of(options.genes),
                allow_non_counts: values == ValuePolicy::NonNegative,
            },
            server: service.client().server().to_string(),
            server_version: server.version,
            ontology_resource: model.cell_type_ontology().map(str::to_owned),
            model: model.name,
            schema: SchemaIdentity::of(&schema),
            operation: options.operation,
            chunk_size: options.chunk_size?,
            imported: None,
        };
        let (options, service) = (options.clone(), service.clone());
        Some(PreparedRun {
            matrix,
            genes: Arc::new(genes),
            schema,
            ontology: server.ontology,
            manifest,
            options,
            service,
        })
    }
}
