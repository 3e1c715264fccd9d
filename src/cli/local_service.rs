//! A service of this process's own on loopback, and a client that knows its token.

use std::net::{Ipv4Addr, SocketAddr};

use super::context::Context;
use crate::{
    api::{Client, ClientOptions},
    engine::Service,
    server::{self, Reference, ServerHandle, ServerOptions, Token},
};

/// A service of this process's own.
pub(super) struct LocalService {
    /// Keeps it going.
    pub handle: ServerHandle,
    /// The way to it.
    pub service: Service,
}

/// Starts a service of a reference.
pub(super) async fn start(reference: Reference, context: &Context) -> anyhow::Result<LocalService> {
    let token = Token::random();
    let options = ServerOptions {
        references: vec![reference],
        bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        token: token.clone(),
        weekly_quota: server::DEFAULT_WEEKLY_QUOTA,
        lifetime_quota: None,
        request_log: None,
        simulate: Vec::new(),
    };
    let handle = server::start(options).await?;
    let options = ClientOptions::new(handle.url().parse()?).with_token(token.reveal().parse()?);
    Ok(LocalService { service: context.service_of(Client::new(options)?), handle })
}
