//! The journal of a run: events for users, one JSON object per line. No decision depends on it.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::domain::ChunkIndex;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// The time of the event.
    pub at: Timestamp,
    /// The chunk, if the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk: Option<ChunkIndex>,
    /// The severity; missing in lines of older versions.
    #[serde(default, skip_serializing_if = "Weight::is_note")]
    pub weight: Weight,
    /// A short description of the event.
    pub text: String,
}

/// The severity of a journal entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Information.
    #[default]
    Note,
    /// A chunk was stored.
    Stored,
    /// A request failed and will be repeated, or the run stops.
    Warning,
    /// A chunk was given up.
    Failure,
}

impl Weight {
    fn is_note(&self) -> bool {
        *self == Self::Note
    }
}

/// A writer of a run's journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal for appending, and creates it if necessary.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(Error::io("open", path))?;
        Ok(Self { file })
    }

    /// Appends an entry. A failure is ignored.
    pub fn note(&mut self, entry: &JournalEntry) {
        if let Ok(mut line) = serde_json::to_vec(entry) {
            line.push(b'\n');
            let _ = self.file.write_all(&line);
        }
    }
}

/// Reads the last `most` entries of a journal, in order of time. Unreadable lines are skipped.
pub(super) fn tail(path: &Path, most: usize) -> Vec<JournalEntry> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut entries = std::collections::VecDeque::with_capacity(most);
    for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
        if let Ok(entry) = serde_json::from_slice(&line) {
            if entries.len() == most {
                entries.pop_front();
            }
            entries.push_back(entry);
        }
    }
    entries.into()
}
