//! A local service within this process, and a client with its token.

use std::net::{Ipv4Addr, SocketAddr};

use super::context::Context;
use crate::{
    api::{Client, ClientOptions},
    engine::Service,
    server::{self, Reference, ServerHandle, ServerOptions, Token},
};

/// A local service within this process.
pub(super) struct LocalService {
    /// The handle, which keeps the service running.
    pub handle: ServerHandle,
    /// The client of the service.
    pub service: Service,
}

/// Starts a service for a reference.
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
