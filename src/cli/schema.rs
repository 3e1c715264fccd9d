//! `castui schema`

use super::{
    Exit,
    context::{Context, print, print_json},
};
use crate::{
    api::ErrorKind,
    domain::text::{clean, excerpt},
    engine::{Service, catalog},
};

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Name of the schema, as `castui models` shows it; without it the server's schemas are listed
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The server has no such schema.
#[derive(Debug, thiserror::Error)]
#[error("the server has no schema '{asked}'; it offers: {offered}")]
pub(super) struct UnknownSchema {
    asked: String,
    offered: String,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let service = context.service()?;
    let lines = match &arguments.name {
        Some(name) => genes(&service, name).await?,
        None => service.client().feature_schema_names().await?,
    };
    if arguments.json {
        print_json(&lines)?;
    } else {
        let lines: Vec<_> = lines.iter().map(|line| clean(line)).collect();
        print(format_args!("{}", lines.join("\n")))?;
    }
    Ok(Exit::Ok)
}

async fn genes(service: &Service, name: &str) -> anyhow::Result<Vec<String>> {
    let refused = match service.schema(name).await {
        Ok(schema) => return Ok(schema.ids().to_vec()),
        Err(catalog::Error::Api(error)) if error.kind() == ErrorKind::NotFound => error,
        Err(error) => return Err(error.into()),
    };
    let offered = service.client().feature_schema_names().await?;
    if offered.iter().any(|offered| offered == name) {
        return Err(refused.into());
    }
    let offered = offered.iter().map(|name| excerpt(name)).collect::<Vec<_>>().join(", ");
    Err(UnknownSchema { asked: excerpt(name), offered }.into())
}
