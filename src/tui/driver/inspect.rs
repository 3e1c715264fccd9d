//! Inspection of a file, with results in the words of the screens.

use std::path::{Path, PathBuf};

use super::failure::{broken, failure};
use crate::{
    chunk::GeneMap,
    domain::{
        ModelName, OperationKind,
        text::{clean, excerpt},
    },
    engine::{
        Inspection, Service, default_folder,
        inspect::{MatrixInspection, Values, inspect},
    },
    matrix::{ColumnKind, ColumnName, FeatureKinds, ObsTables, StorageKind},
    tui::{
        facts::{Failure, FilePreview, IdColumn, MatrixPreview, Overlap, Suggestion},
        text,
    },
};

/// Inspects a file.
pub(super) async fn preview(file: PathBuf, tables: ObsTables) -> Result<FilePreview, Failure> {
    let look = move || inspect(&file, &tables).map(|(matrix, inspection)| (matrix, inspection, free_folders(&file)));
    match tokio::task::spawn_blocking(look).await {
        Ok(Ok((matrix, inspection, folders))) => {
            let preview = preview_of(&inspection);
            let joined = matrix.added().sources.iter().map(|source| clean(&source.to_string()).into_owned());
            Ok(FilePreview { folders, notes: joined.chain(preview.notes).collect(), ..preview })
        }
        Ok(Err(error)) => Err(failure(&error)),
        Err(error) => Err(broken(&error)),
    }
}

/// Returns the overlap of a file's genes with each model's schema, using the suggested matrix and gene ids.
pub(super) async fn overlaps(
    service: &Service,
    file: PathBuf,
    models: Vec<ModelName>,
) -> Result<Vec<(ModelName, Overlap)>, Failure> {
    let ids = tokio::task::spawn_blocking(move || gene_ids(&file)).await.map_err(|error| broken(&error))??;
    let known = service.models().await.map_err(|error| failure(&error))?.models;
    let mut overlaps = Vec::new();
    for model in known.into_iter().filter(|model| models.contains(&model.name)) {
        // Without a schema, the overlaps of the other models are still measured.
        let Ok(schema) = service.schema(&model.schema_name).await else { continue };
        let shared = GeneMap::new(&ids, &FeatureKinds::default(), &schema).report().matched as u64;
        overlaps.push((model.name, Overlap { shared, schema: schema.len() as u64 }));
    }
    Ok(overlaps)
}

fn gene_ids(file: &Path) -> Result<Vec<String>, Failure> {
    let (matrix, inspection) = inspect(file, &ObsTables::default()).map_err(|error| failure(&error))?;
    let Some(taken) = inspection.suggest() else { return Ok(Vec::new()) };
    matrix.gene_column(&taken.count_matrix, &taken.feature_ids).map_err(|error| failure(&error))
}

/// Returns the default folder beside a file for each kind of operation.
fn free_folders(file: &Path) -> Vec<(OperationKind, PathBuf)> {
    OperationKind::ALL.map(|kind| (kind, free_folder(file, kind))).to_vec()
}

/// Returns the first unused name for a run folder beside a file: `STEM.castui`, `STEM-2.castui` and so on.
fn free_folder(file: &Path, kind: OperationKind) -> PathBuf {
    let usual = default_folder(file, kind);
    let stem = usual.file_stem().unwrap_or_default();
    let numbered = (2u32..).map(|number| {
        let mut name = stem.to_owned();
        name.push(format!("-{number}.castui"));
        usual.with_file_name(name)
    });
    std::iter::once(usual.clone()).chain(numbered).find(|folder| !folder.exists()).unwrap_or(usual)
}

fn preview_of(inspection: &Inspection) -> FilePreview {
    let taken = inspection.suggest();
    let matrix = taken.as_ref().and_then(|taken| inspection.matrix(&taken.count_matrix));
    let suggestion = taken.as_ref().map(|taken| Suggestion {
        count_matrix: taken.count_matrix.to_string(),
        feature_ids: taken.feature_ids.to_string(),
        feature_names: None,
    });
    FilePreview {
        format: inspection.format.clone(),
        cells: inspection.cells as u64,
        matrices: inspection.matrices.iter().map(matrix_preview).collect(),
        id_columns: matrix.map(id_columns).unwrap_or_default(),
        obs_columns: inspection.obs.iter().map(|column| (excerpt(&column.name), kind_in_words(column.kind))).collect(),
        obsm: inspection.obsm.iter().map(|embedding| excerpt(&embedding.name)).collect(),
        notes: matrix.map(notes).unwrap_or_default(),
        suggestion: suggestion.unwrap_or_default(),
        symbols: matrix.and_then(|matrix| matrix.symbol_columns.first()).map(|found| found.column.to_string()),
        folders: Vec::new(),
    }
}

fn matrix_preview(matrix: &MatrixInspection) -> MatrixPreview {
    MatrixPreview {
        name: matrix.header.source.to_string(),
        storage: format!("{} {}", storage_in_words(matrix.header.storage), matrix.header.dtype),
        genes: matrix.header.genes as u64,
        whole_numbers: match matrix.look.values {
            Values::Counts | Values::NearCounts { .. } => Some(true),
            Values::CountLike { .. }
            | Values::SmallCountLike { .. }
            | Values::Stray { .. }
            | Values::Normalised { .. }
            | Values::Negative { .. }
            | Values::NotFinite
            | Values::Unreadable { .. } => Some(false),
            Values::Empty | Values::Unknown => None,
        },
    }
}

fn storage_in_words(storage: StorageKind) -> &'static str {
    match storage {
        StorageKind::Csr => "by rows",
        StorageKind::Csc => "by columns",
        StorageKind::Dense => "dense",
        StorageKind::DenseByGenes => "dense, by genes",
        StorageKind::Lines | StorageKind::Stream => "lines by cell",
    }
}

/// Returns the var columns that the form offers, those with Ensembl ids first.
fn id_columns(matrix: &MatrixInspection) -> Vec<IdColumn> {
    let with_ids = matrix.id_columns.iter().map(|found| {
        let share = found.ensembl as f64 / found.of.max(1) as f64;
        let content = format!("{:.1} % Ensembl ids of human genes", share * 100.0);
        IdColumn { name: found.column.to_string(), ensembl_share: share, content }
    });
    let has_ids = |column: &ColumnName| matrix.id_columns.iter().any(|found| found.column == *column);
    let others = matrix.gene_columns.iter().filter(|column| !has_ids(column)).map(|column| {
        let is_index = *column == ColumnName::Index && !matrix.examples.is_empty();
        let content = if is_index { format!("no ids: {} …", matrix.examples.join(", ")) } else { "no ids".into() };
        IdColumn { name: column.to_string(), ensembl_share: 0.0, content }
    });
    with_ids.chain(others).collect()
}

fn notes(matrix: &MatrixInspection) -> Vec<String> {
    let mut notes = Vec::new();
    if matrix.look.values != Values::Counts {
        notes.push(format!("{}: {}", matrix.header.source, matrix.look.values.describe()));
    }
    if matrix.look.values.are_countable() && matrix.look.depth.looks_unfiltered() {
        notes.push(
            "most cells have almost no counts, like empty droplets; the option 'min counts' leaves them out".into(),
        );
    }
    if matrix.id_columns.is_empty() {
        notes.push("no var column has Ensembl ids of human genes".into());
    }
    if let Some(species) = matrix.species {
        notes.push(format!("the genes look like {species}; CAS models are human"));
    }
    if let Some(symbols) = matrix.symbol_columns.first() {
        let column = excerpt(&symbols.column.to_string());
        let share = format!("{} of {}", text::count(symbols.known as u64), text::count(symbols.of as u64));
        notes.push(format!("'{column}' holds gene symbols: the option 'map symbols' finds ids for {share}"));
    }
    notes
}

fn kind_in_words(kind: ColumnKind) -> String {
    match kind {
        ColumnKind::Categorical { categories } => format!("{categories} categories"),
        ColumnKind::Text => "text".into(),
        ColumnKind::Integer => "whole numbers".into(),
        ColumnKind::Real => "numbers".into(),
        ColumnKind::Boolean => "yes or no".into(),
        ColumnKind::Other => "not readable".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_of_a_file_gets_another_folder() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("lung.h5ad");
        for name in ["lung.castui", "lung-2.castui", "lung-3.castui"] {
            assert_eq!(free_folder(&file, OperationKind::OntologyAware), place.path().join(name));
            std::fs::create_dir(place.path().join(name)).unwrap();
        }
        for name in ["lung-search.castui", "lung-search-2.castui"] {
            assert_eq!(free_folder(&file, OperationKind::Search), place.path().join(name));
            std::fs::create_dir(place.path().join(name)).unwrap();
        }
    }
}
