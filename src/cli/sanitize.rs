//! `castui sanitize`

use std::path::PathBuf;

use super::{
    Exit,
    context::{Context, print, say},
    run_options::FileArguments,
    session::{Detail, exit_of_check, report_preflight},
};
use crate::{
    domain::{OntologyAwareOptions, Operation},
    engine::{DriveOptions, Purpose, preflight::preflight},
};

/// Arguments of `sanitize`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    file: FileArguments,
    /// File to write: .h5ad with the model's genes in its order
    #[arg(short, long, value_name = "OUT.h5ad")]
    output: PathBuf,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let output = arguments.output;
    anyhow::ensure!(
        output.symlink_metadata().is_err(),
        "{} exists already; choose another name with -o",
        output.display()
    );
    let service = context.service()?;
    // The operation plays no part: nothing is sent.
    let asked = (Operation::OntologyAware(OntologyAwareOptions::default()), Purpose::Sanitize);
    let options = arguments.file.options(output.clone(), asked, DriveOptions::default());
    let looked = preflight(&service, &options).await;
    report_preflight(&looked, Detail::Brief);
    if let Some(failed) = looked.failure() {
        return Ok(exit_of_check(failed));
    }
    let Some(prepared) = looked.prepared else { anyhow::bail!("the checks passed, but nothing came of them") };
    let cells = prepared.manifest().input.cells;
    let target = output.clone();
    tokio::task::spawn_blocking(move || prepared.write_sanitized(&target, |_| {})).await??;
    say(format_args!("{cells} cells written"));
    print(format_args!("{}", output.display()))?;
    Ok(Exit::Ok)
}
