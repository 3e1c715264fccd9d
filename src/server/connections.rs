//! Connections of the service. In: a listener and the routes. Out: requests and responses of a limited number of
//! clients at a time. Slow clients are disconnected.

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

/// The maximum number of open connections. Further ones wait in the system's queue.
pub(super) const MAX_CONNECTIONS: usize = 128;

/// The maximum time to receive the head of a request, also for the next request of an idle connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The delay after a failed accept, for example when file descriptors run out.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Serves until stopped, then finishes the requests in progress. Dropping the future closes all connections.
pub(super) async fn serve(listener: TcpListener, router: Router, stopped: impl Future<Output = ()>) {
    let (room, graceful) = (Arc::new(Semaphore::new(MAX_CONNECTIONS)), GracefulShutdown::new());
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
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // Connection errors are caused by the client and need no handling.
            let _ = connection.await;
            drop(place);
        });
    }
    graceful.shutdown().await;
}

/// Returns the next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { std::future::pending().await };
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn started() -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/", get(async || "here"));
        tokio::spawn(serve(listener, routes, std::future::pending()));
        address
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_request_head_times_out() {
        let address = started().await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        let began = tokio::time::Instant::now();
        let mut end = [0; 1];
        for byte in b"GET / HTTP/1.1\r\nhost: x\r\nx-and-so-on: ".iter().chain(std::iter::repeat(&b'y')) {
            if slow.write_all(&[*byte]).await.is_err() {
                break;
            }
            let waited = tokio::time::timeout(Duration::from_secs(5), slow.read(&mut end)).await;
            if waited.is_ok_and(|read| read.is_err() || read.is_ok_and(|length| length == 0 || end != [0])) {
                break;
            }
        }
        assert!(began.elapsed() <= HEAD_TIMEOUT + Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn silent_connections_are_closed_and_make_room_for_others() {
        let address = started().await;
        let mut silent = Vec::new();
        for _ in 0..MAX_CONNECTIONS + 20 {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let mut late = TcpStream::connect(address).await.unwrap();
        late.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        late.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("here"), "{answer}");
    }
}
