//! The names of files in a run folder.

use std::path::Path;

use crate::{domain::ChunkIndex, files::is_unfinished};

pub(super) const MANIFEST: &str = "run.json";
pub(super) const CELLS: &str = "cells.jsonl.zst";
pub(super) const ONTOLOGY: &str = "ontology.json.zst";
pub(super) const ANSWERS: &str = "answers";
pub(super) const JOURNAL: &str = "journal.jsonl";
pub(super) const JOURNAL_OF_PART: &str = "journal-";
/// File of the log for bug reports.
pub(super) const LOG: &str = "castui.log";
pub(super) const LOG_OF_PART: &str = "castui-";
/// File of the lines before those in [`LOG`], once there are many.
pub(super) const OLD_LOG: &str = "castui.old.log";
pub(super) const VIEW: &str = "view.json";
/// File of the tables that the user joined to the cells.
pub(super) const TABLES: &str = "tables.json";
/// File of clusters and a map computed by castui.
pub(super) const ANALYSIS: &str = "analysis.bin";
/// File of inferred calls.
pub(super) const INFERRED: &str = "inferred.bin";
/// Folder of the indexes for fast reading of results.
pub(super) const INDEX: &str = "index";
/// Folder of the cached expression of genes.
pub(super) const GENES: &str = "genes";
/// Folder of the cached marker genes.
pub(super) const MARKERS: &str = "markers";
/// File of the reference cells' metadata returned by servers.
pub(super) const REFERENCE_CELLS: &str = "reference_cells.json";

/// The lock on a whole run.
pub(super) const LOCK: &str = "lock";
/// The prefix of the names of locks on parts.
pub(super) const LOCK_OF_PART: &str = "lock-";

/// Returns whether a file of a run folder is a lock.
pub(super) fn is_lock(name: &str) -> bool {
    name == LOCK || name.starts_with(LOCK_OF_PART)
}

pub(super) fn is_journal(name: &str) -> bool {
    name == JOURNAL || name.starts_with(JOURNAL_OF_PART)
}

pub(super) fn is_log(name: &str) -> bool {
    [LOG, OLD_LOG].contains(&name) || name.starts_with(LOG_OF_PART) && name.ends_with(".log")
}

pub(super) fn answer_name(chunk: ChunkIndex) -> String {
    format!("chunk-{:06}.zst", chunk.0)
}

pub(super) fn chunk_of_name(name: &str) -> Option<ChunkIndex> {
    let number = name.strip_prefix("chunk-")?.strip_suffix(".zst")?;
    let chunk = ChunkIndex(number.parse().ok()?);
    (name == answer_name(chunk)).then_some(chunk)
}

/// Returns whether a path is that of a file of a run. Case is ignored, as some file systems do.
pub(super) fn is_run_file(path: &Path) -> bool {
    let Some(name) = path.file_name() else { return false };
    let name = name.to_string_lossy().to_ascii_lowercase();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(folder) = folder.canonicalize() else { return is_below_run(path) };
    let files =
        [MANIFEST, CELLS, ONTOLOGY, VIEW, TABLES, ANALYSIS, INFERRED, REFERENCE_CELLS, ANSWERS, INDEX, GENES, MARKERS];
    let is_own =
        files.contains(&name.as_str()) || is_journal(&name) || is_log(&name) || is_lock(&name) || is_unfinished(&name);
    is_run(&folder) && is_own || is_below_run(&folder.join(name))
}

/// Returns whether a path is that of a file in a subfolder of a run.
fn is_below_run(path: &Path) -> bool {
    let Some(folder) = path.parent() else { return false };
    let name = folder.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    [ANSWERS, INDEX, GENES, MARKERS].contains(&name.as_str()) && folder.parent().is_some_and(is_run)
}

/// Returns whether a folder has a manifest.
pub(super) fn is_run(folder: &Path) -> bool {
    folder.join(MANIFEST).symlink_metadata().is_ok_and(|found| found.is_file())
}
