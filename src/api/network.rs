//! The network settings of the environment: variables for proxies and certificates. Reads a given environment and the
//! certificate files; sends nothing.

use std::{
    collections::HashSet,
    env,
    ffi::OsString,
    net::IpAddr,
    path::{Path, PathBuf},
};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{Error, ServerUrl};
use crate::files;

/// The values of the relevant variables.
#[derive(Clone, Default)]
pub struct NetworkEnvironment {
    proxies: Vec<(&'static str, String)>,
    exceptions: String,
    certificates: Vec<(&'static str, PathBuf)>,
}

/// The proxy used for a server.
#[derive(Clone)]
pub struct ProxyChoice {
    /// The variable that names the proxy.
    pub variable: &'static str,
    /// The host of the proxy.
    pub host: String,
    /// The port of the proxy.
    pub port: u16,
    url: String,
}

/// The certificates found in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSource {
    /// The variable that names the place; `None` for the system's certificates.
    pub variable: Option<&'static str>,
    /// The path of the place.
    pub path: Option<PathBuf>,
    /// The number of certificates.
    pub count: usize,
}

const FOR_HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const FOR_HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];
const CERTIFICATES: [&str; 3] = ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"];

/// The maximum size of a bundle of certificates in bytes. Those of distributions have less than 1 MB.
const LARGEST_BUNDLE: u64 = 16 << 20;

/// The bundles of certificates of Linux distributions. They are read here because the library for the system's
/// certificates ignores them when SSL_CERT_FILE is set.
const SYSTEM_BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
];

impl NetworkEnvironment {
    /// Reads the variables through a lookup function, so that tests need no real environment.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let text =
            |name: &str| lookup(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
        let proxies = FOR_HTTPS.into_iter().chain(FOR_HTTP).filter_map(|name| Some((name, text(name)?))).collect();
        let certificates = CERTIFICATES
            .into_iter()
            .flat_map(|name| lookup(name).into_iter().flat_map(move |value| paths(name, &value)))
            .collect();
        Self { proxies, exceptions: EXCEPTIONS.into_iter().find_map(text).unwrap_or_default(), certificates }
    }

    /// Returns the proxy for a server; `None` for loopback servers and those listed in NO_PROXY.
    pub fn proxy_for(&self, server: &ServerUrl) -> Result<Option<ProxyChoice>, Error> {
        if server.is_loopback() || is_listed(&self.exceptions, server.host(), server.port()) {
            return Ok(None);
        }
        let wanted = if server.is_https() { FOR_HTTPS } else { FOR_HTTP };
        let found = wanted.into_iter().find_map(|name| self.proxies.iter().find(|(variable, _)| *variable == name));
        found.map(|(variable, value)| ProxyChoice::parse(variable, value)).transpose()
    }

    /// Returns the trusted certificates, those of the system and of the variables, with the number from each place.
    pub(super) fn trusted(&self) -> (RootCertStore, Vec<CertificateSource>) {
        let mut roots = RootCertStore::empty();
        let mut seen = HashSet::new();
        let mut sources = Vec::new();
        let named = self.certificates.iter().map(|(variable, path)| (Some(*variable), Some(path.clone())));
        for (variable, path) in [(None, None)].into_iter().chain(named) {
            let found = path.as_deref().map_or_else(system_certificates, certificates_at);
            let count = found.len();
            roots.add_parsable_certificates(found.into_iter().filter(|found| seen.insert(found.to_vec())));
            sources.push(CertificateSource { variable, path, count });
        }
        (roots, sources)
    }
}

impl ProxyChoice {
    fn parse(variable: &'static str, value: &str) -> Result<Self, Error> {
        let value = value.trim();
        let url = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
        let parsed = reqwest::Url::parse(&url).ok();
        let known =
            parsed.filter(|url| matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h"));
        let place = known.and_then(|parsed| {
            let usual = if parsed.scheme().starts_with("socks") { 1080 } else { 80 };
            Some((parsed.host_str()?.to_owned(), parsed.port_or_known_default().unwrap_or(usual)))
        });
        let (host, port) = place.ok_or(Error::ProxyVariable { variable })?;
        Ok(Self { variable, host, port, url })
    }

    /// Returns the proxy for the HTTP library. It applies to all requests, because a client has one server.
    pub(super) fn to_reqwest(&self) -> Result<reqwest::Proxy, Error> {
        reqwest::Proxy::all(&self.url).map_err(|_| Error::ProxyVariable { variable: self.variable })
    }
}

/// Returns the paths in a variable. A variable for directories contains a list.
fn paths(name: &'static str, value: &OsString) -> Vec<(&'static str, PathBuf)> {
    let all = if name == "SSL_CERT_DIR" { env::split_paths(value).collect() } else { vec![PathBuf::from(value)] };
    all.into_iter().filter(|path| !path.as_os_str().is_empty()).map(|path| (name, path)).collect()
}

/// Returns the certificates in a file or folder. A file that cannot be read, is not regular or is too large has none.
fn certificates_at(path: &Path) -> Vec<CertificateDer<'static>> {
    if path.is_dir() {
        return rustls_native_certs::load_certs_from_paths(None, Some(path)).certs;
    }
    let text = files::read_named(path, LARGEST_BUNDLE).unwrap_or_default();
    CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect()
}

fn system_certificates() -> Vec<CertificateDer<'static>> {
    let bundle = SYSTEM_BUNDLES.into_iter().map(Path::new).find(|path| path.is_file()).map(certificates_at);
    match bundle {
        Some(certificates) if cfg!(target_os = "linux") && !certificates.is_empty() => certificates,
        // With these variables, the library would read only the places that they name, without a limit.
        Some(_) | None if CERTIFICATES[..2].iter().any(|name| env::var_os(name).is_some()) => Vec::new(),
        Some(_) | None => rustls_native_certs::load_native_certs().certs,
    }
}

/// Returns whether a NO_PROXY list contains a host. Entries are `*`, a domain (which includes its subdomains), an
/// address, or a network such as 10.0.0.0/8. An entry with a port, such as `cas.org:8443` or `[::1]:8000`, applies to
/// that port only.
fn is_listed(exceptions: &str, host: &str, port: u16) -> bool {
    let names = |entry: &str| {
        let (entry, only) = without_port(entry.trim());
        if only.is_some_and(|only| only != port) {
            return false;
        }
        let entry = entry.trim_start_matches("*.").trim_start_matches('.');
        match host.parse::<IpAddr>() {
            Ok(address) => entry == "*" || is_within(address, entry),
            Err(_) => entry == "*" || is_below(host, entry),
        }
    };
    exceptions.split([',', ' ']).filter(|entry| !entry.trim().is_empty()).any(names)
}

/// Splits the port from an entry of a NO_PROXY list. An IPv6 address needs brackets before a port.
fn without_port(entry: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = entry.strip_prefix('[').and_then(|entry| entry.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.split_once(':').map(|(host, port)| (host, port.parse())) {
        Some((host, Ok(port))) => (host, Some(port)),
        Some((_, Err(_))) | None => (entry, None),
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), domain.to_ascii_lowercase());
    host.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_within(address: IpAddr, network: &str) -> bool {
    let (base, bits) = network.split_once('/').map_or((network, None), |(base, bits)| (base, Some(bits)));
    let Ok(base) = base.parse::<IpAddr>() else { return false };
    let ((address, width), (base, base_width)) = (number(address), number(base));
    let bits = bits.map_or(Some(width), |bits| bits.parse().ok().filter(|bits| *bits <= width));
    let differing = |bits: u32| (address ^ base).checked_shr(width - bits).unwrap_or(0);
    width == base_width && bits.is_some_and(|bits| differing(bits) == 0)
}

/// Returns an address as a number, and its width in bits.
fn number(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> NetworkEnvironment {
        NetworkEnvironment::read(|name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| OsString::from(value))
        })
    }

    fn proxy(variables: &[(&str, &str)], server: &str) -> Option<(&'static str, String, u16)> {
        let choice = environment(variables).proxy_for(&server.parse().unwrap()).unwrap();
        choice.map(|choice| (choice.variable, choice.host, choice.port))
    }

    #[test]
    fn the_variable_for_the_scheme_has_precedence() {
        let variables = [("ALL_PROXY", "socks5h://s.org"), ("HTTPS_PROXY", "p.org:3128"), ("https_proxy", "")];
        assert_eq!(proxy(&variables, "https://cas.org"), Some(("HTTPS_PROXY", "p.org".into(), 3128)));
        assert_eq!(proxy(&variables, "http://cas.org"), Some(("ALL_PROXY", "s.org".into(), 1080)));
        assert_eq!(proxy(&[], "https://cas.org"), None);
    }

    #[test]
    fn loopback_servers_and_exceptions_use_no_proxy() {
        let with =
            |no: &'static str| [("HTTPS_PROXY", "http://p.org:3128"), ("HTTP_PROXY", "http://p.org"), ("NO_PROXY", no)];
        for (no, server) in [
            ("", "http://127.0.0.1:8000"),
            ("cas.org", "https://api.cas.org"),
            ("a.org, .CAS.org", "https://cas.org"),
            ("*", "https://cas.org"),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("0.0.0.0/0", "https://10.1.2.3"),
            ("fd00::/8", "https://[fd00::1]"),
            ("cas.org:443", "https://api.cas.org"),
            (".cas.org:8443", "https://cas.org:8443"),
            ("10.1.2.3:8000", "http://10.1.2.3:8000"),
            ("[fd00::1]:443", "https://[fd00::1]"),
            ("[fd00::1]", "https://[fd00::1]:8443"),
            ("*:443", "https://cas.org"),
        ] {
            assert_eq!(proxy(&with(no), server), None, "{no}");
        }
        for (no, server) in [
            ("as.org", "https://cas.org"),
            ("10.0.0.0/8", "https://11.1.2.3"),
            ("1/99", "https://1.1.1.1"),
            ("cas.org:8443", "https://cas.org"),
            ("10.1.2.3:8001", "http://10.1.2.3:8000"),
            ("[fd00::1]:8443", "https://[fd00::1]"),
            ("cas.org:port", "https://cas.org"),
        ] {
            assert!(proxy(&with(no), server).is_some(), "{no}");
        }
    }

    #[test]
    fn an_invalid_proxy_is_reported_by_its_variable_without_its_value() {
        for value in ["ftp://me:hunter2@p.org", "http://me:hunter2@", "::hunter2"] {
            let error = environment(&[("HTTPS_PROXY", value)]).proxy_for(&ServerUrl::public()).err().unwrap();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains("HTTPS_PROXY") && !shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn certificates_are_counted_by_place_and_missing_files_are_ignored() {
        let (_, sources) = environment(&[("SSL_CERT_FILE", "/nowhere.pem"), ("SSL_CERT_DIR", "/none:")]).trusted();
        assert_eq!(sources[0].variable, None);
        let named: Vec<_> = sources[1..].iter().map(|source| (source.variable, source.count)).collect();
        assert_eq!(named, [(Some("SSL_CERT_FILE"), 0), (Some("SSL_CERT_DIR"), 0)]);
    }
}
