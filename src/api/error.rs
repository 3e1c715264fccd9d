//! Errors of calls: their kind, whether a retry may help, and a hint for the user.

use std::error::Error as StdError;

use super::{Endpoint, Refusal, RetryAfter, Stage, TransportError};
use crate::{domain::text, wire::MOST_GENES};

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

/// A deviation of a body from the contract, in the words of the JSON parser. The parser may quote the body, so control
/// characters and the token are removed, and long words are shortened.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BodyFault(String);

impl BodyFault {
    pub(super) fn new(words: &str) -> Self {
        Self(text::clean(&text::shorten(words)).into_owned())
    }
}

/// The faults of a feature schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaFault {
    /// The schema has no genes.
    #[error("it has no genes")]
    Empty,
    /// The schema has too many genes.
    #[error("it has {0} genes; castui reads at most {MOST_GENES}")]
    TooMany(usize),
    /// A gene has no id.
    #[error("its gene number {0} has no id")]
    Blank(usize),
    /// The id of a gene is too long.
    #[error("the id of its gene number {0} is too long")]
    Long(usize),
    /// A gene twice.
    #[error("it has the gene {0} twice")]
    Duplicate(String),
}

/// The subject of an [`Error`], for exit codes and screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The token is missing, wrong, expired or would leak (401).
    Authentication,
    /// The user's quota is used up.
    Quota,
    /// The user lacks permission (403).
    Forbidden,
    /// The server does not accept the request.
    BadRequest,
    /// The resource does not exist, or the server is not a CAS server (404).
    NotFound,
    /// The request (413) or the response is too large.
    TooLarge,
    /// Too many requests (429).
    RateLimited,
    /// The server failed or is overloaded (5xx).
    Server,
    /// The server cannot be reached.
    Network,
    /// A time limit was exceeded.
    Timeout,
    /// No trusted encrypted connection is possible.
    Tls,
    /// The proxy prevents the connection.
    Proxy,
    /// A network requires a login (511), or something on the way responds with web pages.
    Portal,
    /// The response does not follow the contract.
    Unreadable,
    /// The server lacks this endpoint.
    NotOffered,
}

/// The consequence of an [`Error`] about a chunk for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// The chunk is sent again after a wait.
    Retry,
    /// This chunk fails permanently, but others may succeed. The first response of a run probably applies to all
    /// chunks.
    ChunkFails,
    /// No other chunk would succeed either.
    RunStops,
}

impl Error {
    /// Returns the subject of the error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => kind_of_status(refusal),
            Self::Transport { source, .. } => kind_of_stage(source.stage),
            Self::Redirected { .. } | Self::Setup { .. } => ErrorKind::Network,
            Self::Unreadable { .. } | Self::Schema { .. } | Self::CellWithoutIndex { .. } => ErrorKind::Unreadable,
            Self::WebPage { .. } => ErrorKind::Portal,
            Self::Oversized { .. } => ErrorKind::TooLarge,
            Self::NotOffered { .. } => ErrorKind::NotOffered,
            Self::PlainHttp { .. } | Self::IncompleteToken => ErrorKind::Authentication,
            Self::ProxyVariable { .. } => ErrorKind::Proxy,
        }
    }

    /// Returns the consequence for a run, if the error is about one of its chunks.
    pub fn consequence(&self) -> Consequence {
        match self {
            Self::Refused(refusal) => consequence_of_status(refusal),
            Self::Transport { source, .. } => match source.stage {
                Stage::Certificate => Consequence::RunStops,
                Stage::Dns | Stage::Connect | Stage::Proxy | Stage::Tls | Stage::Timeout | Stage::Cut => {
                    Consequence::Retry
                }
            },
            Self::Unreadable { .. } | Self::WebPage { .. } => Consequence::Retry,
            Self::Oversized { .. }
            | Self::Redirected { .. }
            | Self::NotOffered { .. }
            | Self::Schema { .. }
            | Self::CellWithoutIndex { .. }
            | Self::PlainHttp { .. }
            | Self::IncompleteToken
            | Self::ProxyVariable { .. }
            | Self::Setup { .. } => Consequence::RunStops,
        }
    }

    /// Returns whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.consequence() == Consequence::Retry
    }

    /// Returns whether no other request of the run can succeed.
    pub fn stops_run(&self) -> bool {
        self.consequence() == Consequence::RunStops
    }

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

pub(super) fn kind_of_status(refusal: &Refusal) -> ErrorKind {
    match refusal.status {
        401 => ErrorKind::Authentication,
        403 => ErrorKind::Forbidden,
        404 | 405 => ErrorKind::NotFound,
        407 => ErrorKind::Proxy,
        408 => ErrorKind::Timeout,
        413 => ErrorKind::TooLarge,
        429 if refusal.is_quota() => ErrorKind::Quota,
        425 | 429 => ErrorKind::RateLimited,
        511 => ErrorKind::Portal,
        500.. => ErrorKind::Server,
        _ => ErrorKind::BadRequest,
    }
}

fn consequence_of_status(refusal: &Refusal) -> Consequence {
    match refusal.status {
        429 if refusal.is_quota() => Consequence::RunStops,
        511 => Consequence::RunStops,
        408 | 425 | 429 | 500.. => Consequence::Retry,
        401 | 407 => Consequence::RunStops,
        _ => Consequence::ChunkFails,
    }
}

fn kind_of_stage(stage: Stage) -> ErrorKind {
    match stage {
        Stage::Dns | Stage::Connect | Stage::Cut => ErrorKind::Network,
        Stage::Proxy => ErrorKind::Proxy,
        Stage::Certificate | Stage::Tls => ErrorKind::Tls,
        Stage::Timeout => ErrorKind::Timeout,
    }
}

fn through(proxy: &Option<&'static str>) -> String {
    proxy.map_or_else(String::new, |variable| format!(" through the proxy of {variable}"))
}
