//! The quota of the user. Cells of a chunk that fails are returned to it.

use std::sync::PoisonError;

use jiff::Timestamp;

use super::Service;
use crate::{server::ledger::Ledger, wire};

impl Service {
    /// Returns the state of the quota.
    pub fn quota(&self) -> wire::Quota {
        self.with_ledger(|ledger| ledger.quota(Timestamp::now()))
    }

    pub(super) fn with_ledger<T>(&self, change: impl FnOnce(&mut Ledger) -> T) -> T {
        change(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The charged cells of a started chunk. They are returned to the quota unless the chunk succeeds, even after a panic.
pub(super) struct Charge<'a> {
    pub(super) service: &'a Service,
    pub(super) cells: u64,
}

impl Charge<'_> {
    pub(super) fn succeed(mut self) {
        let cells = std::mem::take(&mut self.cells);
        self.service.with_ledger(|ledger| ledger.succeed(cells));
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.service.with_ledger(|ledger| ledger.fail(self.cells));
    }
}
