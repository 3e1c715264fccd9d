//! Security properties: the token is only where it belongs, written files are private, and the local service survives
//! hostile clients.

#![cfg(target_os = "linux")] // modes, processes and memory are looked at as Linux has them
#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

#[path = "security/folders.rs"]
mod folders;
#[allow(dead_code)] // the tests of faults need more of it
#[path = "faults/front.rs"]
mod front;
#[path = "security/inputs.rs"]
mod inputs;
#[path = "security/limits.rs"]
mod limits;
#[path = "security/listing.rs"]
mod listing;
#[path = "security/log.rs"]
mod log;
#[path = "security/modes.rs"]
mod modes;
#[path = "security/privacy.rs"]
mod privacy;
#[path = "security/sandbox.rs"]
mod sandbox;
#[path = "security/secret.rs"]
mod secret;
#[path = "security/servers.rs"]
mod servers;
#[path = "security/service.rs"]
mod service;
#[allow(dead_code)]
#[path = "pty/session.rs"]
mod session;
#[path = "security/sinks.rs"]
mod sinks;
#[allow(dead_code)]
#[path = "faults/world.rs"]
mod world;
