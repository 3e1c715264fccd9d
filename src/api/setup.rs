//! Configuration of the HTTP library: timeouts, connections, certificates, no redirects.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::redirect;
use rustls::{ClientConfig, RootCertStore};

use super::{Error, ProxyChoice, server_url::LOCALHOST};

/// The timeouts of a server. The defaults equal the official client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The maximum time to open a connection.
    pub connect: Duration,
    /// The maximum time without a byte while a response is awaited or read.
    pub silence: Duration,
    /// The maximum duration of a general call.
    pub call: Duration,
    /// The maximum duration of a chunk, from connecting to the last byte of the response.
    pub chunk: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(30), silence: seconds(730), call: seconds(60), chunk: seconds(750) }
    }
}

/// The time after which an idle connection is closed. It is shorter than the five seconds of common Python servers: if
/// the server closed the connection while we reuse it, a chunk would lose an attempt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
const IDLE_CONNECTIONS: usize = 16;

/// The only address of `localhost`. Most systems also map it to `::1`, where a program of another user may listen while the
/// program of this user listens here.
pub(super) const LOCALHOST_ADDRESS: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Returns the HTTP client for one server. Reads no environment variables.
pub(super) fn http(
    roots: RootCertStore,
    proxy: Option<&ProxyChoice>,
    timeouts: Timeouts,
) -> Result<reqwest::Client, Error> {
    let tls = tls(roots).map_err(|error| Error::Setup { source: error.into() })?;
    let builder = reqwest::Client::builder()
        .user_agent(concat!("castui/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls)
        .http1_only()
        .redirect(redirect::Policy::none())
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.silence)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        // Port 0 stands for that of the URL.
        .resolve(LOCALHOST, SocketAddr::from((LOCALHOST_ADDRESS, 0)))
        .no_proxy();
    let builder = match proxy {
        Some(proxy) => builder.proxy(proxy.to_reqwest()?),
        None => builder,
    };
    builder.build().map_err(|error| Error::Setup { source: error.without_url().into() })
}

/// Returns the TLS configuration. The crypto provider is named explicitly, so that a process-wide one has no effect.
fn tls(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
