//! `castui schema`

use super::{
    Exit,
    context::{Context, print, print_json},
};
use crate::{
    domain::text::clean,
    engine::{Service, catalog},
};

/// Arguments of `schema`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Name of the schema, as shown by `castui models`; without it the schemas are listed
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let service = context.service()?;
    let lines = match &arguments.name {
        Some(name) => genes(&service, name).await?,
        None => service.schema_names().await?,
    };
    if arguments.json {
        print_json(&lines)?;
    } else {
        let lines: Vec<_> = lines.iter().map(|line| clean(line)).collect();
        print(format_args!("{}", lines.join("\n")))?;
    }
    Ok(Exit::Ok)
}

/// Returns the genes of a schema. The server's list of names is checked first, because its error about an unknown name
/// is unspecific.
async fn genes(service: &Service, name: &str) -> anyhow::Result<Vec<String>> {
    match service.schema_names().await {
        Ok(names) if !names.iter().any(|known| known == name) => {
            Err(catalog::Error::unknown_schema(name, &names).into())
        }
        Ok(_) | Err(_) => Ok(service.schema(name).await?.ids().to_vec()),
    }
}
