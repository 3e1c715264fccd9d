//! Annotates a file with a CAS server. This is the only module that combines reading, sending and storing. In: a file,
//! a client, options. Out: events, and a run folder. Independent of the terminal and of the meaning of the answers.
//!
//! *Plan* decides which chunks to send, as a pure function; resuming is the same decision. *Drive* has the effects.
//! *Progress* is a pure fold of the events, which the command line and the terminal interface share.

pub(crate) mod answer_size;
pub(crate) mod catalog;
pub(crate) mod change;
pub mod check;
pub(crate) mod clustering;
pub(crate) mod columns;
pub(crate) mod components;
pub(crate) mod computed_columns;
pub(crate) mod control;
pub(crate) mod count_input;
pub mod drive;
pub(crate) mod event;
mod fault;
mod gene_names;
pub(crate) mod grace;
pub mod inspect;
pub(crate) mod likely;
pub(crate) mod log;
pub mod mend;
mod min_counts;
pub mod official;
pub mod plan;
pub mod preflight;
pub(crate) mod prepare;
pub(crate) mod progress;
pub(crate) mod queue;
pub(crate) mod quota;
pub(crate) mod recent;
pub(crate) mod reference;
pub(crate) mod remedy;
pub mod resume;
pub(crate) mod run;
pub mod run_file;
pub(crate) mod same_request;
pub(crate) mod sample;
mod sampled_matrix;
mod server_answers;
pub(crate) mod siblings;
pub(crate) mod signals;
pub(crate) mod turn;
mod upload;
pub(crate) mod watch;

pub(crate) use answer_size::AnswerSize;
pub use catalog::Service;
pub(crate) use clustering::{ClusterOptions, cluster_file, cluster_run};
pub(crate) use columns::{CellColumns, Column, ColumnHeader, ColumnKind, EmbeddingHeader, usual_embedding};
pub use control::Control;
pub(crate) use control::RunCommand;
pub use count_input::{CountChoice, CountInput};
pub use drive::{DriveOptions, NonCountPolicy, Outcome};
pub use event::{ChunkEvent, Event, EventKind, StopReason};
pub(crate) use fault::Fault;
pub(crate) use grace::GraceLimit;
pub use grace::GraceWait;
pub(crate) use inspect::Inspection;
pub(crate) use preflight::{Check, Subject};
pub use preflight::{Preflight, Purpose, RunOptions};
pub(crate) use prepare::PreparedRun;
pub(crate) use progress::ChunkState;
pub use progress::Progress;
pub(crate) use reference::{Metadata, ReferenceCells};
pub(crate) use remedy::{CellsRemedy, CountsRemedy, FolderRemedy, GenesRemedy, ModelRemedy, Remedy};
pub(crate) use resume::ResumeOptions;
pub use resume::resume;
pub use run::RunHandle;
pub(crate) use run::{default_folder, default_folders_with_runs};
pub(crate) use same_request::{Difference, RunOption};
pub(crate) use sampled_matrix::SampledMatrix;
pub use siblings::Sibling;
