//! A run on disk. In: verbatim answers. Out: which chunks are stored, and their answers. Knows nothing of HTTP or of
//! what an answer means.
//!
//! A run is a folder beside the data:
//!
//! ```text
//! run.json                     the manifest: what is run on what, with which options
//! cells.jsonl.zst              the file's cell names, one JSON string a line; of a run of some cells, row and name
//! ontology.json.zst            the ontology resource, verbatim as the server sent it
//! answers/chunk-000000.zst     one file a chunk, its answer verbatim (`zstdcat` prints it)
//! journal.jsonl                what happened, one JSON object a line; `journal-2-of-4.jsonl` for a part
//! view.json                    how it was last looked at, if anybody did
//! lock                         who writes: host, process, heartbeat; `lock-2-of-4` for a part
//! ```
//!
//! Files come into being whole: written under a temporary name, synced, renamed. A chunk is stored when its file
//! stands there, and only then; no index is trusted.

pub mod answer;
pub mod cells;
pub mod error;
pub mod files;
pub mod fingerprint;
pub mod journal;
mod layout;
pub mod lock;
pub mod manifest;
pub mod run;
mod upkeep;
pub mod view;
mod writer;

pub use answer::AnswerHeader;
pub use cells::CellList;
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use journal::{Journal, JournalEntry, Weight};
pub use lock::{Claim, Lock, LockState};
pub use manifest::{Input, KeptCells, Manifest, SchemaIdentity, SymbolTable};
pub use run::{Run, RunState};
pub use upkeep::{refuse_used, tidy};
pub use writer::{NewRun, Writer};

#[cfg(test)]
mod tests;
