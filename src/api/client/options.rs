//! Options of a client, and the ids of user actions.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::{NetworkEnvironment, ServerUrl, Timeouts, Token, retry::Backoff};

/// Options of a [`Client`](super::Client).
#[derive(Clone)]
pub struct ClientOptions {
    /// The server.
    pub server: ServerUrl,
    /// The user's token. Without it only public endpoints can be called.
    pub token: Option<Token>,
    /// Proxies and certificates.
    pub network: NetworkEnvironment,
    /// The timeouts.
    pub timeouts: Timeouts,
    /// The retries of general calls. Chunks have separate retries.
    pub backoff: Backoff,
}

/// The id of a user action, such as a run. All its requests carry this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionId(pub(super) Uuid);

impl ClientOptions {
    /// Returns options with the system's certificates and without a token or proxy.
    pub fn new(server: ServerUrl) -> Self {
        let (network, timeouts) = (NetworkEnvironment::default(), Timeouts::default());
        Self { server, token: None, network, timeouts, backoff: Backoff::GENERAL }
    }

    /// Returns the options with a token.
    pub fn with_token(self, token: Token) -> Self {
        Self { token: Some(token), ..self }
    }
}

impl ActionId {
    /// Creates a random id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Uuid> for ActionId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}
