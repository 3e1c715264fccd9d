//! What happened in a run, one JSON object a line; for people, never trusted.

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
    /// When.
    pub at: Timestamp,
    /// Which chunk, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk: Option<ChunkIndex>,
    /// How much it matters; lines of older versions do not say.
    #[serde(default, skip_serializing_if = "Weight::is_note")]
    pub weight: Weight,
    /// What happened, in a few words.
    pub text: String,
}

/// How much a line of the journal matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// For the record.
    #[default]
    Note,
    /// A chunk is stored.
    Stored,
    /// Something failed and is tried again, or the run stops.
    Warning,
    /// A chunk is given up.
    Failure,
}

impl Weight {
    fn is_note(&self) -> bool {
        *self == Self::Note
    }
}

/// Appends to a run's journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal for appending, making it if need be.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(Error::io("open", path))?;
        Ok(Self { file })
    }

    /// Appends a line. A line that cannot be written is lost, nothing else.
    pub fn note(&mut self, entry: &JournalEntry) {
        if let Ok(mut line) = serde_json::to_vec(entry) {
            line.push(b'\n');
            let _ = self.file.write_all(&line);
        }
    }
}

/// The last lines of a journal, oldest first; lines that cannot be read are passed over.
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
