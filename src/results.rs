//! Interpretation of stored answers. In: a run on disk. Out: calls, aggregates, tables, exports. Independent of
//! servers and terminals.
//!
//! Every value that the official Python client derives from the answers is computed here to the same value. Comments
//! name the places where an order of summation differs.

pub mod aggregate;
pub mod answers;
pub mod benchmark;
pub mod calls;
pub mod cell_names;
pub mod cell_set;
pub mod clusters;
pub mod consensus;
pub mod diff;
pub mod error;
pub mod export;
pub mod expression;
pub mod finish;
pub mod flags;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod index;
pub mod infer;
pub mod labels;
pub mod markers;
pub mod methods;
pub mod nearest;
pub mod overview;
pub mod panel;
mod parsed;
pub mod reader;
mod recent;
mod remedy;
pub mod report;
mod room;
pub mod summary;
pub mod term;
pub mod unreadable;

pub use crate::domain::number;
pub use aggregate::{AggregateOptions, Aggregated, AggregationDomain, AggregationOp};
pub use calls::{Call, CallCounts, CallOptions, CallRule, CallTable, CellCall, DepthRule, NO_CALL, Restriction};
pub use cell_names::CellNames;
pub use cell_set::CellSet;
pub use clusters::Clusters;
pub use error::Error;
pub use expression::GeneReader;
pub use finish::EndedRun;
pub use flags::{Flag, Flags};
pub use index::{CellScores, ChunkScores, Totals};
pub use overview::Overview;
pub use panel::{MarkerPanel, PanelError, Panels};
pub use reader::Results;
pub use remedy::Remedy;
pub use summary::LabelCalls;
pub use unreadable::{Unreadable, UnreadableAnswer};
