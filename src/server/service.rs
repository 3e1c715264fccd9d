//! The state and the operations of a running service. In: parsed requests. Out: answers and refusals. Independent of
//! routes and sockets.

mod catalog;
mod charge;
mod work;

use std::{
    num::NonZero,
    sync::{Arc, Mutex, atomic::AtomicBool},
    thread::available_parallelism,
};

use axum::body::Bytes;
use tokio::sync::Semaphore;

use crate::wire;

use super::{
    ledger::Ledger,
    reference::Reference,
    request_log::RequestLog,
    simulate::Simulation,
    terms,
    token::{Token, TokenFault},
    upload::UploadRoom,
};

/// A hosted reference.
#[derive(Debug)]
pub struct HostedReference {
    /// The reference.
    pub reference: Reference,
    /// The service-wide id of its first cell. Ids continue through all references in the given order.
    pub first_id: i64,
}

/// A service: references, the state of its one user, and the limits of concurrent work.
#[derive(Debug)]
pub struct Service {
    /// The references, the default one first.
    pub hosted: Vec<HostedReference>,
    /// The ontology resource as JSON.
    pub ontology: Bytes,
    /// The record of the requested chunks.
    pub request_log: Arc<RequestLog>,
    /// The limit of uploads in memory.
    pub uploads: UploadRoom,
    token: Token,
    ledger: Mutex<Ledger>,
    wants_feedback: AtomicBool,
    workers: Arc<Semaphore>,
    simulate: Vec<Simulation>,
}

impl Service {
    /// Creates a service that processes one chunk per core at a time.
    pub fn new(references: Vec<Reference>, token: Token, ledger: Ledger, request_log: Arc<RequestLog>) -> Self {
        let mut first_id = 0;
        let mut hosted: Vec<HostedReference> = Vec::new();
        for mut reference in references {
            let taken = |name: &str| hosted.iter().any(|hosted| hosted.reference.name.as_str() == name);
            reference.make_unique(taken);
            let cells = reference.cell_count() as i64;
            hosted.push(HostedReference { reference, first_id });
            first_id += cells;
        }
        let resource = wire::OntologyResource::from(&terms::embedded().ontology);
        Self {
            hosted,
            // The resource consists of strings and integers, so serialization cannot fail.
            ontology: serde_json::to_vec(&resource).unwrap_or_default().into(),
            request_log,
            uploads: UploadRoom::new(),
            token,
            ledger: Mutex::new(ledger),
            wants_feedback: AtomicBool::new(true),
            workers: Arc::new(Semaphore::new(available_parallelism().map_or(1, NonZero::get))),
            simulate: Vec::new(),
        }
    }

    /// Returns the service with simulated behaviors.
    pub fn simulating(self, simulate: Vec<Simulation>) -> Self {
        Self { simulate, ..self }
    }

    /// Returns whether a behavior is simulated.
    pub fn simulates(&self, simulation: Simulation) -> bool {
        self.simulate.contains(&simulation)
    }

    /// Checks the token that a client sent.
    ///
    /// # Errors
    /// Fails as CAS does for any other token, or with a simulated fault.
    pub fn authenticate(&self, shown: Option<&str>) -> Result<(), TokenFault> {
        self.token.check(shown)?;
        match self.simulate.iter().find_map(|simulation| simulation.token_fault()) {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }
}
