//! Services that the host provides to the interface: settings and the token stay with the host.

use std::path::{Path, PathBuf};

use futures::future::BoxFuture;

use crate::{
    api::Token,
    engine::{DriveOptions, Service},
    matrix::ObsTables,
    results::Panels,
    store::Run,
    tui::{facts::Failure, shell_commands::CommandLines},
};

/// Provider of settings, tokens and local services.
pub trait Host: Send + Sync + 'static {
    /// Returns the configured server with the user's token, or `None` if there is no token.
    ///
    /// # Errors
    ///
    /// Fails if the settings are wrong.
    fn service(&self) -> Result<Option<Service>, Failure>;

    /// Returns the configured server with another token, to try that token.
    ///
    /// # Errors
    ///
    /// Fails if the token may not be sent to that server.
    fn service_with(&self, token: Token) -> Result<Service, Failure>;

    /// Returns the server that a run continues with. `connected` is the service in use, if it is not the configured
    /// one.
    ///
    /// # Errors
    ///
    /// Fails if the run's folder names a server that the user did not choose.
    fn service_of(&self, run: &Run, connected: Option<Service>) -> Result<Service, Failure>;

    /// Stores a token that the server accepted. May block.
    ///
    /// # Errors
    ///
    /// Fails if the token cannot be written.
    fn keep_token(&self, token: &Token) -> Result<(), Failure>;

    /// Returns the origin of the token in use, in a few words.
    fn token_source(&self) -> String;

    /// Returns the default drive options of runs.
    fn drive(&self) -> DriveOptions;

    /// Returns the author of commands to paste into a shell.
    fn commands(&self) -> &'static dyn CommandLines;

    /// Returns the path of the list of recent runs.
    fn recent_runs(&self) -> PathBuf;

    /// Returns the user's marker panels.
    fn panels(&self) -> Panels {
        Panels::default()
    }

    /// Returns the user's theme.
    fn theme(&self) -> toml::Table {
        toml::Table::new()
    }

    /// Returns the tables that are joined to the cells of files and runs; `None` if each run has those that it
    /// remembers.
    fn tables(&self) -> Option<ObsTables> {
        None
    }

    /// Returns the folder of the queue, if the user has one.
    fn queue_folder(&self) -> Option<PathBuf> {
        None
    }

    /// Starts the demo's service, which lives as long as the host.
    fn serve_demo(&self) -> BoxFuture<'static, Result<Local, Failure>>;

    /// Starts a service of a reference file, which lives as long as the host.
    fn serve_reference(&self, file: &Path) -> BoxFuture<'static, Result<Local, Failure>>;
}

/// A service on this machine.
#[derive(Debug)]
pub struct Local {
    /// The service.
    pub service: Service,
    /// An example file for the service.
    pub file: Option<PathBuf>,
}
