//! What a running service knows and does. In: requests that were read. Out: answers and refusals. Knows nothing of
//! routes and sockets.

use std::{
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::available_parallelism,
};

use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    domain::CellMetadataFeature,
    wire::{self, CellQueryRequest},
};

use super::{
    answer::{self, Question},
    journal::{ChunkRecord, Journal},
    ledger::Ledger,
    query::Query,
    reference::Reference,
    refusal::Refusal,
    terms,
    token::Token,
    upload::{Upload, UploadRoom},
};

/// A reference on offer.
#[derive(Debug)]
pub struct Offer {
    /// The reference.
    pub reference: Reference,
    /// The service's number of its first cell. Numbers run through all references, in the order they were given.
    pub first_id: i64,
}

/// A service: references, the state of its one user, and room to work in.
#[derive(Debug)]
pub struct Service {
    /// The references, the default one first.
    pub offers: Vec<Offer>,
    /// The ontology, as it is sent.
    pub ontology: Bytes,
    /// The chunks it was asked for.
    pub journal: Arc<Journal>,
    /// Where uploads wait.
    pub uploads: UploadRoom,
    token: Token,
    ledger: Mutex<Ledger>,
    wants_feedback: AtomicBool,
    workers: Arc<Semaphore>,
}

impl Service {
    /// Sets up a service. As many chunks are worked on at a time as there are cores.
    pub fn new(references: Vec<Reference>, token: Token, ledger: Ledger, journal: Arc<Journal>) -> Self {
        let mut first_id = 0;
        let mut offers: Vec<Offer> = Vec::new();
        for mut reference in references {
            let taken = |name: &str| offers.iter().any(|offer| offer.reference.name.as_str() == name);
            reference.make_unique(taken);
            let cells = reference.cell_count() as i64;
            offers.push(Offer { reference, first_id });
            first_id += cells;
        }
        let resource = wire::OntologyResource::from(&terms::embedded().ontology);
        Self {
            offers,
            // Strings and integers: nothing that JSON could refuse.
            ontology: serde_json::to_vec(&resource).unwrap_or_default().into(),
            journal,
            uploads: UploadRoom::new(),
            token,
            ledger: Mutex::new(ledger),
            wants_feedback: AtomicBool::new(true),
            workers: Arc::new(Semaphore::new(available_parallelism().map_or(1, NonZero::get))),
        }
    }

    /// Whether a token is the service's.
    pub fn knows(&self, token: &str) -> bool {
        self.token.matches(token)
    }

    /// The user, who is always the same.
    pub fn user(&self) -> wire::User {
        wire::User {
            username: "local".to_owned(),
            email: "local@localhost".to_owned(),
            should_ask_for_feedback: self.wants_feedback.load(Ordering::Relaxed),
        }
    }

    /// No more requests for feedback.
    pub fn opt_out_of_feedback(&self) {
        self.wants_feedback.store(false, Ordering::Relaxed);
    }

    /// What is left of the quota.
    pub fn quota(&self) -> wire::Quota {
        self.with_ledger(|ledger| ledger.quota(Timestamp::now()))
    }

    /// The place of a model.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn find_model(&self, name: &str) -> Result<usize, Refusal> {
        let place = self.offers.iter().position(|offer| offer.reference.name.as_str() == name);
        place.ok_or_else(|| Refusal::Name { kind: "Model", name: name.to_owned() })
    }

    /// Metadata of cells, in the order asked for; those that do not exist are left out.
    ///
    /// # Errors
    /// Too many ids, or a feature that does not exist.
    pub fn describe_cells(&self, request: &CellQueryRequest) -> Result<Vec<Map<String, Value>>, Refusal> {
        if request.cas_cell_ids.len() > wire::MAX_CELL_QUERY {
            return Err(Refusal::TooManyIds(request.cas_cell_ids.len()));
        }
        let features: Vec<CellMetadataFeature> = match &request.metadata_feature_names {
            Some(names) => names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
            None => CellMetadataFeature::ALL.to_vec(),
        };
        let describe = |&id: &i64| {
            let offer = self.offers.iter().rev().find(|offer| offer.first_id <= id)?;
            let cell = usize::try_from(id - offer.first_id).ok()?;
            (cell < offer.reference.cell_count()).then(|| offer.reference.describe_cell(cell, id, &features))
        };
        Ok(request.cas_cell_ids.iter().filter_map(describe).collect())
    }

    /// Answers a question about a chunk, when a core is free for it. Once begun it is finished, whether or not the
    /// client still waits: what was started is paid for.
    ///
    /// # Errors
    /// A chunk that cannot be used, or no quota for it.
    pub async fn work(self: &Arc<Self>, place: usize, upload: Upload, question: Question) -> Result<Vec<u8>, Refusal> {
        let worker = self.workers.clone().acquire_owned().await.map_err(|_| Refusal::Internal)?;
        let service = Arc::clone(self);
        let work = move || service.work_here(place, upload, question, worker);
        tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Internal)?
    }

    fn work_here(
        &self,
        place: usize,
        upload: Upload,
        question: Question,
        _worker: OwnedSemaphorePermit,
    ) -> Result<Vec<u8>, Refusal> {
        let mut record = ChunkRecord { first_cell: None, cells: 0, status: 200 };
        let mut charged = 0;
        let worked = catch_unwind(AssertUnwindSafe(|| {
            let offer = &self.offers[place];
            let Upload { file, room: _room, .. } = upload;
            let query = Query::open(file.into(), &offer.reference.schema)?;
            record.first_cell = query.cells.first().cloned();
            record.cells = query.cells.len();
            let points = query.embed(&offer.reference.index.embedding)?;
            charged = self.charge(record.cells as u64)?;
            let asked = (&offer.reference, offer.first_id);
            answer::answer(asked, query.cells, &points, question).map_err(|_| Refusal::Internal)
        }));
        let result = worked.unwrap_or(Err(Refusal::Internal));
        if let Err(refusal) = &result {
            self.with_ledger(|ledger| ledger.refund(charged));
            record.status = refusal.status().as_u16();
        }
        self.journal.add(record);
        result
    }

    fn charge(&self, cells: u64) -> Result<u64, Refusal> {
        let charged = self.with_ledger(|ledger| ledger.charge(cells, Timestamp::now()));
        charged.map(|()| cells).map_err(|exceeded| Refusal::Quota { asked: cells, exceeded })
    }

    fn with_ledger<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        change(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
