//! The state and the operations of a running service. In: parsed requests. Out: answers and refusals. Independent of
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
use tokio::sync::Semaphore;

use crate::{
    domain::{CELL_TYPE_COLUMN, CellMetadataFeature},
    wire::{self, CellQueryRequest},
};

use super::{
    answer::{self, Question, Responder},
    http_error::HttpError,
    ledger::Ledger,
    query::Query,
    reference::Reference,
    request_log::{ChunkRecord, RequestLog},
    simulate::{CLOUD_RUN_LIMIT, Simulation},
    terms,
    token::{Token, TokenFault},
    upload::{Upload, UploadRoom},
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

    /// Returns the ontology columns of every model.
    pub fn columns(&self) -> Vec<wire::OntologyColumn> {
        let column = |column_name: &str, description: String| wire::OntologyColumn {
            ontology_resource_name: terms::embedded().resource_name(),
            column_name: column_name.to_owned(),
            description: Some(description),
        };
        let version = terms::embedded().cell_ontology.version();
        if self.simulates(Simulation::NoColumns) {
            Vec::new()
        } else if self.simulates(Simulation::NoCellType) {
            vec![column("disease", "Diseases".to_owned())]
        } else {
            vec![column(CELL_TYPE_COLUMN, format!("Cell types, in the Cell Ontology {version}"))]
        }
    }

    /// Returns the user, who is always the same.
    pub fn user(&self) -> wire::User {
        wire::User {
            username: "local".to_owned(),
            email: "local@localhost".to_owned(),
            should_ask_for_feedback: self.wants_feedback.load(Ordering::Relaxed),
        }
    }

    /// Turns off further requests for feedback.
    pub fn opt_out_of_feedback(&self) {
        self.wants_feedback.store(false, Ordering::Relaxed);
    }

    /// Returns the state of the quota.
    pub fn quota(&self) -> wire::Quota {
        self.with_ledger(|ledger| ledger.quota(Timestamp::now()))
    }

    /// Returns the index of a model.
    ///
    /// # Errors
    /// Fails if there is no model of that name.
    pub fn find_model(&self, name: &str) -> Result<usize, HttpError> {
        let place = self.hosted.iter().position(|hosted| hosted.reference.name.as_str() == name);
        place.ok_or_else(|| HttpError::Model(name.to_owned()))
    }

    /// Returns metadata of cells in the requested order. Unknown cells are left out.
    ///
    /// # Errors
    /// Fails if there are too many ids, or a feature does not exist.
    pub fn describe_cells(&self, request: &CellQueryRequest) -> Result<Vec<Map<String, Value>>, HttpError> {
        if request.cas_cell_ids.len() > wire::MAX_CELL_QUERY {
            return Err(HttpError::TooManyIds(request.cas_cell_ids.len()));
        }
        let features: Vec<CellMetadataFeature> = match &request.metadata_feature_names {
            Some(names) => names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
            None => CellMetadataFeature::ALL.to_vec(),
        };
        let describe = |&id: &i64| {
            let hosted = self.hosted.iter().rev().find(|hosted| hosted.first_id <= id)?;
            let cell = usize::try_from(id - hosted.first_id).ok()?;
            (cell < hosted.reference.cell_count()).then(|| hosted.reference.describe_cell(cell, id, &features))
        };
        Ok(request.cas_cell_ids.iter().filter_map(describe).collect())
    }

    /// Answers a question about a chunk as soon as a core is free. Work that has begun is finished even if the client
    /// disconnects, because its cells were charged.
    ///
    /// # Errors
    /// Fails if the model does not exist, the chunk cannot be used, or the quota is too small.
    pub async fn work(
        self: &Arc<Self>,
        model: String,
        upload: Upload,
        question: Question,
    ) -> Result<Vec<u8>, HttpError> {
        let worker = self.workers.clone().acquire_owned().await.map_err(|_| HttpError::Internal)?;
        let service = Arc::clone(self);
        let work = move || {
            let Upload { file, room, .. } = upload;
            let mut record = ChunkRecord { first_cell: None, cells: 0, status: 200 };
            let answer = AssertUnwindSafe(|| service.answer(&model, file.into(), &question, &mut record));
            let answered = catch_unwind(answer).unwrap_or(Err(HttpError::Internal));
            if let Err(refusal) = &answered {
                record.status = refusal.status().as_u16();
            }
            service.request_log.add(record);
            drop((worker, room));
            answered
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| HttpError::Internal)?
    }

    /// Checks model, file and quota in the order of CAS, which differs for a search.
    fn answer(
        &self,
        model: &str,
        file: Vec<u8>,
        question: &Question,
        record: &mut ChunkRecord,
    ) -> Result<Vec<u8>, HttpError> {
        let open = |record: &mut ChunkRecord| {
            let query = Query::open(file)?;
            record.first_cell = query.cells.first().cloned();
            record.cells = query.cells.len();
            Ok::<_, HttpError>(query)
        };
        match question {
            Question::Search => {
                let query = open(record)?;
                self.compute(&self.hosted[self.find_model(model)?], query, question)
            }
            Question::OntologyAware { .. } | Question::SummaryStatistics(_) => {
                let hosted = &self.hosted[self.find_model(model)?];
                let query = open(record)?;
                let cells = record.cells as u64;
                self.with_ledger(|ledger| ledger.start(cells, Timestamp::now()))
                    .map_err(|exceeded| HttpError::Quota { asked: cells, exceeded })?;
                let charge = Charge { service: self, cells };
                let answer = self.compute(hosted, query, question)?;
                charge.succeed();
                // Cloud Run checks the size of an answer after the service has finished it.
                let is_let_through = !self.simulates(Simulation::CloudRun) || answer.len() <= CLOUD_RUN_LIMIT;
                is_let_through.then_some(answer).ok_or(HttpError::Internal)
            }
        }
    }

    fn compute(&self, hosted: &HostedReference, query: Query, question: &Question) -> Result<Vec<u8>, HttpError> {
        let HostedReference { reference, first_id } = hosted;
        let points = query.embed(&reference.schema, &reference.index.projection)?;
        match question {
            Question::OntologyAware { column, .. } => self.check_column(reference, column)?,
            Question::SummaryStatistics(_) | Question::Search if self.simulates(Simulation::Classifier) => {
                return Err(HttpError::Internal);
            }
            Question::SummaryStatistics(_) | Question::Search => {}
        }
        let responder = Responder { reference, first_id: *first_id, simulate: &self.simulate };
        answer::answer(responder, query.cells, &points, question).map_err(|_| HttpError::Internal)
    }

    fn check_column(&self, reference: &Reference, column: &str) -> Result<(), HttpError> {
        let columns = self.columns();
        if columns.is_empty() || columns.iter().any(|known| known.column_name == column) {
            return Ok(());
        }
        Err(HttpError::Column { model: reference.name.as_str().to_owned(), column: column.to_owned() })
    }

    fn with_ledger<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        change(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The charged cells of a started chunk. They are returned to the quota unless the chunk succeeds, even after a panic.
struct Charge<'a> {
    service: &'a Service,
    cells: u64,
}

impl Charge<'_> {
    fn succeed(mut self) {
        let cells = std::mem::take(&mut self.cells);
        self.service.with_ledger(|ledger| ledger.succeed(cells));
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.service.with_ledger(|ledger| ledger.fail(self.cells));
    }
}
