//! The list of checks, with methods for adding one.

use super::{Check, Subject, Verdict};
use crate::{
    api,
    domain::text::sentence,
    engine::{remedy::Remedy, same_request::Difference},
};

/// The checks, in order.
#[derive(Default)]
pub(super) struct Notes(pub(super) Vec<Check>);

impl Notes {
    pub(super) fn ok(&mut self, subject: Subject, found: impl Into<String>) {
        self.add(subject, Verdict::Ok, found.into(), None);
    }

    pub(super) fn warn(&mut self, subject: Subject, found: impl Into<String>, fix: impl Into<Remedy>) {
        self.add(subject, Verdict::Warn, found.into(), Some(fix.into()));
    }

    pub(super) fn fail(&mut self, subject: Subject, found: impl Into<String>, fix: impl Into<Remedy>) {
        self.add(subject, Verdict::Fail, found.into(), Some(fix.into()));
    }

    /// Adds a failure that has the exit code of a server's refusal.
    pub(super) fn fail_as(&mut self, kind: api::ErrorKind, subject: Subject, found: String, fix: Remedy) {
        let verdict = Verdict::Fail;
        self.push(Check { subject, verdict, found, differences: Vec::new(), fix: Some(fix), refusal: Some(kind) });
    }

    pub(super) fn refused(&mut self, subject: Subject, error: &api::Error) {
        self.fail_as(error.kind(), subject, sentence(error), error.hint().into());
    }

    /// Adds the differences from the run in the folder to the last check.
    pub(super) fn add_differences(&mut self, differences: Vec<Difference>) {
        if let Some(check) = self.0.last_mut() {
            check.differences = differences;
        }
    }

    pub(super) fn any_failed(&self) -> bool {
        self.0.iter().any(|check| check.verdict == Verdict::Fail)
    }

    fn add(&mut self, subject: Subject, verdict: Verdict, found: String, fix: Option<Remedy>) {
        self.push(Check { subject, verdict, found, differences: Vec::new(), fix, refusal: None });
    }

    /// Adds a check after sanitizing its finding, which contains names of models, files and columns.
    fn push(&mut self, check: Check) {
        let found = crate::domain::text::clean(&check.found).into_owned();
        self.0.push(Check { found, ..check });
    }
}
