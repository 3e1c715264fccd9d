//! The work on a chunk. In: an upload and a question. Out: the answer, or the refusal that CAS would send.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use jiff::Timestamp;

use super::{HostedReference, Service, charge::Charge};
use crate::server::{
    answer::{self, Question, Responder},
    http_error::HttpError,
    query::Query,
    reference::Reference,
    request_log::ChunkRecord,
    simulate::{CLOUD_RUN_LIMIT, Simulation},
    upload::Upload,
};

impl Service {
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
}
