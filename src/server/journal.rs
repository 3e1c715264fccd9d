//! What the service was asked for. In: one record a chunk. Out: counts, and a line of JSON in a file if one is given.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::Mutex,
};

use serde::Serialize;

/// A chunk that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChunkRecord {
    /// The name of its first cell; `None` if it could not be read.
    pub first_cell: Option<String>,
    /// How many cells it has.
    pub cells: usize,
    /// The status of the answer.
    pub status: u16,
}

/// The chunks asked for since the start, in the order in which they were done.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    records: Vec<ChunkRecord>,
    file: Option<File>,
}

impl Journal {
    /// A journal that is also appended to a file.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn appending_to(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { entries: Mutex::new(Entries { records: Vec::new(), file: Some(file) }) })
    }

    /// The records so far.
    pub fn records(&self) -> Vec<ChunkRecord> {
        self.lock().records.clone()
    }

    pub(super) fn add(&self, record: ChunkRecord) {
        let mut entries = self.lock();
        if let Some(file) = &mut entries.file {
            let line = serde_json::to_string(&record).unwrap_or_default();
            // A full disk under the log is no reason to refuse an answer that was computed and paid for.
            let _ = writeln!(file, "{line}");
        }
        entries.records.push(record);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_is_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requests.jsonl");
        let journal = Journal::appending_to(&path).unwrap();
        journal.add(ChunkRecord { first_cell: Some("0\n".to_owned()), cells: 10, status: 200 });
        journal.add(ChunkRecord { first_cell: None, cells: 0, status: 400 });
        let written = std::fs::read_to_string(&path).unwrap();
        let expected =
            "{\"first_cell\":\"0\\n\",\"cells\":10,\"status\":200}\n{\"first_cell\":null,\"cells\":0,\"status\":400}\n";
        assert_eq!(written, expected);
        assert_eq!(journal.records().len(), 2);
    }
}
