//! The names of files in a run folder.

use crate::domain::ChunkIndex;

pub(super) const MANIFEST: &str = "run.json";
pub(super) const CELLS: &str = "cells.jsonl.zst";
pub(super) const ONTOLOGY: &str = "ontology.json.zst";
pub(super) const ANSWERS: &str = "answers";
pub(super) const JOURNAL: &str = "journal.jsonl";
pub(super) const JOURNAL_OF_PART: &str = "journal-";

pub(super) fn is_journal(name: &str) -> bool {
    name == JOURNAL || name.starts_with(JOURNAL_OF_PART)
}

pub(super) fn answer_name(chunk: ChunkIndex) -> String {
    format!("chunk-{:06}.zst", chunk.0)
}

pub(super) fn chunk_of_name(name: &str) -> Option<ChunkIndex> {
    let number = name.strip_prefix("chunk-")?.strip_suffix(".zst")?;
    let chunk = ChunkIndex(number.parse().ok()?);
    (name == answer_name(chunk)).then_some(chunk)
}
