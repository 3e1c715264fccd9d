//! The connections of the service. In: a listener and the routes. Out: requests and answers, from a bounded number of
//! clients at a time, none of which may take long to say what it wants. Knows nothing of what is asked.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

/// Connections at a time; further ones wait, unread, in the system.
pub(super) const MOST: usize = 128;

/// How long the head of a request may take, and a connection may be idle before the next.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// A refused accept, for want of file descriptors say, is tried again after so long.
const BREATH: Duration = Duration::from_millis(100);

/// Serves until told to stop, then finishes what was begun. Dropping the future ends all connections.
pub(super) async fn serve(listener: TcpListener, router: Router, stopped: impl Future<Output = ()>) {
    let (room, graceful) = (Arc::new(Semaphore::new(MOST)), GracefulShutdown::new());
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stopped);
    loop {
        let (stream, place) = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = &mut stopped => break,
        };
        while connections.try_join_next().is_some() {}
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // A client that breaks off is its own affair.
            let _ = connection.await;
            drop(place);
        });
    }
    graceful.shutdown().await;
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(_) => tokio::time::sleep(BREATH).await,
        }
    }
}
