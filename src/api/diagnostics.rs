//! Diagnosis of the connection to a server, one stage after the other, so that the failing stage is identified. In: a
//! client. Out: a result for each stage.

use std::{net::SocketAddr, time::Duration};

use jiff::Timestamp;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{Client, CommonHint, Error, ErrorKind, Hint, Stage, server_url::LOCALHOST, setup::LOCALHOST_ADDRESS};
use crate::{domain::text, wire};

/// The stages of a connection, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The proxy: whether one is used.
    Proxy,
    /// DNS: whether the host's name can be resolved.
    Dns,
    /// TCP: whether a connection can be opened.
    Connect,
    /// TLS: whether the server's certificate is trusted.
    Tls,
    /// The service: whether a CAS server responds, and its version.
    Service,
    /// The protocol: whether the server supports our version.
    Protocol,
    /// The token: whether it is valid.
    Token,
}

/// The outcome of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The stage works.
    Passed,
    /// The stage is not needed or cannot be tested.
    Skipped,
    /// The stage fails.
    Failed,
}

/// The result of a stage.
#[derive(Clone, Debug)]
pub struct Check {
    /// The stage.
    pub step: Step,
    /// The outcome.
    pub outcome: Outcome,
    /// The findings, as text.
    pub detail: String,
    /// Advice for the user.
    pub hint: Option<Hint>,
}

const STAGE_TIMEOUT: Duration = Duration::from_secs(10);

impl Step {
    /// All stages, in order.
    pub const ALL: [Self; 7] =
        [Self::Proxy, Self::Dns, Self::Connect, Self::Tls, Self::Service, Self::Protocol, Self::Token];

    /// Returns a short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proxy => "proxy",
            Self::Dns => "DNS",
            Self::Connect => "connection",
            Self::Tls => "TLS",
            Self::Service => "service",
            Self::Protocol => "version",
            Self::Token => "token",
        }
    }

    /// Tests this stage only. `now` is used to tell how long the token is valid.
    pub async fn test(self, client: &Client, now: Timestamp) -> Check {
        match self {
            Self::Proxy => proxy(client),
            Self::Dns => dns(client).await,
            Self::Connect => connect(client).await,
            Self::Tls => tls(client).await,
            Self::Service => service(client).await,
            Self::Protocol => protocol(client).await,
            Self::Token => token(client, now).await,
        }
    }

    fn passed(self, detail: impl Into<String>) -> Check {
        Check { step: self, outcome: Outcome::Passed, detail: detail.into(), hint: None }
    }

    fn skipped(self, detail: impl Into<String>) -> Check {
        Check { step: self, outcome: Outcome::Skipped, detail: detail.into(), hint: None }
    }

    fn failed(self, detail: impl Into<String>, hint: Hint) -> Check {
        Check { step: self, outcome: Outcome::Failed, detail: detail.into(), hint: Some(hint) }
    }

    fn failed_by(self, error: &Error) -> Check {
        let cause = match error {
            Error::Transport { source, .. } => format!("{error}: {source}"),
            Error::Unreadable { source, .. } => format!("{error}: {source}"),
            _ => error.to_string(),
        };
        self.failed(cause, error.hint())
    }
}

/// Returns the host and port of the first TCP connection: those of the proxy if there is one.
fn first_connection(client: &Client) -> (String, u16) {
    match client.proxy() {
        Some(proxy) => (proxy.host.clone(), proxy.port),
        None => (client.server().host().to_owned(), client.server().port()),
    }
}

fn proxy(client: &Client) -> Check {
    match client.proxy() {
        Some(proxy) => Step::Proxy.passed(format!("{}:{}, from {}", proxy.host, proxy.port, proxy.variable)),
        None if client.server().is_loopback() => Step::Proxy.skipped("the server is on this machine"),
        None => Step::Proxy.skipped("none for this server"),
    }
}

async fn addresses(host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host == LOCALHOST {
        return Ok(vec![SocketAddr::from((LOCALHOST_ADDRESS, port))]);
    }
    match timeout(STAGE_TIMEOUT, lookup_host((host, port))).await {
        Ok(found) => found.map(Iterator::collect),
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
    }
}

async fn dns(client: &Client) -> Check {
    let (host, port) = first_connection(client);
    if host == LOCALHOST {
        return Step::Dns.passed(format!("{host} is always {LOCALHOST_ADDRESS}; name [::1] to use IPv6"));
    }
    match addresses(&host, port).await {
        Ok(found) if !found.is_empty() => {
            let found: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
            Step::Dns.passed(format!("{host} is {}", found.join(", ")))
        }
        Ok(_) => Step::Dns.failed(format!("{host} has no address"), dns_hint(client)),
        Err(error) => Step::Dns.failed(format!("{host} was not found: {error}"), dns_hint(client)),
    }
}

fn dns_hint(client: &Client) -> Hint {
    let proxy = client.proxy();
    Hint::Common(proxy.map_or(CommonHint::ServerName, |proxy| CommonHint::ProxyName(proxy.variable)))
}

async fn connect(client: &Client) -> Check {
    let (host, port) = first_connection(client);
    let Ok(found) = addresses(&host, port).await else {
        return Step::Connect.skipped("the name is not known");
    };
    match timeout(STAGE_TIMEOUT, TcpStream::connect(&*found)).await {
        Ok(Ok(_)) => Step::Connect.passed(format!("{host} port {port}")),
        Ok(Err(error)) => Step::Connect.failed(format!("{host} port {port}: {error}"), connect_hint(client)),
        Err(_) => {
            Step::Connect.failed(format!("{host} port {port}: no answer in {STAGE_TIMEOUT:?}"), connect_hint(client))
        }
    }
}

fn connect_hint(client: &Client) -> Hint {
    match client.proxy() {
        Some(proxy) => Hint::Common(CommonHint::ProxyAddress(proxy.variable)),
        None if client.server().is_loopback() => Hint::LocalService,
        None => Hint::Common(CommonHint::Firewall),
    }
}

/// Tests the encrypted connection. Any response shows that it works.
async fn tls(client: &Client) -> Check {
    if !client.server().is_https() {
        return Step::Tls.skipped("plain http");
    }
    let trusted = trusted(client);
    match client.application_info().await {
        Err(Error::Transport { source, .. }) => match source.stage {
            Stage::Certificate | Stage::Tls => {
                Step::Tls.failed(format!("{source}; {trusted}"), Hint::Kind(ErrorKind::Tls))
            }
            Stage::Proxy => Step::Tls.failed(source.to_string(), Hint::Kind(ErrorKind::Proxy)),
            Stage::Dns | Stage::Connect | Stage::Timeout | Stage::Dropped => Step::Tls.skipped(source.to_string()),
        },
        Ok(_) | Err(_) => Step::Tls.passed(trusted),
    }
}

/// Lists the places of the trusted certificates, including empty ones, because those may be the mistake.
fn trusted(client: &Client) -> String {
    let places = client.certificates().iter().map(|source| match (source.variable, &source.path) {
        (Some(variable), Some(path)) => format!("{} from {variable}={}", source.count, path.display()),
        (Some(_), None) | (None, _) => format!("{} from the system", source.count),
    });
    format!("certificates: {}", places.collect::<Vec<_>>().join(", "))
}

async fn service(client: &Client) -> Check {
    match client.application_info().await {
        Ok(info) => Step::Service.passed(format!("CAS {}", text::excerpt(&info.application_version))),
        Err(error) => Step::Service.failed_by(&error),
    }
}

async fn protocol(client: &Client) -> Check {
    let ours = wire::PROTOCOL_VERSION;
    match client.validate_client_version().await {
        Ok(validity) if validity.is_valid => Step::Protocol.passed(format!("the server supports {ours}")),
        Ok(validity) => {
            let oldest = text::excerpt(&validity.min_version);
            let found = format!("the server requires protocol {oldest} or newer; this castui has {ours}");
            Step::Protocol.failed(found, Hint::Common(CommonHint::Update))
        }
        Err(error) => Step::Protocol.failed_by(&error),
    }
}

async fn token(client: &Client, now: Timestamp) -> Check {
    let Some(token) = client.token() else {
        return Step::Token.failed("no token was given", Hint::Kind(ErrorKind::Authentication));
    };
    let expiry = token.expires_at().map_or_else(String::new, |then| {
        let word = if then < now { "expired on" } else { "valid until" };
        format!(", {word} {}", then.strftime("%Y-%m-%d"))
    });
    match client.validate_token().await {
        Ok(user) => {
            let name = [user.username, user.email].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
            Step::Token.passed(format!("{token} of {}{expiry}", text::excerpt(&name)))
        }
        Err(error) => {
            let check = Step::Token.failed_by(&error);
            let remark = client.token_remark().map_or_else(String::new, |remark| format!("; {remark}"));
            Check { detail: format!("{token}{expiry}: {}{remark}", check.detail), ..check }
        }
    }
}
