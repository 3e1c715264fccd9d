//! Annotates a file with a CAS server. This is the only module that combines reading, sending and storing. In: a file,
//! a client, options. Out: events, and a run folder. Independent of the terminal and of the meaning of the answers.
//!
//! *Plan* decides which chunks to send, as a pure function; resuming is the same decision. *Drive* has the effects.
//! *Progress* is a pure fold of the events, which the command line and the terminal interface share.

pub mod answer_size;
pub mod catalog;
pub mod check;
pub mod clustering;
pub mod columns;
pub mod control;
pub mod count_input;
pub mod drive;
pub mod event;
mod fault;
mod gene_names;
pub mod grace;
pub mod inspect;
pub mod likely;
pub mod log;
pub mod mend;
mod min_counts;
pub mod official;
pub mod plan;
pub mod preflight;
pub mod prepare;
pub mod progress;
pub mod queue;
pub mod quota;
pub mod recent;
pub mod reference;
pub mod remedy;
pub mod resume;
pub mod run;
pub mod run_file;
pub mod same_request;
pub mod sample;
mod server_answers;
pub mod signals;
pub mod turn;
mod upload;
pub mod watch;

pub use answer_size::AnswerSize;
pub use catalog::Service;
pub use clustering::{ClusterOptions, cluster_file, cluster_run};
pub use columns::{CellColumns, Column, ColumnHeader, ColumnKind, EmbeddingHeader, usual_embedding};
pub use control::{Control, RunCommand};
pub use count_input::{CountChoice, CountInput};
pub use drive::{DriveOptions, NonCountPolicy, Outcome};
pub use event::{ChunkEvent, Event, EventKind, Notice, StopReason};
pub use fault::Fault;
pub use grace::{GraceLimit, GraceWait};
pub use inspect::Inspection;
pub use preflight::{Check, Preflight, Purpose, RunOptions, Subject};
pub use prepare::PreparedRun;
pub use progress::{ChunkState, Progress};
pub use reference::{Metadata, ReferenceCells};
pub use remedy::{CellsRemedy, CountsRemedy, FolderRemedy, GenesRemedy, ModelRemedy, Remedy};
pub use resume::{ResumeOptions, resume};
pub use run::{RunHandle, default_folder, default_folders_with_runs};
pub use same_request::{Difference, RunOption};
