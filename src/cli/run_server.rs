//! The choice of the server of an existing run. In: the run, the settings and the list of recent runs. Out: a client
//! of the server, or an error that asks the user to decide. See [`RunServers`] for the rule.

use std::path::PathBuf;

use anyhow::Context as _;

use super::context::{Context, NoToken, say};
use crate::{
    api::{Client, ServerUrl},
    config::{Origin, RunServers, ServerRefusal},
    domain::shell,
    engine::{Service, recent},
    store::Run,
};

/// The error of a run that was not sent, because the user must choose the server first.
#[derive(Debug, thiserror::Error)]
#[error("{}. {}", self.what(), self.remedy())]
pub(super) struct NotSent {
    folder: PathBuf,
    refusal: Box<ServerRefusal>,
}

impl NotSent {
    /// Returns what is wrong.
    pub fn what(&self) -> String {
        let folder = self.folder.display();
        match &*self.refusal {
            ServerRefusal::Other { run, configured, source } => {
                format!("{folder} was sent to {run} so far, but {source} names {configured}; nothing was sent")
            }
            ServerRefusal::Unknown { run, .. } => format!(
                "{folder} names the server {run}, which you have neither configured nor used for this run before; nothing \
                 was sent"
            ),
        }
    }

    /// Returns what to add to the command.
    fn remedy(&self) -> String {
        let Servers { run, configured } = self.servers();
        match &*self.refusal {
            ServerRefusal::Other { .. } => format!(
                "To go on with the run's server, add --server {run}; to send the rest to the other one, add --server \
                 {configured}"
            ),
            ServerRefusal::Unknown { .. } => format!(
                "If you trust that server with the counts, add --server {run}; to send the rest to your own one, add \
                 --server {configured}"
            ),
        }
    }

    /// Returns how to start the interface so that the run continues.
    pub fn remedy_of_interface(&self) -> String {
        let (Servers { run, configured }, folder) = (self.servers(), shell::path(&self.folder));
        match &*self.refusal {
            ServerRefusal::Other { .. } => format!(
                "Quit, then start `castui --server {run} {folder}` for the run's server, or with --server {configured} \
                 for the other one."
            ),
            ServerRefusal::Unknown { .. } => format!(
                "If you trust that server with the counts, quit and start `castui --server {run} {folder}`; with \
                 --server {configured} the rest goes to your own one."
            ),
        }
    }

    fn servers(&self) -> Servers {
        let (ServerRefusal::Other { run, configured, .. } | ServerRefusal::Unknown { run, configured }) =
            &*self.refusal;
        Servers { run: shell::quoted(run.to_string()), configured: shell::quoted(configured.to_string()) }
    }
}

/// The two servers of a refusal, quoted for a command line.
struct Servers {
    run: String,
    configured: String,
}

/// Returns a service of the server that a run continues with. `connected` is the service used by the interface, if it
/// is not the configured one.
///
/// # Errors
/// Fails with [`NotSent`] if the user did not choose the server, and with [`NoToken`] if there is no token for it.
pub(super) fn service(run: &Run, connected: Option<Service>, context: &Context) -> anyhow::Result<Service> {
    let settings = &context.settings;
    let named = &run.manifest().server;
    let folder: ServerUrl =
        named.parse().with_context(|| format!("{} names no server that can be asked", run.folder().display()))?;
    let last_used = recent::last_server(&context.recent_runs(), run.manifest().run_id);
    let servers = RunServers {
        folder: &folder,
        last_used: last_used.as_ref(),
        configured: &settings.server,
        origin: settings.server_origin,
        connected: connected.as_ref().map(|service| service.client().server()),
    };
    let chosen = servers.choose().map_err(|refusal| NotSent { folder: run.folder().to_owned(), refusal })?;
    if let Some(connected) = connected.as_ref().filter(|connected| connected.client().server() == chosen) {
        return Ok(connected.clone());
    }
    if settings.server_origin == Origin::Argument && *chosen != folder && connected.is_none() {
        say(format_args!("the run was started with {folder}; it continues with {chosen}, as given by --server"));
    }
    let options = settings.client_options_for(chosen)?;
    anyhow::ensure!(options.token.is_some(), NoToken::of(chosen));
    Ok(context.service_of(Client::new(options)?))
}
