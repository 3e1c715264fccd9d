//! Exit codes, and which error leads to which.

use std::process::ExitCode;

use super::{cells::ListError, context::NoToken, schema::UnknownSchema, session::QuotaTooSmall};
use crate::{
    api::{self, ErrorKind},
    config,
    engine::{Outcome, StopReason, catalog, prepare},
};

/// How a command ended. The numbers are part of the interface: scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Ok,
    /// Something failed that has no code of its own.
    Failure,
    /// The command line is wrong.
    Usage,
    /// A check failed before anything was sent.
    Preflight,
    /// No valid token.
    Authentication,
    /// The quota does not suffice.
    Quota,
    /// The network or the server failed.
    Network,
    /// Some answers are stored, others are missing; `castui resume` goes on.
    Partial,
    /// Ended by Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM or SIGHUP, as batch systems and closed sessions do.
    Terminated,
}

impl Exit {
    /// The number the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Preflight => 3,
            Self::Authentication => 4,
            Self::Quota => 5,
            Self::Network => 6,
            Self::Partial => 7,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The code for a server's refusal.
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
            | ErrorKind::Timeout
            | ErrorKind::Tls
            | ErrorKind::Proxy
            | ErrorKind::Unreadable
            | ErrorKind::NotOffered => Self::Network,
        }
    }

    /// The code for a sitting that ended without a signal. `stored` says how many chunks of the run are stored in all.
    pub fn of_outcome(outcome: &Outcome, stored: usize) -> Self {
        match &outcome.stopped {
            _ if outcome.is_complete() => Self::Ok,
            Some(StopReason::Authentication { .. }) => Self::Authentication,
            Some(StopReason::Quota { .. }) => Self::Quota,
            _ if stored > 0 => Self::Partial,
            Some(StopReason::Asked) => Self::Interrupted,
            Some(StopReason::Input { .. } | StopReason::Storage { .. }) => Self::Failure,
            Some(StopReason::Unreachable { .. } | StopReason::Refused { .. }) | None => Self::Network,
        }
    }

    /// The code for an error, found by what it is made of.
    pub fn of_error(error: &anyhow::Error) -> Self {
        let in_chain = error.chain().find_map(|cause| {
            let of_api = |error: &api::Error| Self::of_refusal(error.kind());
            let of_catalog = |error: &catalog::Error| match error {
                catalog::Error::Api(error) => of_api(error),
                catalog::Error::UnknownModel { .. }
                | catalog::Error::NoModel
                | catalog::Error::NoDefaultModel { .. } => Self::Preflight,
                catalog::Error::UnreadableOntology { .. } => Self::Network,
            };
            if let Some(error) = cause.downcast_ref::<api::Error>() {
                return Some(of_api(error));
            }
            if let Some(error) = cause.downcast_ref::<catalog::Error>() {
                return Some(of_catalog(error));
            }
            if let Some(prepare::Error::Catalog(error)) = cause.downcast_ref::<prepare::Error>() {
                return Some(of_catalog(error));
            }
            if let Some(prepare::Error::Changed { .. }) = cause.downcast_ref::<prepare::Error>() {
                return Some(Self::Preflight);
            }
            if let Some(error) = cause.downcast_ref::<config::Error>() {
                return Some(Self::of_settings(error));
            }
            if cause.is::<NoToken>() {
                return Some(Self::Authentication);
            }
            if cause.is::<UnknownSchema>() || cause.is::<ListError>() {
                return Some(Self::Usage);
            }
            if cause.is::<api::LoginError>() || cause.is::<api::TokenFileError>() || cause.is::<api::TokenError>() {
                return Some(Self::Authentication);
            }
            cause.is::<QuotaTooSmall>().then_some(Self::Quota)
        });
        in_chain.unwrap_or(Self::Failure)
    }
}

impl Exit {
    fn of_settings(error: &config::Error) -> Self {
        match error {
            config::Error::TokenVariable { .. }
            | config::Error::TokenFile(_)
            | config::Error::Login(_)
            | config::Error::TokenForOtherServer { .. } => Self::Authentication,
            config::Error::File { .. } | config::Error::ServerVariable { .. } => Self::Usage,
            config::Error::NoHome { .. } | config::Error::Read { .. } => Self::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
