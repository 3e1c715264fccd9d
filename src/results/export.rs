//! Results as files. In: a run and a choice of cells. Out: files that appear whole or not at all.
//!
//! Two families: the files of the official client, equal to what it writes, and tidy tables of our own. A cell without
//! an answer is named in each and its values are left empty. A cell without a call is padded with the root at score 1
//! in the official files and in the official columns of obs; our own tables say "no call".
//!
//! Text is carried exactly in the official files, in JSON and in Parquet. Tidy CSV and TSV put an apostrophe before
//! text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@` first); `inferred_labels.csv` does not, as it
//! has to equal the official file.

mod annotated;
mod annotations;
mod datasets;
mod delimited;
mod format;
mod inferred_labels;
mod metadata;
pub mod official;
mod parquet;
mod sink;
mod table;
mod tidy;
mod write;

pub use annotated::{annotated_h5ad, check_annotated_target};
pub use datasets::dataset_table;
pub use format::{Format, UnknownFormat};
pub use inferred_labels::{CALL_PREFIX, CLUSTER_PREFIX, LabelOptions, inferred_labels};
pub use metadata::neighbor_metadata;
pub use official::{OptionalFile, official, official_without, response};
pub use sink::Existing;
pub use table::TableFormat;
pub use tidy::{cell_table, match_table};
pub use write::{Request, Target, Written, write};

pub(super) use delimited::csv_field;
pub(super) use sink::write as write_file;
