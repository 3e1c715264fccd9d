//! A run on disk. In: answers, which are stored verbatim. Out: the set of stored chunks, and their answers. Independent
//! of HTTP and of the meaning of answers.
//!
//! A run is a folder, usually next to the data file:
//!
//! ```text
//! run.json                     the manifest: input, model, server and options
//! cells.jsonl.zst              the cell names, one JSON string per line (row and name in a run of selected cells)
//! ontology.json.zst            the ontology resource, verbatim as sent by the server
//! answers/chunk-000000.zst     the answer for each chunk, verbatim (print it with `zstdcat`)
//! journal.jsonl                a log of events, one JSON object per line; `journal-2-of-4.jsonl` for a part
//! castui.log                   a log for bug reports, without names of cells; `castui-2-of-4.log` for a part
//! genes/000123.values          the expression of a requested gene, which can be removed
//! markers/0123….markers        the marker genes of groups of cells, which can be removed
//! analysis.bin                 clusters and a map, if castui computed them
//! inferred.bin                 inferred calls of all cells of the file, if castui computed them
//! view.json                    the last state of the terminal interface, if it was used
//! tables.json                  the tables that the user joined to the cells, if any
//! lock                         the writing process: host, process ID, heartbeat; `lock-2-of-4` for a part
//! ```
//!
//! Files are written atomically: under a temporary name, synced, then renamed. A chunk is stored if and only if its
//! file exists; there is no index.

pub(crate) mod analysis;
pub(crate) mod answer;
pub(crate) mod cells;
mod derived;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod fingerprint;
pub(crate) mod genes;
pub(crate) mod inferred;
pub mod journal;
mod layout;
pub mod lock;
pub(crate) mod log;
pub mod manifest;
pub(crate) mod markers;
mod remedy;
pub(crate) mod run;
pub(crate) mod tables;
mod upkeep;
pub mod view;
mod writer;

pub(crate) use analysis::{StoredAnalysis, StoredParameters};
pub use answer::AnswerHeader;
pub(crate) use answer::LARGEST as LARGEST_ANSWER;
pub(crate) use cells::CellList;
pub use error::Error;
pub use fingerprint::Fingerprint;
pub use genes::GeneCache;
pub(crate) use inferred::{InferredOrigin, StoredCall, StoredInference, UsedRun};
pub(crate) use journal::{Journal, JournalEntry, JournalReader, Weight};
pub(crate) use lock::{Claim, Lock, LockState};
pub(crate) use manifest::{FORMAT, Imported, KeptCells, NamedModel, SampledCells, SymbolTable};
pub use manifest::{Input, Manifest, SchemaIdentity};
pub use markers::MarkerCache;
pub use remedy::Remedy;
pub use run::{Run, RunState};
pub use tables::{JoinedTables, RememberedTable, Remembering, TableState};
pub(crate) use upkeep::{refuse_used, tidy};
pub(crate) use writer::NewRun;
pub use writer::Writer;

#[cfg(test)]
pub(crate) mod tests;
