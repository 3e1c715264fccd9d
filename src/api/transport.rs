//! What broke between us and the server: an error of the HTTP library in, the hop that failed out.

use std::{error::Error as StdError, fmt, io};

/// The hop that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// The name of the host could not be resolved.
    Dns,
    /// Nothing listens there, or it cannot be reached.
    Connect,
    /// The proxy refused to pass us on.
    Proxy,
    /// The server's certificate is not trusted.
    Certificate,
    /// The encrypted connection could not be set up.
    Tls,
    /// It took too long.
    Timeout,
    /// The connection broke while in use.
    Cut,
}

/// A failure of the connection, without its URL.
#[derive(Debug)]
pub struct TransportError {
    /// The hop that failed.
    pub hop: Hop,
    source: reqwest::Error,
}

impl TransportError {
    /// Finds the failed hop.
    pub(super) fn new(error: reqwest::Error) -> Self {
        let source = error.without_url();
        Self { hop: failed_hop(&source), source }
    }

    /// The innermost cause in words, such as "Connection refused (os error 111)".
    fn cause(&self) -> String {
        let innermost = chain(&self.source).last().map(ToString::to_string);
        crate::domain::text::clean(&innermost.unwrap_or_default()).into_owned()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.hop, self.cause())
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the host's name was not found (DNS)",
            Self::Connect => "no connection",
            Self::Proxy => "the proxy did not pass us on",
            Self::Certificate => "the server's certificate is not trusted (TLS)",
            Self::Tls => "no encrypted connection (TLS)",
            Self::Timeout => "no answer in time",
            Self::Cut => "the connection broke",
        })
    }
}

fn failed_hop(error: &reqwest::Error) -> Hop {
    if let Some(tls) = chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return if matches!(tls, rustls::Error::InvalidCertificate(_)) { Hop::Certificate } else { Hop::Tls };
    }
    if error.is_dns() {
        Hop::Dns
    } else if error.is_timeout() {
        Hop::Timeout
    } else if error.is_connect() {
        if is_of_tunnel(error) { Hop::Proxy } else { Hop::Connect }
    } else {
        Hop::Cut
    }
}

/// The tunnel's own error type is private to the HTTP library; its text is all there is to tell it by.
fn is_of_tunnel(error: &reqwest::Error) -> bool {
    let names_proxy = |cause: &(dyn StdError + 'static)| {
        let text = cause.to_string().to_lowercase();
        text.contains("tunnel") || text.contains("proxy") || text.contains("socks")
    };
    chain(error).any(names_proxy)
}

/// An error and all its causes, also those that an `io::Error` wraps and does not give as its source.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}
