//! What the interface needs of whoever starts it: settings and the token are not its business.

use std::path::{Path, PathBuf};

use futures::future::BoxFuture;

use crate::{
    api::Token,
    engine::{DriveOptions, Service},
    store::Run,
    tui::facts::Failure,
};

/// What the interface needs of whoever starts it.
pub trait Host: Send + Sync + 'static {
    /// The configured server with the user's token; `None` if there is no token.
    ///
    /// # Errors
    /// When the settings are wrong.
    fn service(&self) -> Result<Option<Service>, Failure>;

    /// The configured server with another token, to try it.
    ///
    /// # Errors
    /// When the token may not go to that server.
    fn service_with(&self, token: Token) -> Result<Service, Failure>;

    /// Returns the server that a run goes on with. `connected` is the service in use, if it is not the configured one.
    ///
    /// # Errors
    /// When the run's folder names a server that the user did not choose.
    fn service_of(&self, run: &Run, connected: Option<Service>) -> Result<Service, Failure>;

    /// Keeps a token that was found good. May block.
    ///
    /// # Errors
    /// When it cannot be written.
    fn keep_token(&self, token: &Token) -> Result<(), Failure>;

    /// Where the token in use came from, in a few words.
    fn token_source(&self) -> String;

    /// Returns how runs are driven unless the user says otherwise.
    fn drive(&self) -> DriveOptions;

    /// The list of runs this user began.
    fn recent_runs(&self) -> PathBuf;

    /// Starts the demo's service; it lives as long as the host.
    fn serve_demo(&self) -> BoxFuture<'static, Result<Local, Failure>>;

    /// Starts a service of a reference file; it lives as long as the host.
    fn serve_reference(&self, file: &Path) -> BoxFuture<'static, Result<Local, Failure>>;
}

/// A service on this machine.
#[derive(Debug)]
pub struct Local {
    /// The service.
    pub service: Service,
    /// A file to try it on.
    pub file: Option<PathBuf>,
}
