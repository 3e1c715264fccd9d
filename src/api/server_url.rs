//! The address of a CAS server. In: text. Out: a validated origin with an optional path.

use std::{fmt, net::IpAddr, str::FromStr};

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::domain::text;

/// The address of a CAS server, such as `https://cellarium-cloud-api.cellarium.ai`. It is normalized and has no
/// credentials, query, fragment or trailing slash. A path before the endpoints is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerUrl(Url);

/// The reasons why a text is not the address of a server. The text is shown only if it cannot contain a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerUrlError {
    /// The text is not a URL.
    #[error("'{text}' is not the address of a server; it should look like https://host or http://127.0.0.1:8000")]
    NotAUrl {
        /// The text, shortened.
        text: String,
    },
    /// The scheme is neither http nor https.
    #[error("the server's address begins with '{scheme}:'; it must begin with https://, or http:// on this machine")]
    Scheme {
        /// The scheme found.
        scheme: String,
    },
    /// The address contains a user name or password.
    #[error("the address of server {host} contains a user name or password; leave them out")]
    Credentials {
        /// The host.
        host: String,
    },
    /// The address contains a query or fragment.
    #[error("the address of server {host} continues after '?' or '#'; leave that part out")]
    Trailing {
        /// The host.
        host: String,
    },
}

/// The name of this machine for itself.
pub(super) const LOCALHOST: &str = "localhost";

impl ServerUrl {
    /// Returns the address of the public service of the Broad Institute.
    pub fn public() -> Self {
        // Proof: the literal is parsed by a test below.
        "https://cellarium-cloud-api.cellarium.ai".parse().expect("a valid literal")
    }

    /// Returns the host as written in the address (an IPv6 address without brackets).
    pub fn host(&self) -> &str {
        // Proof: http and https addresses always have a host.
        self.0.host_str().expect("http addresses have a host").trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the port, given or default.
    pub fn port(&self) -> u16 {
        // Proof: the only schemes are http and https, whose ports are known.
        self.0.port_or_known_default().expect("http and https have default ports")
    }

    /// Returns whether the connection is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Returns whether the server is on this machine: 127.0.0.0/8, ::1 or `localhost`.
    pub fn is_loopback(&self) -> bool {
        match self.host().parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host() == LOCALHOST,
        }
    }

    /// Returns whether a token may be sent to the server: over https, or within this machine.
    pub fn may_carry_token(&self) -> bool {
        self.is_https() || self.is_loopback()
    }

    /// Returns scheme, host and port without the path. Stored tokens belong to this origin.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Returns the URL of an endpoint. `last` is appended as one percent-encoded segment.
    pub(super) fn endpoint(&self, path: &str, last: Option<&str>) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/')).extend(last);
        }
        url
    }
}

impl FromStr for ServerUrl {
    type Err = ServerUrlError;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let given = given.trim();
        let Ok(mut url) = Url::parse(given) else {
            // The text before an '@' may be a password.
            let shown = given.rsplit('@').next().unwrap_or_default();
            return Err(ServerUrlError::NotAUrl { text: text::excerpt(shown) });
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(ServerUrlError::Scheme { scheme: text::excerpt(url.scheme()) });
        }
        let host = || text::excerpt(url.host_str().unwrap_or_default());
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ServerUrlError::Credentials { host: host() });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ServerUrlError::Trailing { host: host() });
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = ServerUrlError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ServerUrl> for String {
    fn from(server: ServerUrl) -> Self {
        server.to_string()
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> ServerUrl {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_are_normalized() {
        assert_eq!(ServerUrl::public().to_string(), "https://cellarium-cloud-api.cellarium.ai");
        assert_eq!(server(" HTTPS://CAS.example.org:443/ "), server("https://cas.example.org"));
        assert_eq!(server("https://cas.example.org/cas//").to_string(), "https://cas.example.org/cas");
        assert_eq!(server("https://cas.example.org/cas").origin(), "https://cas.example.org");
        assert_eq!(server("http://[::1]:80").host(), "::1");
    }

    #[test]
    fn endpoints_are_appended_to_the_path_with_encoded_names() {
        let url = |text: &str, last| server(text).endpoint("api/x", last).to_string();
        assert_eq!(url("https://a.org", None), "https://a.org/api/x");
        assert_eq!(url("https://a.org/cas/", Some("a b/c?d")), "https://a.org/cas/api/x/a%20b%2Fc%3Fd");
    }

    #[test]
    fn a_token_may_be_sent_over_https_or_to_a_loopback_server() {
        for fit in ["https://a.org", "http://127.0.0.1:8000", "http://127.8.8.8", "http://[::1]:1", "http://localhost"]
        {
            assert!(server(fit).may_carry_token(), "{fit}");
        }
        for unfit in ["http://a.org", "http://10.0.0.1", "http://localhost.a.org", "http://0.0.0.0:80"] {
            assert!(!server(unfit).may_carry_token(), "{unfit}");
        }
    }

    #[test]
    fn an_address_with_a_password_is_refused_without_showing_it() {
        for text in
            ["https://me:hunter2@a.org", "https://hunter2@a.org", "me:hunter2@a.org", "https://me:hunter2@[a.org"]
        {
            let error = text.parse::<ServerUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        assert!("ftp://a.org".parse::<ServerUrl>().is_err());
        assert!("https://a.org/?x=1".parse::<ServerUrl>().is_err());
    }
}
