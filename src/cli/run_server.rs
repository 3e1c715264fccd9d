//! The choice of the server of an existing run. In: the run's own server and the settings. Out: the server to use, or
//! an error that asks the user to decide.

use std::path::PathBuf;

use super::context::{Context, say};
use crate::{
    api::{Client, ServerUrl},
    config::{Origin, SERVER_VARIABLE, Settings},
    domain::shell::quoted,
    engine::recent,
    store::Run,
};

/// The error of settings, other than the command line, that name a different server than the run.
#[derive(Debug, thiserror::Error)]
#[error(
    "{folder} was started with {run}, but {source_of_server} names {configured}; nothing was sent. To continue with the run's \
     server, add --server {run_word}; to send the rest to the other one, add --server {configured_word}",
    folder = folder.display(), run_word = quoted(run.to_string()), configured_word = quoted(configured.to_string())
)]
pub(super) struct OtherServer {
    folder: PathBuf,
    run: ServerUrl,
    configured: ServerUrl,
    source_of_server: &'static str,
}

/// Returns a client of the run's server, or of the one that the user names with `--server`.
///
/// The token is sent to the run's server only if the settings name that server or the user started the run. A run
/// folder may come from anywhere and name any server.
pub(super) fn client(run: &Run, context: &Context) -> anyhow::Result<Client> {
    let server: ServerUrl = run.manifest().server.parse()?;
    let mut settings = context.settings.clone();
    if settings.server == server {
        return Ok(Client::new(settings.client_options()?)?);
    }
    if let Some(source_of_server) = named_elsewhere(&settings) {
        let (folder, configured) = (run.folder().to_owned(), settings.server);
        return Err(OtherServer { folder, run: server, configured, source_of_server }.into());
    }
    if settings.server_origin == Origin::Argument {
        say(format_args!(
            "the run was started with {server}; it continues with {}, as given by --server",
            settings.server
        ));
        return Ok(Client::new(settings.client_options()?)?);
    }
    if is_users_own(run, context) {
        settings.server = server;
        return Ok(Client::new(settings.client_options()?)?);
    }
    Ok(Client::new(settings.client_options_for(&server)?)?)
}

/// Returns the place where the settings name a server, unless it is the command line or the default.
fn named_elsewhere(settings: &Settings) -> Option<&'static str> {
    match settings.server_origin {
        Origin::Environment => Some(SERVER_VARIABLE),
        Origin::File => Some("the configuration file"),
        Origin::Argument | Origin::Default => None,
    }
}

/// Returns whether the user started this run with this server. A port of this machine may also belong to another user.
fn is_users_own(run: &Run, context: &Context) -> bool {
    let begun = run.manifest();
    let known = recent::list(&context.recent_runs());
    known.iter().any(|known| known.run_id == begun.run_id && known.server == begun.server)
}
