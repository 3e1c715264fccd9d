//! `castui resume`

use std::path::PathBuf;

use super::{
    Exit,
    context::{Context, say},
    run_options::DriveArguments,
    session,
};
use crate::{
    api::{Client, ServerUrl},
    config::Origin,
    engine::{self, recent, resume},
    store::Run,
};

/// Arguments of `resume`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Run folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    drive: DriveArguments,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let run = Run::open(&arguments.folder)?;
    let client = client_for(&run, context)?;
    let service = context.service_of(client);
    let missing = resume::missing_cells(&run)?;
    if missing > 0 {
        say(format_args!("resuming {}: {missing} cells to send", arguments.folder.display()));
        session::refuse_beyond_quota(&service, missing as u64).await?;
    }
    let handle = engine::resume(&arguments.folder, &service, arguments.drive.options(context)).await?;
    session::follow(handle, &arguments.folder, &arguments.drive).await
}

/// The server is the run's unless the user names another. The user's token goes to the server of a run only if that
/// run is one of the user's own: a folder may come from anywhere and name any server.
fn client_for(run: &Run, context: &Context) -> anyhow::Result<Client> {
    let server: ServerUrl = run.manifest().server.parse()?;
    let mut settings = context.settings.clone();
    let is_given = matches!(settings.server_origin, Origin::Argument | Origin::Environment);
    if is_given || settings.server == server {
        return Ok(Client::new(settings.client_options()?)?);
    }
    let known = recent::list(&context.recent_runs()).into_iter().any(|known| known.run_id == run.manifest().run_id);
    if known || server.is_loopback() {
        settings.server = server;
        return Ok(Client::new(settings.client_options()?)?);
    }
    Ok(Client::new(settings.client_options_for(&server)?)?)
}
