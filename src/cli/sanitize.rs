//! `castui sanitize`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    Exit,
    context::{Context, print, print_json, say},
    preflight_report::{Detail, exit_of_check, report_preflight},
    progress,
    run_options::FileArguments,
};
use crate::{
    domain::{OntologyAwareOptions, Operation},
    engine::{DriveOptions, Purpose, preflight::preflight},
};

/// Arguments of `sanitize`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "castui sanitize [OPTIONS] --output <OUT.h5ad> <FILE>")]
pub(super) struct Arguments {
    #[command(flatten)]
    file: FileArguments,
    /// File to write: an .h5ad with the model's genes in the model's order
    #[arg(short, long, value_name = "OUT.h5ad")]
    output: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let output = arguments.output;
    anyhow::ensure!(
        output.symlink_metadata().is_err(),
        "{} already exists; choose another name with -o",
        output.display()
    );
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    anyhow::ensure!(
        folder.is_dir(),
        "there is no folder {}; create it, or choose another name with -o",
        folder.display()
    );
    let service = context.service()?;
    // The operation does not matter, because nothing is sent.
    let operation = Operation::OntologyAware(OntologyAwareOptions::default());
    let options = arguments.file.options(output.clone(), operation, Purpose::Sanitize, DriveOptions::default());
    let looked = preflight(&service, &options).await;
    report_preflight(&looked, Detail::Brief);
    if let Some(failed) = looked.failure() {
        return Ok(exit_of_check(failed));
    }
    let Some(prepared) = looked.prepared else {
        anyhow::bail!("the checks passed, but the file could not be prepared")
    };
    let cells = prepared.manifest().input.cells;
    let target = output.clone();
    let bar = progress::bar_of_cells(cells);
    let told = bar.clone();
    let written =
        tokio::task::spawn_blocking(move || prepared.write_sanitized(&target, |cells| told.set_position(cells as u64)));
    let written = written.await?;
    bar.finish_and_clear();
    written?;
    say(format_args!("{cells} cells written"));
    if arguments.json {
        print_json(&json!({ "output": output.to_string_lossy(), "cells": cells }))?;
    } else {
        print(format_args!("{}", output.display()))?;
    }
    Ok(Exit::Ok)
}
