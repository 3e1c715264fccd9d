//! `castui resume`

use std::path::PathBuf;

use super::{
    Exit,
    context::{Context, say},
    inference::InferenceArguments,
    run_options::DriveArguments,
    session::{self, Manner},
};
use crate::{
    api::{Client, ServerUrl},
    chunk::ValuePolicy,
    config::Origin,
    engine::{self, ResumeOptions, recent, resume, signals::EndSignals},
    store::Run,
};

/// Arguments of `resume`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Run folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where the run's file is now [default: where it was, or beside the folder]
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Send values that are no counts all the same; negative ones never
    #[arg(long)]
    allow_non_counts: bool,
    #[command(flatten)]
    inference: InferenceArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let run = Run::open(&arguments.folder)?;
    let input = arguments.input.clone().unwrap_or_else(|| run.input_path());
    arguments.inference.check(run.manifest().operation.kind(), &input)?;
    let manner =
        Manner { drive: &arguments.drive, inference: Some(&arguments.inference), input: arguments.input.as_deref() };
    let complete = run.clone();
    if tokio::task::spawn_blocking(move || resume::is_complete(&complete)).await? {
        return session::finish(&arguments.folder, manner).await;
    }
    let service = context.service_of(client_for(&run, context)?);
    let missing = resume::missing_cells(&run)?;
    if missing > 0 {
        say(format_args!("resuming {}: {missing} cells to send", arguments.folder.display()));
        session::warn_beyond_quota(&service, missing as u64, run.manifest().operation.kind()).await;
    }
    let options = ResumeOptions {
        input: arguments.input.clone(),
        values: arguments.allow_non_counts.then_some(ValuePolicy::NonNegative),
        drive: arguments.drive.options(context),
    };
    let signals = EndSignals::listen()?;
    let handle = engine::resume(&arguments.folder, &service, options).await?;
    session::remember(&run, context);
    session::follow(handle, &arguments.folder, manner, signals).await
}

/// The server is the run's unless the user names another. The user's token goes to the server of a run only if that
/// run is one of the user's own: a folder may come from anywhere and name any server.
pub(super) fn client_for(run: &Run, context: &Context) -> anyhow::Result<Client> {
    let server: ServerUrl = run.manifest().server.parse()?;
    let mut settings = context.settings.clone();
    let is_given = matches!(settings.server_origin, Origin::Argument | Origin::Environment);
    if is_given || settings.server == server {
        return Ok(Client::new(settings.client_options()?)?);
    }
    // A port of this machine may be another user's as well.
    let begun = run.manifest();
    let is_known = |known: &recent::RecentRun| known.run_id == begun.run_id && known.server == begun.server;
    if recent::list(&context.recent_runs()).iter().any(is_known) {
        settings.server = server;
        return Ok(Client::new(settings.client_options()?)?);
    }
    Ok(Client::new(settings.client_options_for(&server)?)?)
}
