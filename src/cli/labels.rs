//! `castui labels`: the terms of the Cell Ontology that labels of other tools are mapped to.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    Exit,
    context::{print, print_json},
    label_options::{Labeled, MappingArguments, warn_of_unmapped},
    obs_options::RunFileArguments,
    table::{Side, Table},
};
use crate::{
    domain::{CellOntology, Ontology},
    results::labels::MappedColumn,
};

/// Arguments of `labels`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Run folder, or file with labels in obs
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Columns of obs with labels, separated by commas
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', required = true)]
    labels: Vec<String>,
    #[command(flatten)]
    mapping: MappingArguments,
    #[command(flatten)]
    file: RunFileArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let source = Labeled::open(&arguments.path, &arguments.file)?;
    let cell_ontology = CellOntology::embedded();
    let ontology = source.ontology(&cell_ontology);
    let mapper = arguments.mapping.mapper(&ontology, &cell_ontology)?;
    let columns = arguments.labels.iter().map(|name| Ok(mapper.column(name, &source.column(name)?)));
    let columns = columns.collect::<anyhow::Result<Vec<MappedColumn>>>()?;
    columns.iter().for_each(warn_of_unmapped);
    if arguments.json {
        print_json(&Value::from_iter(columns.iter().map(|column| as_json(column, &ontology))))?;
    } else {
        print(format_args!("{}", table(&columns, &ontology)))?;
    }
    Ok(Exit::Ok)
}

fn table(columns: &[MappedColumn], ontology: &Ontology) -> Table {
    let mut table = Table::new(0, [Side::Left, Side::Right, Side::Left, Side::Left, Side::Left]);
    table.row(["column", "cells", "label", "term", "found by"]);
    for column in columns {
        for (label, term, mapping, cells) in &column.mapped {
            let term = format!("{} ({})", ontology.label(*term), ontology.id(*term));
            table.row([column.name.clone(), cells.to_string(), label.clone(), term, mapping.to_string()]);
        }
        for (label, cells) in &column.unmapped {
            table.row([column.name.clone(), cells.to_string(), label.clone(), "not mapped".to_owned(), String::new()]);
        }
    }
    table
}

fn as_json(column: &MappedColumn, ontology: &Ontology) -> Value {
    let mapped = column.mapped.iter().map(|(label, term, mapping, cells)| {
        json!({
            "label": label,
            "name": ontology.id(*term),
            "term_label": ontology.label(*term),
            "found_by": mapping.to_string(),
            "cells": cells,
        })
    });
    let unmapped = column.unmapped.iter().map(|(label, cells)| json!({"label": label, "cells": cells}));
    json!({
        "column": column.name,
        "mapped": mapped.collect::<Vec<_>>(),
        "unmapped": unmapped.collect::<Vec<_>>(),
        "cells_without_label": column.unlabeled,
    })
}
