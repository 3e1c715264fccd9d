//! The start of a run on the command line: in a new folder, or in one that has the same run.

use super::{
    Exit,
    context::{Context, complain, print_json, say},
    existing_run,
    heading::announce,
    preflight_report::{Detail, exit_of_check, preflight_json, report_preflight},
    progress::{self, bar_of_cells},
    run_options::InputArguments,
    session::{Manner, annotate},
};
use crate::{
    domain::Operation,
    engine::{RunOptions, Service, preflight::preflight, prepare},
    store::{self, Run},
};

/// Runs the preflight, then the run; with `--dry-run` only reports what would be done.
pub(super) async fn begin(
    input: &InputArguments,
    operation: Operation,
    manner: Manner<'_>,
    context: &Context,
) -> anyhow::Result<Exit> {
    let options = input.options(operation, manner.drive.options(context));
    let options = RunOptions {
        tables: manner.tables.cloned().unwrap_or_default(),
        cache: Some(context.settings.paths.cache.clone()),
        ..options
    };
    if input.dry_run {
        return rehearse(&context.service()?, &options, manner).await;
    }
    announce(progress::style_or_default(manner.drive.progress), &options.folder);
    if Run::is_run(&options.folder) {
        return existing_run::run(options, manner, context).await;
    }
    match annotate(&context.service()?, options.clone(), manner, Some(context)).await {
        // Another process has created the same run in the meantime.
        Err(error) if is_made_meanwhile(&error) => existing_run::run(options, manner, context).await,
        ended => ended,
    }
}

/// Returns whether a run could not begin because its folder now contains one.
fn is_made_meanwhile(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<prepare::Error>();
    matches!(error, Some(prepare::Error::Store(store::Error::AlreadyARun { .. })))
}

/// Runs the preflight, reads all cells, and reports the findings.
async fn rehearse(service: &Service, options: &RunOptions, manner: Manner<'_>) -> anyhow::Result<Exit> {
    let looked = preflight(service, options).await;
    report_preflight(&looked, Detail::Everything);
    if manner.drive.json {
        print_json(&preflight_json(&looked))?;
    }
    if let Some(failed) = looked.failure() {
        return Ok(exit_of_check(failed));
    }
    let Some(prepared) = looked.prepared else { return Ok(Exit::Ok) };
    let bar = bar_of_cells(prepared.manifest().input.cells);
    let told = bar.clone();
    let read = tokio::task::spawn_blocking(move || prepared.read_all(|cells| told.inc(cells as u64))).await?;
    bar.finish_and_clear();
    match read {
        Ok(()) => say(format_args!("ok   counts   every cell was read and has counts; nothing was sent")),
        Err(error) => {
            complain(&error.into());
            return Ok(Exit::Preflight);
        }
    }
    Ok(Exit::Ok)
}
