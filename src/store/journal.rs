//! The journal of a run: events for users, one JSON object per line. No decision depends on it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, layout::is_journal};
use crate::{
    domain::ChunkIndex,
    files::{Trust, append, open},
};

/// Maximum number of bytes of a journal that are read at once, which is about ten thousand lines.
const MOST_BYTES: u64 = 1 << 20;

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
        Ok(Self { file: append(path).map_err(Error::io("open", path))? })
    }

    /// Appends an entry. A failure is ignored.
    pub fn note(&mut self, entry: &JournalEntry) {
        if let Ok(mut line) = serde_json::to_vec(entry) {
            line.push(b'\n');
            let _ = self.file.write_all(&line);
        }
    }
}

/// Reads the journals of a run folder, each line once.
#[derive(Clone, Debug, Default)]
pub struct JournalReader {
    /// The bytes read of each journal.
    read: BTreeMap<PathBuf, u64>,
}

impl JournalReader {
    /// Returns the last lines that were added since the previous call, oldest first. Invalid lines are left out, and
    /// incomplete lines are returned by a later call.
    pub fn news(&mut self, folder: &Path, most: usize) -> Vec<JournalEntry> {
        let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let journals: Vec<_> = names.filter(|name| is_journal(&name.to_string_lossy())).collect();
        let mut entries: Vec<_> = journals.iter().flat_map(|name| self.added(folder.join(name))).collect();
        entries.sort_by_key(|entry| entry.at);
        entries.split_off(entries.len().saturating_sub(most))
    }

    fn added(&mut self, path: PathBuf) -> Vec<JournalEntry> {
        let read = self.read.entry(path.clone()).or_default();
        let text = added_text(&path, read).unwrap_or_default();
        text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }
}

/// Returns the finished lines of a file after a place, and moves the place behind them. Of a long text only the end is
/// read. A file that has become shorter is another one and read from its beginning.
fn added_text(path: &Path, place: &mut u64) -> io::Result<Vec<u8>> {
    let mut file = open(path, Trust::Anybody)?;
    let length = file.metadata()?.len();
    let start = if length < *place { 0 } else { *place };
    let start = start.max(length.saturating_sub(MOST_BYTES));
    if start == length {
        return Ok(Vec::new());
    }
    file.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    file.take(length - start).read_to_end(&mut text)?;
    text.truncate(text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1));
    *place = start + text.len() as u64;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(journal: &mut Journal, second: i64) {
        let at = Timestamp::from_second(second).unwrap();
        journal.note(&JournalEntry { at, chunk: None, weight: Weight::Note, text: second.to_string() });
    }

    #[test]
    fn each_line_of_all_journals_is_read_once_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["journal.jsonl", "journal-2-of-4.jsonl"].map(|name| folder.path().join(name));
        let (mut one, mut other) = (Journal::open(&first).unwrap(), Journal::open(&second).unwrap());
        let mut reader = JournalReader::default();
        let mut news = |most| {
            let entries = reader.news(folder.path(), most);
            entries.into_iter().map(|entry| entry.at.as_second()).collect::<Vec<_>>()
        };
        [1, 4].into_iter().for_each(|second| note(&mut one, second));
        [2, 3].into_iter().for_each(|second| note(&mut other, second));
        assert_eq!(news(3), [2, 3, 4], "by time, the last ones");
        assert_eq!(news(3), [0; 0]);
        note(&mut one, 5);
        one.file.write_all(b"no line\n{\"at\": \"1970-01-01T00:00:06Z\",").unwrap();
        assert_eq!(news(3), [5]);
        one.file.write_all(b" \"text\": \"\"}\n").unwrap();
        assert_eq!(news(3), [6], "half a line is read when it is whole");
        std::fs::write(&second, "").unwrap();
        note(&mut other, 7);
        assert_eq!(news(3), [7], "a file that was replaced is read from its beginning");
    }
}
