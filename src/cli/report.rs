//! `castui report`

use std::{io::Write, path::PathBuf};

use super::{
    Exit, call_options::ClusterArguments, call_rule::CallArguments, command_line, context::print, export::ExportError,
    stored_run::RunArguments,
};
use crate::{
    results::{
        CellSet,
        calls::by_cluster,
        report::{CalledClusters, ReportOptions, markdown},
    },
    store::files::write_output,
};

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// File to write instead of standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
    #[command(flatten, next_help_heading = "Calls (ontology-aware)")]
    calls: CallArguments,
    #[command(flatten)]
    clusters: ClusterArguments,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if let Some(path) = arguments.output.as_ref().filter(|path| !arguments.force && path.symlink_metadata().is_ok()) {
        return Err(ExportError::Exists { path: path.clone() }.into());
    }
    let run = arguments.run.open()?;
    let calls = arguments.calls.options(run.ontology())?;
    let how = arguments.clusters.options(calls.clone());
    let clusters = match &arguments.clusters.cluster_label {
        Some(name) => {
            let clusters = run.clusters(name)?;
            let called = by_cluster(&run.results, &clusters, how.clone())?;
            Some((clusters, called))
        }
        None => None,
    };
    let clusters = clusters.as_ref().map(|(clusters, calls)| CalledClusters { clusters, calls, options: how });
    let command = command_line::of_manifest(run.results.run().manifest());
    let page = markdown(&run.results, ReportOptions { calls: calls.clone(), clusters, command: Some(command) })?;
    run.mention_view(&calls);
    run.mention_unplaced_terms(&CellSet::All);
    let exit = run.exit_with(&run.results.unreadable());
    match &arguments.output {
        Some(path) => {
            write_output(path, |file| file.write_all(page.as_bytes()))?;
            print(format_args!("{}", path.display()))?;
        }
        None => print(format_args!("{}", page.trim_end()))?,
    }
    Ok(exit)
}
