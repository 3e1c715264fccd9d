//! Failures of the connection to a server. In: an error of the HTTP library. Out: the stage that failed.

use std::{error::Error as StdError, fmt, io};

/// The stage of a connection that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The name of the host could not be resolved.
    Dns,
    /// Nothing listens at the address, or it cannot be reached.
    Connect,
    /// The proxy refused to connect to the server.
    Proxy,
    /// The server's certificate is not trusted.
    Certificate,
    /// The encrypted connection could not be set up.
    Tls,
    /// A time limit was exceeded.
    Timeout,
    /// The connection broke while in use.
    Dropped,
}

/// A failure of the connection, without the URL.
#[derive(Debug)]
pub struct TransportError {
    /// The stage that failed.
    pub stage: Stage,
    source: reqwest::Error,
}

impl TransportError {
    /// Determines the failed stage of an error.
    pub(super) fn new(error: reqwest::Error) -> Self {
        let source = error.without_url();
        Self { stage: failed_stage(&source), source }
    }

    /// Returns the innermost cause as text, such as "Connection refused (os error 111)".
    fn cause(&self) -> String {
        let innermost = chain(&self.source).last().map(ToString::to_string);
        crate::domain::text::clean(&innermost.unwrap_or_default()).into_owned()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.stage, self.cause())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the host's name was not found (DNS)",
            Self::Connect => "no connection",
            Self::Proxy => "the proxy refused the connection",
            Self::Certificate => "the server's certificate is not trusted (TLS)",
            Self::Tls => "no encrypted connection (TLS)",
            Self::Timeout => "no answer in time",
            Self::Dropped => "the connection broke",
        })
    }
}

fn failed_stage(error: &reqwest::Error) -> Stage {
    if let Some(tls) = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return if matches!(tls, rustls::Error::InvalidCertificate(_)) { Stage::Certificate } else { Stage::Tls };
    }
    if error.is_dns() {
        Stage::Dns
    } else if error.is_timeout() {
        Stage::Timeout
    } else if error.is_connect() {
        if is_of_tunnel(error) { Stage::Proxy } else { Stage::Connect }
    } else {
        Stage::Dropped
    }
}

/// Returns whether a proxy tunnel failed. The error's type is private to the HTTP library, so its text is compared.
fn is_of_tunnel(error: &reqwest::Error) -> bool {
    let names_proxy = |cause: &(dyn StdError + 'static)| {
        let text = cause.to_string().to_lowercase();
        text.contains("tunnel") || text.contains("proxy") || text.contains("socks")
    };
    chain(error).any(names_proxy)
}

/// Returns an error and all its causes, including those that an `io::Error` wraps without returning them as a source.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}
