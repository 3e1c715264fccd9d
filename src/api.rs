//! The HTTP client of a CAS server. In: the address of a server, a token and a request. Out: the validated response in
//! terms of [`crate::domain`], or an [`Error`] that knows whether a retry may help. Independent of files, runs and
//! screens. The token is sent to the named server only.

mod call;
mod cells;
mod client;
pub mod diagnostics;
mod error;
mod general;
mod hint;
mod logins;
mod network;
mod refusal;
pub mod retry;
mod room;
mod server_url;
mod setup;
pub mod token;
mod transport;
mod upload;

#[cfg(test)]
mod tests;

use std::fmt;

pub use cells::cell_batches;
pub use client::{ActionId, Client, ClientOptions};
pub use error::{BodyFault, Consequence, Error, ErrorKind, SchemaFault};
pub use general::check_schema;
pub use hint::Hint;
pub use logins::{LoginError, Logout, StoredLogins};
pub use network::{CertificateSource, NetworkEnvironment, ProxyChoice};
pub use refusal::{Refusal, TokenFault};
pub use retry::{Backoff, RetryAfter};
pub use server_url::{ServerUrl, ServerUrlError};
pub use setup::Timeouts;
pub use token::{Token, TokenError, TokenFileError, TokenShape, TokenSource};
pub use transport::{Stage, TransportError};
pub use upload::ChunkRequest;

/// The name of an endpoint, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(&'static str);

impl Endpoint {
    fn new(path: &'static str) -> Self {
        Self(path.rsplit('/').next().unwrap_or(path))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
