//! Errors of calls: their kind, whether a retry may help, and a hint for the user.

mod consequence;
mod fault;
mod kind;

use std::error::Error as StdError;

use super::{Endpoint, Refusal, RetryAfter, TransportError};

pub use consequence::Consequence;
pub use fault::{BodyFault, SchemaFault};
pub use kind::ErrorKind;
pub(super) use kind::kind_of_status;

/// The reasons why a call to a CAS server failed. No variant contains the token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server, or a proxy in front of it, responded with an error status.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The server responded with a redirect. Redirects are not followed, because token and cells must only go to the
    /// server that the user named.
    #[error(
        "{server} redirects {endpoint} to {target}; castui does not follow redirects, so that the token reaches no other server"
    )]
    Redirected {
        /// The endpoint.
        endpoint: Endpoint,
        /// The server.
        server: String,
        /// The origin of the target, without path and query.
        target: String,
    },
    /// No response was received.
    #[error("{endpoint}: no answer from {server}{via}", via = through(.proxy))]
    Transport {
        /// The endpoint.
        endpoint: Endpoint,
        /// The server.
        server: String,
        /// The environment variable that names the proxy in use.
        proxy: Option<&'static str>,
        /// The failure of the connection.
        source: TransportError,
    },
    /// The response does not follow the contract.
    #[error("the answer to {endpoint} cannot be read")]
    Unreadable {
        /// The endpoint.
        endpoint: Endpoint,
        /// The deviation from the contract.
        source: BodyFault,
    },
    /// The response is a web page, for example the login page of a network.
    #[error("{server} answered {endpoint} with a web page instead of data; it says: {words}")]
    WebPage {
        /// The endpoint.
        endpoint: Endpoint,
        /// The server.
        server: String,
        /// The beginning of the page's text.
        words: String,
    },
    /// The response is larger than any valid one.
    #[error("the answer to {endpoint} is larger than {} MB", limit / 1_000_000)]
    Oversized {
        /// The endpoint.
        endpoint: Endpoint,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The server does not have this endpoint.
    #[error("this server does not offer {endpoint}")]
    NotOffered {
        /// The endpoint.
        endpoint: Endpoint,
    },
    /// A feature schema is invalid.
    #[error("the server's feature schema '{name}' cannot be used: {fault}")]
    Schema {
        /// The name of the schema.
        name: String,
        /// The fault.
        fault: SchemaFault,
    },
    /// An entry about a reference cell lacks the cell's index.
    #[error("the answer to {endpoint} has an entry without a cas_cell_index")]
    CellWithoutIndex {
        /// The endpoint.
        endpoint: Endpoint,
    },
    /// The token would travel unencrypted.
    #[error("{server} uses plain http, so anyone on the network path could read the token")]
    PlainHttp {
        /// The server.
        server: String,
    },
    /// The token is incomplete and was not sent.
    #[error(
        "the token is incomplete, and was not sent: a CAS token is two UUIDs joined by a dot, or three parts joined by \
         dots"
    )]
    IncompleteToken,
    /// An environment variable does not contain the address of a proxy.
    #[error("the environment variable {variable} is not the address of a proxy, such as http://host:3128")]
    ProxyVariable {
        /// The name of the variable. Its value may contain a password and is not shown.
        variable: &'static str,
    },
    /// The HTTP library could not be set up.
    #[error("cannot set up the HTTP client")]
    Setup {
        /// The reason.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// Returns the time at which the server asks to be called again.
    pub fn retry_after(&self) -> Option<RetryAfter> {
        self.refusal().and_then(|refusal| refusal.retry_after)
    }

    /// Returns the server's id of the request.
    pub fn trace_id(&self) -> Option<&str> {
        self.refusal().and_then(|refusal| refusal.trace_id.as_deref())
    }

    /// Returns the status code, if there was a response.
    pub fn status(&self) -> Option<u16> {
        self.refusal().map(|refusal| refusal.status)
    }

    /// Returns the refusal, if the server responded with an error status.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

fn through(proxy: &Option<&'static str>) -> String {
    proxy.map_or_else(String::new, |variable| format!(" through the proxy of {variable}"))
}
