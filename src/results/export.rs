//! Exports of results. In: a run and a choice of cells. Out: files that appear completely or not at all.
//!
//! There are two families: the files of the official client, equal to its output, and castui's tidy tables. Every
//! export names the cells without an answer and leaves their values empty. A cell without a call is padded with the
//! root at score 1 in the official files and in the official columns of obs; tidy tables say "no call".
//!
//! Official files, JSON and Parquet carry text unchanged. Tidy CSV and TSV put an apostrophe before text that a
//! spreadsheet would take for a formula (starting with `=`, `+`, `-` or `@`). `inferred_labels.csv` and the files for
//! other tools do not, because they must equal what those read.

mod annotated;
mod annotations;
mod clustering;
mod consensus;
mod datasets;
mod delimited;
mod dots;
mod format;
mod inferred_cells;
mod inferred_labels;
mod markers;
mod metadata;
pub mod official;
mod parquet;
mod sink;
mod table;
mod table_file;
mod tidy;
mod tools;
mod write;

pub(crate) use annotated::check_annotated_target;
pub use annotated::{CopyContent, CopyPaths, annotated_h5ad, annotated_h5ad_with};
pub(crate) use clustering::ClusterTable;
pub(crate) use consensus::{Agreement, consensus_table};
pub(crate) use datasets::dataset_table;
pub(crate) use dots::{DotRow, dots_csv};
pub use format::Format;
pub(crate) use inferred_cells::{InferredTable, inferred_cells};
pub use inferred_labels::{CALL_PREFIX, CLUSTER_PREFIX, LabelOptions, inferred_labels};
pub(crate) use markers::test_of;
pub use markers::{MarkerFormat, Separator, marker_lines, ranked_genes, write_markers};
pub(crate) use metadata::neighbor_metadata;
pub(crate) use official::{OptionalFile, official_without};
pub use official::{official, response};
pub use sink::Existing;
pub(crate) use sink::check as check_output;
pub use table::TableFormat;
pub use tidy::{cell_table, match_table};
pub(crate) use tools::Tool;
pub use write::{Request, write};
pub(crate) use write::{Target, Written};

pub(super) use delimited::csv_field;
pub(super) use sink::write as write_file;
