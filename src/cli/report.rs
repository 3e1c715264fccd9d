//! `castui report`

mod figures;
mod parts;
mod reproduce;

use std::{io::Write, path::PathBuf};

use super::{
    Exit,
    call_options::ClusterArguments,
    call_rule::{self, CallArguments},
    context::print,
    export::ExportError,
    label_options::MappingArguments,
    stored_run::RunArguments,
};
use crate::{
    domain::{CommandLine, shell},
    results::{
        CallOptions, CellSet,
        report::{html, markdown, report},
    },
    store::{Run, files::write_output},
};
use parts::Parts;

/// Arguments of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// Write a page of HTML, without scripts or external resources, instead of Markdown
    #[arg(long)]
    html: bool,
    /// File to write instead of standard output
    #[arg(short = 'o', long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
    /// Column of obs whose groups are broken down by cell type; may be repeated [default: the clusters]
    #[arg(long, value_name = "COLUMN")]
    by: Vec<String>,
    /// Column of obs with known cell types, to compare the calls with (ontology-aware)
    #[arg(long, visible_alias = "gt-label", value_name = "COLUMN")]
    truth: Option<String>,
    #[command(flatten)]
    mapping: MappingArguments,
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
    let parts = Parts::read(&run, arguments, &calls)?;
    let report = report(&run.results, &parts.options(&run, arguments, &calls))?;
    let page = if arguments.html { html(&report) } else { markdown(&report) };
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

impl Arguments {
    /// Returns the command that writes the same report to standard output.
    fn command(&self, run: &Run, calls: &CallOptions) -> CommandLine {
        let mut words = vec!["castui".to_owned(), "report".to_owned(), shell::path(&self.run.folder)];
        words.extend(self.html.then(|| "--html".to_owned()));
        words.extend(self.run.file.words(run));
        words.extend(self.by.iter().map(|column| shell::option("--by", column)));
        words.extend(self.truth.iter().map(|column| shell::option("--truth", column)));
        words.extend(self.mapping.words());
        words.extend(call_rule::arguments(&calls.settings()).into_iter().map(shell::quoted));
        words.extend(self.clusters.words());
        CommandLine::new(words)
    }
}
