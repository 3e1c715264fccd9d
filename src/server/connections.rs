//! Connections of the service. In: a listener and the routes. Out: requests and responses of a limited number of
//! clients at a time. Slow clients are disconnected. A loopback address is open to all users of the machine, so clients
//! without the token get only a part of the connections.

use std::{
    collections::VecDeque,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};

/// The maximum number of open connections. Further ones wait in the system's queue.
pub(super) const MAX_CONNECTIONS: usize = 128;

/// The maximum number of open connections of clients that have not sent the token. For one more the oldest is closed.
const MAX_UNAUTHENTICATED: usize = 64;

/// The maximum time to receive the head of a request, also for the next request of an idle connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum time that a connection stays open without a request with the token.
const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(10);

/// The delay after a failed accept, for example when file descriptors run out.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// The connections without a request with the token so far, the oldest first.
#[derive(Clone, Debug, Default)]
struct Unauthenticated(Arc<Mutex<VecDeque<Connection>>>);

/// An open connection. The routes find it in the extensions of a request.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    unauthenticated: Unauthenticated,
    /// Signals that the connection is to be closed.
    closing: Arc<Notify>,
}

impl Unauthenticated {
    /// Adds a connection, and closes the oldest one if there are too many.
    fn add(&self) -> Connection {
        let client = Connection { unauthenticated: self.clone(), closing: Arc::default() };
        let mut waiting = self.lock();
        waiting.push_back(client.clone());
        while waiting.len() > MAX_UNAUTHENTICATED {
            if let Some(oldest) = waiting.pop_front() {
                oldest.closing.notify_one();
            }
        }
        client
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Exempts the connection from the limits for clients without the token.
    pub(super) fn exempt(&self) {
        self.unauthenticated.lock().retain(|waiting| !self.is(waiting));
    }

    /// Waits until the connection is to be closed: to make room, or because the token was not sent in time.
    async fn closing_time(&self) {
        if tokio::time::timeout(AUTHENTICATION_TIMEOUT, self.closing.notified()).await.is_err()
            && !self.is_unauthenticated()
        {
            // The client has authenticated.
            std::future::pending::<()>().await;
        }
    }

    fn is_unauthenticated(&self) -> bool {
        self.unauthenticated.lock().iter().any(|waiting| self.is(waiting))
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.closing, &other.closing)
    }
}

/// Serves until stopped, then finishes the requests in progress. Dropping the future closes all connections.
pub(super) async fn serve(listener: TcpListener, router: Router, stopped: impl Future<Output = ()>) {
    let (room, graceful) = (Arc::new(Semaphore::new(MAX_CONNECTIONS)), GracefulShutdown::new());
    let unauthenticated = Unauthenticated::default();
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stopped);
    loop {
        let (stream, place) = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = &mut stopped => break,
        };
        while connections.try_join_next().is_some() {}
        let client = unauthenticated.add();
        let routes = router.clone().layer(Extension(client.clone()));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // Connection errors are caused by the client and need no handling.
            tokio::select! {
                _ = connection => {}
                () = client.closing_time() => {}
            }
            client.exempt();
            drop(place);
        });
        // A client that has sent its token already is recognized before many more are accepted.
        tokio::task::yield_now().await;
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

    /// Asks for the page over an open connection; `None` if the service closed it.
    async fn asked(stream: &mut TcpStream) -> Option<()> {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.ok()?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"here") {
            let mut bytes = [0; 256];
            let read = stream.read(&mut bytes).await.ok().filter(|read| *read > 0)?;
            answer.extend_from_slice(&bytes[..read]);
        }
        Some(())
    }

    /// Starts a service that takes every request for one with the token.
    async fn started_for_owners() -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let exempt = async |Extension(client): Extension<Connection>| {
            client.exempt();
            "here"
        };
        tokio::spawn(serve(listener, Router::new().route("/", get(exempt)), std::future::pending()));
        address
    }

    #[tokio::test]
    async fn silent_connections_neither_delay_nor_close_those_with_the_token() {
        let address = started_for_owners().await;
        let mut early = TcpStream::connect(address).await.unwrap();
        assert_eq!(asked(&mut early).await, Some(()));
        let mut silent = Vec::new();
        for _ in 0..MAX_CONNECTIONS + MAX_UNAUTHENTICATED {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let mut late = TcpStream::connect(address).await.unwrap();
        let answered = tokio::time::timeout(AUTHENTICATION_TIMEOUT / 2, asked(&mut late)).await;
        assert_eq!(answered, Ok(Some(())), "no silent connection had to time out first");
        assert_eq!(asked(&mut early).await, Some(()), "an owner's connection is never closed for a stranger");
        let mut end = [0; 1];
        assert_eq!(silent[0].read(&mut end).await.unwrap_or(0), 0, "the oldest silent one was closed");
    }

    #[tokio::test(start_paused = true)]
    async fn only_connections_with_the_token_may_be_idle_for_long() {
        let (address, owners) = (started().await, started_for_owners().await);
        let (mut stranger, mut owner) =
            (TcpStream::connect(address).await.unwrap(), TcpStream::connect(owners).await.unwrap());
        assert_eq!((asked(&mut stranger).await, asked(&mut owner).await), (Some(()), Some(())));
        let began = tokio::time::Instant::now();
        assert_eq!(stranger.read(&mut [0; 1]).await.unwrap_or(0), 0);
        assert!(began.elapsed() <= AUTHENTICATION_TIMEOUT + Duration::from_secs(1), "{:?}", began.elapsed());
        assert_eq!(asked(&mut owner).await, Some(()));
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
