//! The result of all checks.

use super::{
    check::{Check, Subject, Verdict},
    notes::Notes,
};
use crate::{
    chunk::GeneReport,
    domain::{Model, Quota},
    engine::{inspect::Inspection, prepare::PreparedRun},
};

/// The result of all checks.
pub struct Preflight {
    /// All checks, in order.
    pub checks: Vec<Check>,
    /// The inspection of the file, if it could be read.
    pub inspection: Option<Inspection>,
    /// The model, if it could be determined.
    pub model: Option<Model>,
    /// The match of the genes, if both file and schema could be read.
    pub genes: Option<GeneReport>,
    /// The quota, if the server sent it.
    pub quota: Option<Quota>,
    /// The run, unless a check failed.
    pub prepared: Option<PreparedRun>,
}

impl Preflight {
    /// Creates the result for a panic of a check, which is a bug.
    pub(super) fn broken(broken: &tokio::task::JoinError) -> Self {
        let mut notes = Notes::default();
        notes.fail(Subject::File, broken.to_string(), "please report this bug in castui");
        Self { checks: notes.0, inspection: None, model: None, genes: None, quota: None, prepared: None }
    }

    /// Returns the first failed check.
    pub fn failure(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.verdict == Verdict::Fail)
    }
}
