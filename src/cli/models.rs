//! `castui models`

use serde_json::json;

use super::{
    Exit,
    context::{Context, print, print_json, say},
    table::{Side, Table},
};
use crate::domain::{Model, text::clean};

/// Arguments of `models`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let list = context.service()?.models().await?;
    if let Some(complaint) = list.complaint() {
        say(format_args!("warning: {complaint}"));
    }
    let models = list.models;
    if arguments.json {
        print_json(&models.iter().map(as_json).collect::<Vec<_>>())?;
    } else if models.is_empty() {
        say(format_args!("the server offers no model to this user; ask its operators"));
    } else {
        for line in lines(&models) {
            print(format_args!("{line}"))?;
        }
    }
    Ok(Exit::Ok)
}

/// Returns a heading, and for each model a row and its description, if it has one.
fn lines(models: &[Model]) -> Vec<String> {
    let mut table = Table::new(0, [Side::Left, Side::Left, Side::Right, Side::Left]);
    table.row(["  model", "schema", "dimensions", "ontologies"]);
    for model in models {
        let mark = if model.is_default { "*" } else { " " };
        let ontologies = model.ontology_columns.iter();
        let ontologies = ontologies.map(|ontology| format!("{} ({})", ontology.column_name, ontology.resource_name));
        table.row([
            format!("{mark} {}", model.name),
            model.schema_name.clone(),
            model.embedding_dimension.map_or_else(|| "–".into(), |dimensions| dimensions.to_string()),
            ontologies.collect::<Vec<_>>().join(", "),
        ]);
    }
    let table = table.to_string();
    let mut rows = table.lines().map(str::to_owned);
    let mut lines: Vec<String> = rows.next().into_iter().collect();
    for (row, model) in rows.zip(models) {
        lines.push(row);
        if !model.description.trim().is_empty() {
            lines.push(format!("      {}", clean(model.description.trim())));
        }
    }
    if models.iter().any(|model| model.is_default) {
        lines.push("* the default model".into());
    }
    lines
}

fn as_json(model: &Model) -> serde_json::Value {
    let ontologies = model.ontology_columns.iter().map(|ontology| {
        json!({
            "column": ontology.column_name,
            "resource": ontology.resource_name,
            "description": ontology.description,
        })
    });
    json!({
        "name": model.name,
        "is_default": model.is_default,
        "description": model.description,
        "schema": model.schema_name,
        "embedding_dimension": model.embedding_dimension,
        "ontologies": ontologies.collect::<Vec<_>>(),
    })
}
