//! Sets up the HTTP library: timeouts, connections, certificates, no redirects.

use std::{sync::Arc, time::Duration};

use reqwest::redirect;
use rustls::{ClientConfig, RootCertStore};

use super::{Error, ProxyChoice};

/// How long a server is waited for. The default is the official client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The longest until a connection stands.
    pub connect: Duration,
    /// The longest silence while an answer is awaited or read.
    pub silence: Duration,
    /// The longest a general call may take.
    pub call: Duration,
    /// The longest a chunk may take, from connecting to the last byte of its answer, however steadily that trickles in.
    pub chunk: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(30), silence: seconds(730), call: seconds(60), chunk: seconds(750) }
    }
}

/// Shorter than the five seconds after which the usual Python servers close an idle connection: one they close while
/// we pick it up would cost a chunk an attempt.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
const IDLE_CONNECTIONS: usize = 16;

/// The HTTP client for one server. The environment has been read by now: nothing here looks at it again.
pub(super) fn http(
    roots: RootCertStore,
    proxy: Option<&ProxyChoice>,
    patience: Patience,
) -> Result<reqwest::Client, Error> {
    let tls = tls(roots).map_err(|error| Error::Setup { source: error.into() })?;
    let builder = reqwest::Client::builder()
        .user_agent(concat!("castui/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls)
        .http1_only()
        .redirect(redirect::Policy::none())
        .connect_timeout(patience.connect)
        .read_timeout(patience.silence)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .no_proxy();
    let builder = match proxy {
        Some(proxy) => builder.proxy(proxy.to_reqwest()?),
        None => builder,
    };
    builder.build().map_err(|error| Error::Setup { source: error.without_url().into() })
}

/// The provider is named, so that no process-wide one is needed, and one installed by others does not matter.
fn tls(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
