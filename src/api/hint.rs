//! Advice about errors of requests and of connections. It names no front end: the command line and the interface word it,
//! each with its own commands and keys.

use std::fmt;

use super::{Endpoint, Error, ErrorKind, Refusal, TokenFault};
use crate::wire::path;

/// Advice for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The advice about all errors of a kind.
    Kind(ErrorKind),
    /// The advice about errors of a kind in a call that sends no chunk.
    Call(ErrorKind),
    /// An answer is larger than any valid one.
    Oversized(Answered),
    /// The redirect leads to the login page of a network, or the server has another address.
    Redirected,
    /// The token lacks characters.
    IncompleteToken,
    /// The token may be incomplete, or that of another server.
    UnknownToken,
    /// The local service may not be running.
    LocalService,
    /// Advice that is the same in all front ends.
    Common(CommonHint),
}

/// Advice that needs neither commands nor keys. Displayed as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonHint {
    /// Plain http is for servers on this machine.
    PlainHttp,
    /// The variables that name certificates may be wrong.
    CertificateVariables,
    /// The account is inactive, and a new token does not help.
    InactiveAccount,
    /// The server fails as it does on an incomplete token.
    PossiblyCutToken,
    /// The name of the proxy in this variable may be wrong.
    ProxyName(&'static str),
    /// The address of the proxy in this variable may be wrong.
    ProxyAddress(&'static str),
    /// The name of the server may be wrong, or a proxy is needed.
    ServerName,
    /// A firewall may be in the way.
    Firewall,
    /// The server requires a newer version of castui.
    Update,
}

impl fmt::Display for CommonHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PlainHttp => "Use https://; plain http is for a server on this machine.",
            Self::CertificateVariables => "Check the variables SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE.",
            Self::InactiveAccount => {
                "The account is inactive, and a new token will not help: write to cas-support@cellarium.ai."
            }
            Self::PossiblyCutToken => {
                "The server fails like this on an incomplete token: compare it with the one you were given. If it is \
                 whole, the server is overloaded or failing; try again later."
            }
            Self::ProxyName(variable) => return write!(f, "Check the name in {variable}."),
            Self::ProxyAddress(variable) => return write!(f, "Check the address in {variable}."),
            Self::ServerName => {
                "Check the server's name; a machine without direct internet access, such as a compute node, may need \
                 HTTPS_PROXY."
            }
            Self::Firewall => "A firewall may be in the way: ask your site for its proxy and set HTTPS_PROXY.",
            Self::Update => "Update castui the way you installed it: pip, conda or `make build`.",
        })
    }
}

/// The subject of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// A chunk of cells.
    Chunk,
    /// The list of models.
    Models,
    /// The genes of a schema, or the list of schemas.
    Genes,
    /// The Cell Ontology.
    Ontology,
    /// The metadata of reference cells.
    ReferenceCells,
    /// Anything else.
    Other,
}

impl Answered {
    fn of(endpoint: Endpoint) -> Self {
        let is = |path| endpoint == Endpoint::new(path);
        match () {
            () if endpoint.takes_chunks() => Self::Chunk,
            () if is(path::LIST_MODELS) => Self::Models,
            () if is(path::FEATURE_SCHEMA) || is(path::FEATURE_SCHEMAS) => Self::Genes,
            () if is(path::CELL_ONTOLOGY_RESOURCE) => Self::Ontology,
            () if is(path::QUERY_CELLS_BY_IDS) => Self::ReferenceCells,
            () => Self::Other,
        }
    }

    /// Returns what the answer is not, if it is larger than any valid one. `None` for answers whose valid size depends on
    /// the request.
    pub fn missed(self) -> Option<&'static str> {
        match self {
            Self::Chunk | Self::ReferenceCells => None,
            Self::Models => Some("no list of models"),
            Self::Genes => Some("no list of genes"),
            Self::Ontology => Some("not the Cell Ontology"),
            Self::Other => Some("no answer of CAS"),
        }
    }
}

impl Error {
    /// Returns advice for the user.
    pub fn hint(&self) -> Hint {
        match self {
            Self::Redirected { .. } => Hint::Redirected,
            Self::PlainHttp { .. } => Hint::Common(CommonHint::PlainHttp),
            Self::Setup { .. } => Hint::Common(CommonHint::CertificateVariables),
            Self::IncompleteToken => Hint::IncompleteToken,
            Self::Refused(refusal) => hint_of_refusal(refusal),
            Self::Oversized { endpoint, .. } => Hint::Oversized(Answered::of(*endpoint)),
            Self::Transport { endpoint, .. } => hint_of_call(self.kind(), *endpoint),
            Self::Unreadable { .. }
            | Self::WebPage { .. }
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
        Some(TokenFault::InactiveUser) => Hint::Common(CommonHint::InactiveAccount),
        Some(TokenFault::Expired | TokenFault::Inactive) => Hint::Kind(ErrorKind::Authentication),
        Some(TokenFault::Unknown) => Hint::UnknownToken,
        None if refusal.may_be_cut_token => Hint::Common(CommonHint::PossiblyCutToken),
        None => hint_of_call(super::error::kind_of_status(refusal), refusal.endpoint),
    }
}

/// Returns advice about a failed call.
fn hint_of_call(kind: ErrorKind, endpoint: Endpoint) -> Hint {
    if endpoint.takes_chunks() { Hint::Kind(kind) } else { Hint::Call(kind) }
}
