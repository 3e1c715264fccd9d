//! Advice about errors of requests and of connections. It names no front end: the command line and the interface word it,
//! each with its own commands and keys.

use super::{Error, ErrorKind, Refusal, TokenFault};

/// Advice for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The advice about all errors of a kind.
    Kind(ErrorKind),
    /// The redirect leads to the login page of a network, or the server has another address.
    Redirected,
    /// Plain http is for servers on this machine.
    PlainHttp,
    /// The variables that name certificates may be wrong.
    CertificateVariables,
    /// The token lacks characters.
    IncompleteToken,
    /// The account is inactive, and a new token does not help.
    InactiveAccount,
    /// The token may be incomplete, or that of another server.
    UnknownToken,
    /// The server fails as it does on an incomplete token.
    PossiblyCutToken,
    /// The name of the proxy in this variable may be wrong.
    ProxyName(&'static str),
    /// The address of the proxy in this variable may be wrong.
    ProxyAddress(&'static str),
    /// The name of the server may be wrong, or a proxy is needed.
    ServerName,
    /// The local service may not be running.
    LocalService,
    /// A firewall may be in the way.
    Firewall,
    /// The server requires a newer version of castui.
    Update,
}

impl Error {
    /// Returns advice for the user.
    pub fn hint(&self) -> Hint {
        match self {
            Self::Redirected { .. } => Hint::Redirected,
            Self::PlainHttp { .. } => Hint::PlainHttp,
            Self::Setup { .. } => Hint::CertificateVariables,
            Self::IncompleteToken => Hint::IncompleteToken,
            Self::Refused(refusal) => hint_of_refusal(refusal),
            Self::Transport { .. }
            | Self::Unreadable { .. }
            | Self::WebPage { .. }
            | Self::Oversized { .. }
            | Self::NotOffered { .. }
            | Self::Schema { .. }
            | Self::CellWithoutIndex { .. }
            | Self::ProxyVariable { .. } => Hint::Kind(self.kind()),
        }
    }
}

/// Returns advice about a refusal. If CAS states a fault of the token, the advice addresses that fault.
fn hint_of_refusal(refusal: &Refusal) -> Hint {
    match refusal.token_fault {
        Some(TokenFault::InactiveUser) => Hint::InactiveAccount,
        Some(TokenFault::Expired | TokenFault::Inactive) => Hint::Kind(ErrorKind::Authentication),
        Some(TokenFault::Unknown) => Hint::UnknownToken,
        None if refusal.may_be_cut_token => Hint::PossiblyCutToken,
        None => Hint::Kind(super::error::kind_of_status(refusal)),
    }
}
