//! The service that answers chunks through a CAS server. In: the image of a chunk. Out: its answer, which has been
//! checked, or the consequence of a failure.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use jiff::Timestamp;

use super::{
    CellsRemedy, Fault,
    answer_size::{AnswerSize, RESPONSE_LIMIT},
    check::{self, Oddities},
    drive::{Answer, Refusal, Verdict},
    event::Notice,
};
use crate::{
    api::{self, ActionId, ChunkRequest, Client, Consequence, ErrorKind},
    domain::{ModelName, Operation, text::sentence},
};

/// A service that answers chunks through a CAS server.
pub(super) struct ServerAnswers {
    pub(super) client: Client,
    pub(super) model: ModelName,
    pub(super) operation: Operation,
    pub(super) action: ActionId,
    pub(super) size: AnswerSize,
    pub(super) noticed: Arc<Noticed>,
}

/// The findings about the answers so far.
#[derive(Default)]
pub(super) struct Noticed(Mutex<Oddities>);

impl Noticed {
    fn add(&self, found: Oddities) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sum.padded_cells += found.padded_cells;
        sum.padding += found.padding;
        sum.types += found.types;
        sum.types_by_dataset += found.types_by_dataset;
    }

    /// Returns the findings to report once, for answers to an operation.
    pub(super) fn notices(&self, operation: &Operation) -> Vec<Notice> {
        let sum = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked_for_datasets =
            matches!(operation, Operation::SummaryStatistics { include_extended_statistics: true });
        let lacks_datasets = asked_for_datasets && sum.types > 0 && sum.types_by_dataset == 0;
        let padding = Notice::Padding { cells: sum.padded_cells, places: sum.padding };
        let notices = [(Notice::NoDatasets, lacks_datasets), (padding, sum.padding > 0)];
        notices.into_iter().filter_map(|(notice, is_so)| is_so.then_some(notice)).collect()
    }
}

impl Answer for ServerAnswers {
    async fn answer(
        &self,
        image: Bytes,
        cells: Range<usize>,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Bytes, Refusal> {
        let (operation, largest_answer) = (&self.operation, self.size.most(cells.len()));
        let request = ChunkRequest { operation, model: &self.model, action: self.action, largest_answer };
        let body = self.client.send_chunk(&request, image, sent).await;
        let body =
            body.map_err(|error| self.refused_as_too_large(&error, cells.len()).unwrap_or_else(|| refusal(&error)))?;
        let (kind, checked) = (self.operation.kind(), body.clone());
        let verdict = tokio::task::spawn_blocking(move || check::check(kind, &cells, &checked)).await;
        match verdict {
            Ok(Ok(oddities)) => {
                self.noticed.add(oddities);
                Ok(body)
            }
            Ok(Err(error)) => Err(unreadable(sentence(&error))),
            Err(panic) => Err(unreadable(panic.to_string())),
        }
    }
}

impl ServerAnswers {
    /// Returns the refusal for an answer that exceeds a limit of the server. Such a server fails with status 500 after
    /// it has processed and counted the chunk, so repeating the request would cost quota again.
    fn refused_as_too_large(&self, error: &api::Error, cells: usize) -> Option<Refusal> {
        let likely = self.size.likely(cells);
        if error.status() != Some(500) || likely <= RESPONSE_LIMIT {
            return None;
        }
        let what = format!(
            "{}; the answer for {cells} cells takes about {} MB, and CAS limits an answer to {} MB",
            sentence(error),
            likely.div_ceil(1_000_000),
            RESPONSE_LIMIT / 1_000_000,
        );
        let fix = CellsRemedy::NewRunWithChunkSize(self.size.chunk_size(self.operation.kind()));
        Some(Refusal { verdict: Verdict::StopOversized, error: Fault { what, fix: Some(fix.into()) } })
    }
}

fn unreadable(error: String) -> Refusal {
    Refusal { verdict: Verdict::RetryUnusableAnswer, error: error.into() }
}

fn refusal(error: &api::Error) -> Refusal {
    let verdict = match error.consequence() {
        Consequence::Retry => Verdict::Retry { after: error.retry_after().map(|after| after.after(Timestamp::now())) },
        Consequence::ChunkFails => Verdict::GiveUp,
        Consequence::RunStops if error.kind() == ErrorKind::Authentication => Verdict::StopUnauthenticated,
        Consequence::RunStops if error.kind() == ErrorKind::Quota => Verdict::StopQuota,
        Consequence::RunStops if matches!(error, api::Error::Oversized { .. }) => Verdict::StopOversized,
        Consequence::RunStops => Verdict::StopUnusable,
    };
    // The advice is shown when no attempt is left.
    Refusal { verdict, error: Fault { what: sentence(error), fix: Some(error.hint().into()) } }
}
