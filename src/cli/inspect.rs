//! `castui inspect`

use std::{fmt::Write, path::PathBuf};

use indicatif::HumanCount;
use serde_json::{Value, json};

use super::{
    Exit,
    context::{print, print_json},
    obs_options::{ObsArguments, report_matches},
    table::{Side, Table},
};
use crate::{
    chunk::symbols,
    domain::text::clean,
    engine::inspect::{Depth, Inspection, MatrixInspection, Selection, Values, inspect},
    matrix::{ColumnHeader, ColumnKind, CountSource, StorageKind},
};

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// File or folder to inspect: .h5ad, .h5mu, .zarr, .loom, 10x .h5, matrix.mtx, or a Cell Ranger folder
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    obs: ObsArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let (file, tables) = (arguments.file.clone(), arguments.obs.read()?);
    let joined = tables.clone();
    let (matrix, inspection) = tokio::task::spawn_blocking(move || inspect(&file, &joined)).await??;
    report_matches(&matrix, &tables)?;
    // In a folder, the matrix that was chosen.
    let arguments = Arguments { file: matrix.path().to_owned(), ..arguments };
    if arguments.json {
        print_json(&as_json(&arguments, &inspection))?;
    } else {
        print(format_args!("{}", report(&arguments, &inspection)?))?;
    }
    Ok(Exit::Ok)
}

fn report(arguments: &Arguments, found: &Inspection) -> Result<String, std::fmt::Error> {
    let file = arguments.file.display().to_string();
    let mut text = format!("{}\n{}, {} cells\n", clean(&file), clean(&found.format), count(found.cells));
    write!(text, "\nmatrices\n{}\n", matrices(&found.matrices))?;
    write!(text, "\ncells by total counts\n{}\n", depths(&found.matrices))?;
    write!(text, "\ncolumns with human Ensembl ids\n{}\n", id_columns(&found.matrices))?;
    if !found.obs.is_empty() {
        write!(text, "\nobs\n{}\n", columns(&found.obs))?;
    }
    if !found.obsm.is_empty() {
        let mut table = Table::new(2, [Side::Left, Side::Left]);
        for embedding in &found.obsm {
            table.row([embedding.name.clone(), format!("{} dimensions", embedding.dimensions)]);
        }
        write!(text, "\nobsm\n{table}\n")?;
    }
    if let Some(taken) = found.suggest() {
        write!(text, "\nused by default\n{}", by_default(found, &taken))?;
    }
    Ok(text)
}

fn count(number: usize) -> String {
    HumanCount(number as u64).to_string()
}

fn matrices(matrices: &[MatrixInspection]) -> Table {
    let mut table = Table::new(2, [Side::Left, Side::Left, Side::Left, Side::Right, Side::Left, Side::Left]);
    for MatrixInspection { header, look, .. } in matrices {
        let places = header.cells as f64 * header.genes as f64;
        let entries = header.entries.map(|entries| {
            let share = if places > 0.0 { 100.0 * entries as f64 / places } else { 0.0 };
            format!("{} entries ({share:.1} %)", HumanCount(entries))
        });
        table.row([
            header.source.to_string(),
            storage(header.storage).to_owned(),
            header.dtype.to_owned(),
            format!("{} x {}", count(header.cells), count(header.genes)),
            entries.unwrap_or_default(),
            look.values.describe(),
        ]);
    }
    table
}

/// Returns the numbers of cells with few counts, among the sampled cells.
fn depths(matrices: &[MatrixInspection]) -> Table {
    let mut table = Table::new(2, [Side::Left, Side::Right, Side::Right, Side::Right, Side::Right, Side::Left]);
    let headers = ["none", "below 20", "below 100", "below 500"];
    table.row(["", headers[0], headers[1], headers[2], headers[3], "checked"]);
    let of_counts = |found: &&MatrixInspection| found.look.depth.cells > 0 && found.look.values.are_countable();
    for found in matrices.iter().filter(of_counts) {
        let depth = &found.look.depth;
        let below = Depth::FEW.map(|few| count(depth.estimate_below(few, found.header.cells)));
        let seen =
            if found.was_looked_at_whole() { "all".into() } else { format!("a sample of {}", count(depth.cells)) };
        let [none, stray, low, high] = below;
        table.row([found.header.source.to_string(), none, stray, low, high, seen]);
    }
    table
}

fn id_columns(matrices: &[MatrixInspection]) -> Table {
    let mut table = Table::new(2, [Side::Left, Side::Left, Side::Left]);
    let mut listed = Vec::new();
    for MatrixInspection { header, id_columns, symbol_columns, examples, species, .. } in matrices {
        let var = var_of(&header.source);
        // Layers share the genes of X.
        if listed.contains(&var) {
            continue;
        }
        listed.push(var);
        if id_columns.is_empty() {
            let looks = species.map(|species| format!(", which looks like {species}")).unwrap_or_default();
            table.row([var.to_owned(), "none".into(), format!("its index has: {}{looks}", examples.join(", "))]);
        }
        if let Some(found) = symbol_columns.first() {
            let share = format!(
                "gene symbols: {} of {} have an Ensembl id in {}; --map-symbols uses them",
                count(found.known),
                count(found.of),
                symbols::TABLE
            );
            table.row([var.to_owned(), found.column.to_string(), share]);
        }
        for found in id_columns {
            let share = format!("{} of {}", count(found.ensembl), count(found.of));
            table.row([var.to_owned(), found.column.to_string(), share]);
        }
    }
    table
}

/// Returns the name of the frame with the genes of a matrix.
fn var_of(source: &CountSource) -> &'static str {
    match source {
        CountSource::X | CountSource::Layer(_) => "var",
        CountSource::RawX => "raw.var",
    }
}

fn columns(columns: &[ColumnHeader]) -> Table {
    let mut table = Table::new(2, [Side::Left, Side::Left]);
    for column in columns {
        let kind = match column.kind {
            ColumnKind::Categorical { categories: 1 } => "1 category".into(),
            ColumnKind::Categorical { categories } => format!("{} categories", count(categories)),
            other => kind(other).to_owned(),
        };
        table.row([column.name.clone(), kind]);
    }
    table
}

fn by_default(found: &Inspection, taken: &Selection) -> Table {
    let mut table = Table::new(2, [Side::Left, Side::Left, Side::Left]);
    let matrix = found.matrix(&taken.count_matrix);
    let refused = match matrix {
        Some(matrix) if matrix.look.values.are_countable() => "",
        Some(_) | None => "(has no counts; choose another)",
    };
    table.row(["--count-matrix-input", &taken.count_matrix.to_string(), refused]);
    let unknown = match matrix {
        Some(matrix) if !matrix.id_columns.is_empty() => "",
        Some(matrix) if !matrix.symbol_columns.is_empty() => "(has gene symbols; add --map-symbols)",
        Some(matrix) if matrix.gene_columns.len() > 1 => "(has no human Ensembl ids; choose another)",
        Some(_) | None => "(has no human Ensembl ids)",
    };
    table.row(["--feature-ids-column-name", &taken.feature_ids.to_string(), unknown]);
    table
}

fn storage(storage: StorageKind) -> &'static str {
    match storage {
        StorageKind::Csr => "csr",
        StorageKind::Csc => "csc",
        StorageKind::Dense => "dense",
        StorageKind::DenseByGenes => "dense, genes in rows",
        StorageKind::Lines => "lines by cell",
        StorageKind::Stream => "compressed lines by cell",
    }
}

fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Categorical { .. } => "categories",
        ColumnKind::Text => "text",
        ColumnKind::Integer => "whole numbers",
        ColumnKind::Real => "real numbers",
        ColumnKind::Boolean => "true or false",
        ColumnKind::Other => "not read",
    }
}

fn as_json(arguments: &Arguments, found: &Inspection) -> Value {
    let obs = found.obs.iter().map(|column| {
        let categories = match column.kind {
            ColumnKind::Categorical { categories } => Some(categories),
            ColumnKind::Text | ColumnKind::Integer | ColumnKind::Real | ColumnKind::Boolean | ColumnKind::Other => None,
        };
        json!({ "name": column.name, "kind": kind(column.kind), "categories": categories })
    });
    let obsm = found.obsm.iter().map(|found| json!({ "name": found.name, "dimensions": found.dimensions }));
    let by_default = found
        .suggest()
        .map(|taken| json!({ "count_matrix_input": taken.count_matrix, "feature_ids_column_name": taken.feature_ids }));
    json!({
        "file": arguments.file.to_string_lossy(),
        "format": found.format,
        "cells": found.cells,
        "matrices": found.matrices.iter().map(matrix_json).collect::<Vec<_>>(),
        "obs": obs.collect::<Vec<_>>(),
        "obsm": obsm.collect::<Vec<_>>(),
        "default": by_default,
    })
}

fn matrix_json(matrix: &MatrixInspection) -> Value {
    let MatrixInspection { header, look, id_columns, symbol_columns, gene_columns, examples, species } = matrix;
    let id_columns =
        id_columns.iter().map(|found| json!({ "column": found.column, "ensembl": found.ensembl, "of": found.of }));
    let symbol_columns =
        symbol_columns.iter().map(|found| json!({ "column": found.column, "known": found.known, "of": found.of }));
    json!({
        "matrix": header.source,
        "storage": storage(header.storage),
        "dtype": header.dtype,
        "cells": header.cells,
        "genes": header.genes,
        "entries": header.entries,
        "values": verdict(&look.values),
        "values_found": look.values.describe(),
        "cells_looked_at": look.depth.cells,
        "cells_below": Depth::FEW
            .map(|few| (few.to_string(), look.depth.estimate_below(few, header.cells)))
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>(),
        "ensembl_id_columns": id_columns.collect::<Vec<_>>(),
        "symbol_columns": symbol_columns.collect::<Vec<_>>(),
        "species": species.map(|species| species.to_string()),
        "gene_columns": gene_columns,
        "index_examples": examples,
    })
}

fn verdict(values: &Values) -> &'static str {
    match values {
        Values::Counts => "counts",
        Values::NearCounts { .. } => "counts-within-float-error",
        Values::CountLike { .. } => "count-like",
        Values::SmallCountLike { .. } => "count-like-but-small",
        Values::Stray { .. } => "counts-but-for-a-few",
        Values::Normalised { .. } => "normalized",
        Values::Negative { .. } => "negative",
        Values::NotFinite => "not-finite",
        Values::Empty => "empty",
        Values::Unknown => "unknown",
        Values::Unreadable { .. } => "unreadable",
    }
}
