//! The HTTP client of a CAS server. In comes the address of a server, a token and what is to be asked; out comes the
//! answer, checked and in the words of [`crate::domain`], or a [`crate::api::Error`] that knows whether to try again.
//! Knows nothing of files, runs or screens; the token goes to the named server and nowhere else.

mod call;
mod cells;
mod client;
mod error;
mod general;
mod logins;
mod network;
pub mod probe;
mod refusal;
pub mod retry;
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
pub use logins::{Forgotten, LoginError, StoredLogins};
pub use network::{CertificateSource, NetworkEnvironment, ProxyChoice};
pub use refusal::{Refusal, TokenFault};
pub use retry::{Backoff, RetryAfter};
pub use server_url::{ServerUrl, ServerUrlError};
pub use setup::Patience;
pub use token::{Token, TokenError, TokenFileError, TokenShape, TokenSource};
pub use transport::{Hop, TransportError};
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
