//! A CAS service of one's own. In: labelled references. Out: the HTTP contract of CAS on a loopback address. Knows
//! nothing of runs or of the client that talks to it.
//!
//! What it computes is real: counts are scaled to 10,000 a cell and log-transformed, principal components found
//! ([`pca`]), exact nearest neighbors searched ([`neighbors`]), and their cell types weighed ([`consensus`],
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
mod classifier;
mod connections;
pub mod consensus;
pub mod counts;
pub mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod http;
pub mod index;
mod index_cache;
mod index_file;
pub mod journal;
pub mod labels;
pub mod ledger;
pub mod metadata;
pub mod neighbors;
pub mod pca;
mod query;
pub mod reference;
mod refusal;
mod service;
pub mod simulate;
pub mod statistics;
mod terms;
mod token;
mod upload;
mod version;

#[cfg(test)]
mod fake;

pub use error::Error;
pub use journal::{ChunkRecord, Journal};
pub use ledger::DEFAULT_WEEKLY_QUOTA;
pub use reference::Reference;
pub use simulate::Simulation;
pub use token::Token;

/// How long a stop waits for requests that are being answered.
const GRACE: Duration = Duration::from_secs(10);

/// What a service is to be.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The references, each a model; the first is the default one. A name that is taken gets a number.
    pub references: Vec<Reference>,
    /// Where to listen: a loopback address; port 0 for any that is free.
    pub bind: SocketAddr,
    /// What clients must show.
    pub token: Token,
    /// Cells a week.
    pub weekly_quota: u64,
    /// Cells in all; `None` for no limit.
    pub lifetime_quota: Option<u64>,
    /// A file that gets a line of JSON for each chunk.
    pub request_log: Option<PathBuf>,
    /// What is simulated for tests of clients.
    pub simulate: Vec<Simulation>,
}

/// A running service. Dropping it stops the service without waiting for it.
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    journal: Arc<Journal>,
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

/// Checks that a service could listen at an address, before anything is read for it.
///
/// # Errors
/// When the address is taken or not loopback.
pub async fn check_address(bind: SocketAddr) -> Result<(), Error> {
    listen(bind).await.map(drop)
}

async fn listen(bind: SocketAddr) -> Result<TcpListener, Error> {
    if !bind.ip().is_loopback() {
        return Err(Error::NotLoopback { address: bind });
    }
    TcpListener::bind(bind).await.map_err(|source| Error::Bind { address: bind, source })
}

/// Starts a service; when this returns, it listens.
///
/// # Errors
/// No reference, no token, an address that is taken or not loopback, a log that cannot be written.
pub async fn start(options: ServerOptions) -> Result<ServerHandle, Error> {
    let bind = options.bind;
    if options.references.is_empty() {
        return Err(Error::NoReference);
    }
    if options.token.reveal().is_empty() {
        return Err(Error::EmptyToken);
    }
    let journal = Arc::new(match &options.request_log {
        Some(path) => Journal::appending_to(path).map_err(|source| Error::RequestLog { path: path.clone(), source })?,
        None => Journal::default(),
    });
    let listener = listen(bind).await?;
    let address = listener.local_addr().map_err(|source| Error::Bind { address: bind, source })?;
    let ledger = ledger::Ledger::new(options.weekly_quota, options.lifetime_quota, Timestamp::now());
    let service = service::Service::new(options.references, options.token, ledger, Arc::clone(&journal));
    let service = service.simulating(options.simulate);
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(connections::serve(listener, http::router(Arc::new(service)), async {
        // Told to stop, or the handle is gone: either way it is over.
        let _ = stopped.await;
    }));
    let on_drop = AbortOnDrop(task.abort_handle());
    Ok(ServerHandle { address, journal, stop, task, on_drop })
}

impl ServerHandle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL for clients, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The chunks it was asked for.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Takes no more requests, finishes those it has, and stops; after some seconds it stops waiting for them.
    pub async fn shutdown(self) {
        // An error says that it has stopped already.
        let _ = self.stop.send(());
        // A panic in the task is over with the task; what hangs is aborted when `on_drop` goes.
        let _ = timeout(GRACE, self.task).await;
        drop(self.on_drop);
    }
}
