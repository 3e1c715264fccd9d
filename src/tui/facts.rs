//! The data that the screens show. Values only; the driver provides them.

mod file;
mod request;
mod run;

use std::{path::PathBuf, time::Duration};

use jiff::Timestamp;

pub(crate) use crate::engine::watch::{Activity, Sighting};

use super::shell_commands::CommandLines;
use crate::{
    domain::{Model, Quota},
    engine::DriveOptions,
};
pub use file::{EntryKind, FilePreview, FolderEntry, IdColumn, MatrixPreview, Overlap, QueueRow, Suggestion};
pub use request::{Check, PreflightReport, RunRequest, Verdict};
pub use run::{LogLine, RecentRun, RunCondition, RunEnd, RunFacts};

/// A reading of the clock, as time since the start and as time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Time since the interface started.
    pub since_start: Duration,
    /// The time of day.
    pub time_of_day: Timestamp,
}

/// A value that has to be fetched.
#[derive(Clone, Debug, Default)]
pub enum Remote<T> {
    /// Not requested.
    #[default]
    Unasked,
    /// Requested.
    Loading,
    /// Fetched.
    Ready(T),
    /// Not available.
    Failed(Failure),
}

/// A failure in words for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The failure.
    pub what: String,
    /// The remedy.
    pub fix: String,
    /// The cause, where the state of the connection depends on it.
    pub cause: Cause,
}

/// The cause of a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// There is no token, or the server refuses it.
    Token,
    /// Anything else.
    #[default]
    Other,
}

/// The end of a clustering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clustered {
    /// The clusters are stored.
    Done {
        /// The number of cells.
        cells: usize,
        /// The number of clusters.
        clusters: usize,
    },
    /// The user canceled it; nothing is stored.
    Canceled,
}

/// The data that all screens share.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The server and the user.
    pub account: Remote<Account>,
    /// The remaining quota.
    pub quota: Remote<Quota>,
    /// The models.
    pub models: Remote<Vec<Model>>,
    /// Recent runs, the newest first.
    pub runs: Remote<Vec<RecentRun>>,
    /// Folders offered for navigation.
    pub places: Places,
    /// The default drive options of runs.
    pub drive: DriveOptions,
    /// The author of commands to paste into a shell.
    pub commands: &'static dyn CommandLines,
    /// The path of the demo's cells, while the demo's service is in use.
    pub demo: Option<PathBuf>,
    /// The service on this machine that is being started.
    pub starting: Option<LocalService>,
}

/// Location of the CAS service in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// On a server, which goes on after this process ends.
    Remote,
    /// In this process; ends with it.
    Here,
}

/// A service on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalService {
    /// The one of the demo.
    Demo,
    /// The one of a reference file.
    Reference(PathBuf),
}

/// A server and the user's account there.
#[derive(Clone, Debug)]
pub struct Account {
    /// The server's address.
    pub server: String,
    /// The server's version, if it reports one.
    pub version: Option<String>,
    /// The user, by name or mail address.
    pub user: String,
    /// The properties of the token; `None` if the server needs none.
    pub token: Option<TokenFacts>,
    /// The server's response time.
    pub latency: Duration,
    /// The proxy, if any.
    pub proxy: Option<String>,
}

/// The properties of a token that may be shown.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// The last four characters.
    pub tail: String,
    /// The origin of the token.
    pub source: String,
    /// The expiry time, if the token states one.
    pub expires_at: Option<Timestamp>,
}

/// Folders offered for navigation.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The folder in which castui was started.
    pub start: PathBuf,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `$SCRATCH`.
    pub scratch: Option<PathBuf>,
}

impl Failure {
    /// Creates a failure with a remedy.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), cause: Cause::Other }
    }

    /// Returns the failure with its cause.
    pub fn because_of(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }
}

impl<T> Remote<T> {
    /// Returns the value, if it was fetched.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Unasked | Self::Loading | Self::Failed(_) => None,
        }
    }

    /// Stores an answer. A failure does not replace a fetched value.
    pub fn take(&mut self, answer: Result<T, Failure>) {
        match (answer, &self) {
            (Ok(value), _) => *self = Self::Ready(value),
            (Err(_), Self::Ready(_)) => {}
            (Err(failure), Self::Unasked | Self::Loading | Self::Failed(_)) => *self = Self::Failed(failure),
        }
    }

    /// Marks the value as requested, unless there is a value to show meanwhile.
    pub fn ask(&mut self) {
        if !matches!(self, Self::Ready(_)) {
            *self = Self::Loading;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_refresh_keeps_the_value() {
        let mut remote = Remote::Ready(1);
        remote.take(Err(Failure::new("no network", "wait")));
        assert_eq!(remote.ready(), Some(&1));
        let mut remote = Remote::<u8>::Loading;
        remote.take(Err(Failure::new("no network", "wait")));
        assert!(matches!(remote, Remote::Failed(_)));
    }
}
