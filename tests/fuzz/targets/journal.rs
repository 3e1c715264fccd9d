//! Journals: at most as many entries as requested, in order of time, and each line once.
#![no_main]

use std::fs;

use castui::store::journal::JournalReader;
use libfuzzer_sys::fuzz_target;

/// The number of entries requested.
const MOST: usize = 100;

thread_local! {
    static FOLDER: tempfile::TempDir = tempfile::tempdir().expect("a folder for temporary files");
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with(|folder| {
        let (one, other) = data.split_at(data.len() / 2);
        fs::write(folder.path().join("journal.jsonl"), one).expect("the folder can be written to");
        fs::write(folder.path().join("journal-1-of-2.jsonl"), other).expect("the folder can be written to");
        let mut reader = JournalReader::default();
        let entries = reader.news(folder.path(), MOST);
        assert!(entries.len() <= MOST && entries.is_sorted_by_key(|entry| entry.at));
        assert!(reader.news(folder.path(), MOST).is_empty());
    });
});
