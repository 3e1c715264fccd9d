//! `castui resume`

use std::path::PathBuf;

use super::{
    Exit,
    context::{Context, say},
    heading::announce,
    inference::InferenceArguments,
    obs_options::{self, RunFileArguments},
    progress::style_or_default,
    run_options::{DriveArguments, SaveArguments},
    run_server,
    session::{self, Manner},
    stored_run::{FolderError, open_run},
};
use crate::{
    chunk::ValuePolicy,
    engine::{
        self, ResumeOptions,
        mend::{self, Lack},
        resume,
        signals::EndSignals,
        turn::LockWait,
    },
    matrix::ObsTables,
    store::{self, Run},
};

/// Arguments of `resume`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Run folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    file: RunFileArguments,
    /// Send values that are not counts as they are; negative values are always refused
    #[arg(long)]
    allow_non_counts: bool,
    #[command(flatten)]
    inference: InferenceArguments,
    #[command(flatten)]
    save: SaveArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let run = open_run(&arguments.folder)?;
    if run.manifest().imported.is_some() {
        return Err(FolderError::ReadOnly { path: arguments.folder }.into());
    }
    announce(style_or_default(arguments.drive.progress), &arguments.folder);
    let input = arguments.file.input.clone().unwrap_or_else(|| run.input_path());
    let tables = arguments.file.tables()?;
    let run = match &tables {
        Some(tables) => run.with_tables(tables.clone()),
        None => run,
    };
    let joined = if arguments.inference.needs_file() { tables_of(&run) } else { ObsTables::default() };
    arguments.inference.check(run.manifest().operation.kind(), &input, run.folder(), &joined)?;
    let left_out = arguments.save.left_out();
    let manner = Manner {
        drive: &arguments.drive,
        inference: Some(&arguments.inference),
        input: arguments.file.input.as_deref(),
        tables: tables.as_ref(),
        left_out: &left_out,
    };
    let options = ResumeOptions {
        input: arguments.file.input.clone(),
        values: arguments.allow_non_counts.then_some(ValuePolicy::NonNegative),
        shard: None,
        drive: arguments.drive.options(context),
    };
    go_on(&run, options, manner, context).await
}

/// Returns the tables that are joined to a run, and reports those that it remembers.
fn tables_of(run: &Run) -> ObsTables {
    obs_options::report_remembered(run);
    run.tables().clone()
}

/// Resumes a run: sends the missing chunks and writes the files.
pub(super) async fn go_on(
    run: &Run,
    options: ResumeOptions,
    manner: Manner<'_>,
    context: &Context,
) -> anyhow::Result<Exit> {
    let (folder, shard) = (run.folder(), options.shard);
    let input = options.input.clone().unwrap_or_else(|| run.input_path());
    obs_options::join(run.clone(), &input, manner.tables);
    let looked = run.clone();
    let look = move || Ok::<_, store::Error>((resume::missing(&looked, shard)?, mend::lacks(&looked)));
    let (missing, lacks) = tokio::task::spawn_blocking(look).await??;
    for lack in &lacks {
        say(format_args!("{}: {lack}; it is made again", folder.display()));
    }
    let needs_only_the_file = run.manifest().input.selected_of().is_none() && lacks == [Lack::Cells];
    if missing.is_empty() && (lacks.is_empty() || needs_only_the_file) {
        if needs_only_the_file {
            let (looked, input) = (run.clone(), options.input.clone());
            tokio::task::spawn_blocking(move || mend::mend_cells(&looked, input.as_deref())).await??;
        }
        say(format_args!("{} is complete; nothing is sent", folder.display()));
        return session::finish(folder, manner).await;
    }
    let service = run_server::service(run, None, context)?;
    let missing = run.manifest().cells_in(&missing);
    let server = service.client().server();
    say(format_args!("resuming {}: {missing} cells to send to {server}", folder.display()));
    session::warn_beyond_quota(&service, missing as u64, run.manifest().operation.kind()).await;
    let mut signals = EndSignals::listen()?;
    let report = |wait: &LockWait| manner.report_wait(wait);
    let handle = tokio::select! {
        handle = engine::resume(folder, &service, options, &report) => handle?,
        signal = signals.next() => {
            say(format_args!("stopped before anything was sent"));
            return Ok(Exit::of_signal(signal));
        }
    };
    session::remember(run, service.client().server(), context);
    session::follow(handle, folder, manner, signals).await
}
