//! The record of requested chunks. In: one record per chunk. Out: the records, and optionally a file with a line of
//! JSON for each.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::Mutex,
};

use serde::Serialize;

use crate::files;

/// The record of a requested chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChunkRecord {
    /// The name of the first cell; `None` if it could not be read.
    pub first_cell: Option<String>,
    /// The number of cells.
    pub cells: usize,
    /// The status of the response.
    pub status: u16,
}

/// The chunks requested since the start, in order of completion.
#[derive(Debug, Default)]
pub struct RequestLog {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    records: Vec<ChunkRecord>,
    file: Option<File>,
}

impl RequestLog {
    /// Creates a log that also appends to a file.
    ///
    /// # Errors
    /// Fails if the file cannot be opened.
    pub fn appending_to(path: &Path) -> io::Result<Self> {
        let file = files::append(path)?;
        Ok(Self { entries: Mutex::new(Entries { records: Vec::new(), file: Some(file) }) })
    }

    /// Returns the records so far.
    pub fn records(&self) -> Vec<ChunkRecord> {
        self.lock().records.clone()
    }

    pub(super) fn add(&self, record: ChunkRecord) {
        let mut entries = self.lock();
        if let Some(file) = &mut entries.file {
            let line = serde_json::to_string(&record).unwrap_or_default();
            // A full disk under the log must not fail an answer that was computed and charged.
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
    fn every_record_is_written_as_a_line_of_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("requests.jsonl");
        let request_log = RequestLog::appending_to(&path).unwrap();
        request_log.add(ChunkRecord { first_cell: Some("0\n".to_owned()), cells: 10, status: 200 });
        request_log.add(ChunkRecord { first_cell: None, cells: 0, status: 400 });
        let written = std::fs::read_to_string(&path).unwrap();
        let expected =
            "{\"first_cell\":\"0\\n\",\"cells\":10,\"status\":200}\n{\"first_cell\":null,\"cells\":0,\"status\":400}\n";
        assert_eq!(written, expected);
        assert_eq!(request_log.records().len(), 2);
    }
}
