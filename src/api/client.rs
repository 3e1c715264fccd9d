//! The connection to one CAS server. In: options. Out: bodies of responses. Handles headers, size limits, timeouts and
//! the conversion of responses to errors. The endpoints' methods interpret the bodies.

mod exchange;
mod options;
mod request;
mod response;

use std::{fmt, sync::Arc};

use uuid::Uuid;

use super::{CertificateSource, Error, ProxyChoice, ServerUrl, Timeouts, Token, retry::Backoff, room::Room, setup};
use crate::wire;

pub use options::{ActionId, ClientOptions};

/// A connection to one CAS server. Clones share it. Its lifetime is the client session of the contract.
#[derive(Clone)]
pub struct Client(Arc<Connection>);

struct Connection {
    http: reqwest::Client,
    server: ServerUrl,
    token: Option<Token>,
    session: Uuid,
    proxy: Option<ProxyChoice>,
    timeouts: Timeouts,
    backoff: Backoff,
    certificates: Vec<CertificateSource>,
    room: Room,
}

impl Client {
    /// Creates a client without sending anything. Fails if a token would travel over plain http to another machine.
    pub fn new(options: ClientOptions) -> Result<Self, Error> {
        let ClientOptions { server, token, network, timeouts, backoff } = options;
        if token.is_some() && !server.may_carry_token() {
            return Err(Error::PlainHttp { server: server.to_string() });
        }
        let proxy = network.proxy_for(&server)?;
        // A loopback server is called without TLS, so reading the system's certificates would be wasted time.
        let (roots, certificates) =
            if server.is_https() { network.trusted() } else { (rustls::RootCertStore::empty(), Vec::new()) };
        let http = setup::http(roots, proxy.as_ref(), timeouts)?;
        let session = Uuid::new_v4();
        let room = Room::default();
        let connection = Connection { http, server, token, session, proxy, timeouts, backoff, certificates, room };
        Ok(Self(Arc::new(connection)))
    }

    /// Returns the address of the server.
    pub fn server(&self) -> &ServerUrl {
        &self.0.server
    }

    /// Returns the token, if the client has one.
    pub fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    /// Returns the proxy in use, if there is one.
    pub fn proxy(&self) -> Option<&ProxyChoice> {
        self.0.proxy.as_ref()
    }

    /// Returns the places searched for trusted certificates; empty for a server called without TLS.
    pub fn certificates(&self) -> &[CertificateSource] {
        &self.0.certificates
    }

    /// Returns the room for responses.
    #[cfg(test)]
    pub(super) fn room(&self) -> &Room {
        &self.0.room
    }

    /// Returns the timeouts.
    pub fn timeouts(&self) -> Timeouts {
        self.0.timeouts
    }

    /// Returns the address of the page where the user can give feedback on an action.
    pub fn feedback_link(&self, action: ActionId) -> String {
        let mut url = self.0.server.endpoint(wire::path::FEEDBACK_ANSWER, None);
        url.query_pairs_mut()
            .append_pair("client_session_id", &self.0.session.to_string())
            .append_pair("client_action_id", &action.to_string());
        url.into()
    }

    /// Returns a remark on an unusual form of the token, if the server is not on this machine.
    pub fn token_remark(&self) -> Option<&'static str> {
        let token = self.token().filter(|_| !self.0.server.is_loopback())?;
        token.shape().remark()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.0.server.to_string()).field("token", &self.0.token).finish()
    }
}
