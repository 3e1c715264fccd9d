//! A check: its subject, its verdict, the finding and the remedy.

use crate::{
    api,
    domain::text::clean,
    engine::{
        remedy::Remedy,
        same_request::{Difference, RunOption},
    },
};

/// The subject of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The server.
    Server,
    /// The token.
    Token,
    /// The version of the client protocol.
    Protocol,
    /// The model.
    Model,
    /// The file.
    File,
    /// The count matrix.
    Counts,
    /// The genes.
    Genes,
    /// The cells.
    Cells,
    /// The quota.
    Quota,
    /// The run folder.
    Folder,
}

impl Subject {
    /// Returns the name for users and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Token => "token",
            Self::Protocol => "protocol",
            Self::Model => "model",
            Self::File => "file",
            Self::Counts => "counts",
            Self::Genes => "genes",
            Self::Cells => "cells",
            Self::Quota => "quota",
            Self::Folder => "folder",
        }
    }
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Passed.
    Ok,
    /// Passed with a warning.
    Warn,
    /// Failed: the run cannot be started.
    Fail,
}

/// A check with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The subject.
    pub subject: Subject,
    /// The result.
    pub verdict: Verdict,
    /// The finding, as a sentence.
    pub found: String,
    /// The differences from the run in the folder, which belong to the finding.
    pub differences: Vec<Difference>,
    /// The remedy.
    pub fix: Option<Remedy>,
    /// The kind of the server's refusal, for exit codes.
    pub refusal: Option<api::ErrorKind>,
}

impl Check {
    /// Describes the finding and the differences from the run in the folder, with the name that a front end gives an
    /// option. Without control characters.
    pub fn describe(&self, name: fn(RunOption) -> &'static str) -> String {
        let listed: Vec<String> = self.differences.iter().map(|difference| difference.describe(name)).collect();
        match listed.as_slice() {
            [] => self.found.clone(),
            listed => clean(&format!("{}: {}", self.found, listed.join(", "))).into_owned(),
        }
    }
}
