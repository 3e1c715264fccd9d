//! Failures of a run, with what the user can do about them.

use std::fmt;

use super::Remedy;

/// A failure of a run. Front ends word the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The error, as a sanitized sentence without its period.
    pub what: String,
    /// The remedy, if one is known.
    pub fix: Option<Remedy>,
}

impl From<String> for Fault {
    fn from(what: String) -> Self {
        Self { what, fix: None }
    }
}

impl From<&str> for Fault {
    fn from(what: &str) -> Self {
        what.to_owned().into()
    }
}

impl fmt::Display for Fault {
    /// Writes the error without the remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}
