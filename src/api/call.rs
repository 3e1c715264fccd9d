//! Descriptions of calls, from which requests are built.

use super::{ActionId, Endpoint};

/// The identity that a request is made with. Only [`Identity::User`] sends the token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    User,
    Nobody,
}

/// A call: the endpoint, the action it belongs to, and the identity it is made with.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) path: &'static str,
    pub(super) name: Option<&'a str>,
    pub(super) action: Option<ActionId>,
    pub(super) identity: Identity,
    /// The maximum size of the response in bytes.
    pub(super) limit: usize,
}

/// The maximum size in bytes of most responses. They describe a user or a server, or list names.
const SMALL: usize = 1 << 20;

impl<'a> Call<'a> {
    pub(super) fn to(path: &'static str) -> Self {
        Self { path, name: None, action: None, identity: Identity::User, limit: SMALL }
    }

    pub(super) fn named(self, name: &'a str) -> Self {
        Self { name: Some(name), ..self }
    }

    pub(super) fn of(self, action: ActionId) -> Self {
        Self { action: Some(action), ..self }
    }

    pub(super) fn anonymous(self) -> Self {
        Self { identity: Identity::Nobody, ..self }
    }

    /// Sets the maximum size of the response.
    pub(super) fn up_to(self, bytes: u64) -> Self {
        Self { limit: usize::try_from(bytes).unwrap_or(usize::MAX), ..self }
    }

    pub(super) fn endpoint(self) -> Endpoint {
        Endpoint::new(self.path)
    }
}
