//! A local CAS service. In: labeled references. Out: the HTTP contract of CAS on a loopback address. Independent of
//! runs and of the client.
//!
//! The annotations are computed from the principal components of the reference ([`index`]): the nearest neighbors of a
//! cell are searched, exactly unless the reference is large, and their cell types are weighted ([`consensus`],
//! [`statistics`]).

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{AbortHandle, JoinHandle},
    time::timeout,
};

mod answer;
pub(crate) mod cell_types;
mod classifier;
mod connections;
pub(crate) mod consensus;
mod described_cell;
pub(crate) mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod http_error;
pub(crate) mod index;
mod index_cache;
mod index_file;
pub(crate) mod ledger;
pub(crate) mod metadata;
mod query;
pub(crate) mod reference;
pub(crate) mod request_log;
mod service;
pub(crate) mod simulate;
pub(crate) mod statistics;
mod terms;
mod token;
mod upload;
pub(crate) mod validation;
mod version;

pub(crate) use error::Error;
pub use index::IndexOptions;
pub use ledger::DEFAULT_WEEKLY_QUOTA;
pub use reference::Reference;
pub(crate) use request_log::RequestLog;
pub use simulate::Simulation;
pub use token::Token;
pub(crate) use validation::Embedding;

/// The time that a shutdown waits for requests in progress.
const GRACE: Duration = Duration::from_secs(10);

/// Options of a service.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The references, each served as a model; the first is the default. A number is appended to a name that is taken.
    pub references: Vec<Reference>,
    /// The address to listen on: a loopback address; port 0 for any free port.
    pub bind: SocketAddr,
    /// The token that clients must send.
    pub token: Token,
    /// The weekly quota in cells.
    pub weekly_quota: u64,
    /// The lifetime quota in cells; `None` for no limit.
    pub lifetime_quota: Option<u64>,
    /// The file that gets a line of JSON for each chunk.
    pub request_log: Option<PathBuf>,
    /// The behaviors simulated for tests of clients.
    pub simulate: Vec<Simulation>,
}

/// A running service. Dropping the handle aborts the service.
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    request_log: Arc<RequestLog>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    on_drop: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Checks that a service could listen on an address, so that a bad address is reported before references are read.
///
/// # Errors
/// Fails if the address is taken or not a loopback address.
pub async fn check_address(bind: SocketAddr) -> Result<(), Error> {
    listen(bind).await.map(drop)
}

async fn listen(bind: SocketAddr) -> Result<TcpListener, Error> {
    if !bind.ip().is_loopback() {
        return Err(Error::NotLoopback { address: bind });
    }
    TcpListener::bind(bind).await.map_err(|source| Error::Bind { address: bind, source })
}

/// Starts a service. It is listening when this function returns.
///
/// # Errors
/// Fails without a reference or token, if the address is taken or not loopback, or if the log cannot be opened.
pub async fn start(options: ServerOptions) -> Result<ServerHandle, Error> {
    let bind = options.bind;
    if options.references.is_empty() {
        return Err(Error::NoReference);
    }
    if options.token.reveal().is_empty() {
        return Err(Error::EmptyToken);
    }
    let request_log = Arc::new(match &options.request_log {
        Some(path) => {
            RequestLog::appending_to(path).map_err(|source| Error::RequestLog { path: path.clone(), source })?
        }
        None => RequestLog::default(),
    });
    let listener = listen(bind).await?;
    let address = listener.local_addr().map_err(|source| Error::Bind { address: bind, source })?;
    let ledger = ledger::Ledger::new(options.weekly_quota, options.lifetime_quota, Timestamp::now());
    let service = service::Service::new(options.references, options.token, ledger, Arc::clone(&request_log));
    let service = service.simulating(options.simulate);
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(connections::serve(listener, http::router(Arc::new(service)), async {
        // Both a stop signal and a dropped handle end the service.
        let _ = stopped.await;
    }));
    let on_drop = AbortOnDrop(task.abort_handle());
    Ok(ServerHandle { address, request_log, stop, task, on_drop })
}

impl ServerHandle {
    /// Returns the address that the service listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL for clients, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the record of the requested chunks.
    pub fn request_log(&self) -> &RequestLog {
        &self.request_log
    }

    /// Stops the service: refuses new requests and finishes those in progress, within `GRACE`.
    pub async fn shutdown(self) {
        // An error means that the service has stopped already.
        let _ = self.stop.send(());
        // A panic of the task needs no handling here; a task that hangs is aborted when `on_drop` is dropped.
        let _ = timeout(GRACE, self.task).await;
        drop(self.on_drop);
    }
}
