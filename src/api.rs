//! The HTTP client of a CAS server. In: the address of a server, a token and a request. Out: the validated response in
//! terms of [`crate::domain`], or an [`Error`] that knows whether a retry may help. Independent of files, runs and
//! screens. The token is sent to the named server only.

mod call;
mod cells;
mod client;
pub(crate) mod diagnostics;
mod error;
mod general;
mod hint;
mod logins;
mod network;
mod refusal;
pub(crate) mod retry;
mod room;
mod server_url;
mod setup;
pub(crate) mod token;
mod transport;
mod upload;

#[cfg(test)]
mod tests;

use std::fmt;

pub use client::{ActionId, Client, ClientOptions};
pub(crate) use error::{Consequence, Error, ErrorKind, SchemaFault};
pub(crate) use general::check_schema;
pub(crate) use hint::{Answered, CommonHint, Hint};
pub(crate) use logins::{LoginError, Logout, StoredLogins};
pub(crate) use network::{CertificateSource, NetworkEnvironment, ProxyChoice};
pub(crate) use refusal::{Refusal, TokenFault};
pub use retry::Backoff;
pub(crate) use retry::RetryAfter;
pub(crate) use server_url::{ServerUrl, ServerUrlError};
pub use setup::Timeouts;
pub use token::Token;
pub(crate) use token::{TokenError, TokenFileError, TokenShape, TokenSource};
pub(crate) use transport::{Stage, TransportError};
pub use upload::ChunkRequest;

/// The name of an endpoint, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(&'static str);

impl Endpoint {
    /// Returns whether chunks of cells are sent to the endpoint.
    fn takes_chunks(self) -> bool {
        use crate::wire::path::{ANNOTATE_ONTOLOGY_AWARE, ANNOTATE_SUMMARY_STATISTICS, NEAREST_NEIGHBOR_SEARCH};
        let takers = [ANNOTATE_ONTOLOGY_AWARE, ANNOTATE_SUMMARY_STATISTICS, NEAREST_NEIGHBOR_SEARCH];
        takers.map(Self::new).contains(&self)
    }

    fn new(path: &'static str) -> Self {
        Self(path.rsplit('/').next().unwrap_or(path))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
