//! Exit codes of errors of the server, the catalog and the settings.

use super::Exit;
use crate::{api::ErrorKind, config, engine::catalog};

impl Exit {
    /// Returns the code of a server's refusal.
    pub fn of_refusal(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Authentication => Self::Authentication,
            ErrorKind::Quota => Self::Quota,
            ErrorKind::Forbidden
            | ErrorKind::BadRequest
            | ErrorKind::NotFound
            | ErrorKind::TooLarge
            | ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Network
            | ErrorKind::Portal
            | ErrorKind::Timeout
            | ErrorKind::Tls
            | ErrorKind::Proxy
            | ErrorKind::Unreadable
            | ErrorKind::NotOffered => Self::Network,
        }
    }
}

impl Exit {
    pub(super) fn of_catalog(error: &catalog::Error) -> Self {
        match error {
            catalog::Error::Api(error) => Self::of_refusal(error.kind()),
            catalog::Error::UnknownModel { .. } | catalog::Error::NoModel | catalog::Error::NoDefaultModel { .. } => {
                Self::Preflight
            }
            catalog::Error::UnknownSchema { .. } => Self::Usage,
            catalog::Error::UnreadableOntology { .. } => Self::Network,
        }
    }

    pub(super) fn of_settings(error: &config::Error) -> Self {
        match error {
            config::Error::TokenVariable { .. } | config::Error::TokenFile(_) | config::Error::Login(_) => {
                Self::Authentication
            }
            config::Error::File { .. } | config::Error::ServerVariable { .. } => Self::Usage,
            config::Error::NoHome { .. } | config::Error::Read { .. } => Self::Failure,
        }
    }
}
