//! The subjects of errors, for exit codes and screens.

use super::Error;
use crate::api::{Refusal, Stage};

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
}

pub(in crate::api) fn kind_of_status(refusal: &Refusal) -> ErrorKind {
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

fn kind_of_stage(stage: Stage) -> ErrorKind {
    match stage {
        Stage::Dns | Stage::Connect | Stage::Dropped => ErrorKind::Network,
        Stage::Proxy => ErrorKind::Proxy,
        Stage::Certificate | Stage::Tls => ErrorKind::Tls,
        Stage::Timeout => ErrorKind::Timeout,
    }
}
