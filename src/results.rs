//! Interpretation of stored answers. In: a run on disk. Out: calls, aggregates, tables, exports. Independent of
//! servers and terminals.
//!
//! Every value that the official Python client derives from the answers is computed here to the same value. Comments
//! name the places where an order of summation differs.

pub mod aggregate;
pub(crate) mod answers;
pub mod benchmark;
pub mod calls;
pub(crate) mod cell_names;
pub mod cell_set;
pub(crate) mod clusters;
pub mod coloring;
pub mod consensus;
pub mod diff;
pub(crate) mod error;
pub mod export;
pub mod expression;
pub mod figure;
pub(crate) mod finish;
pub mod flags;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub(crate) mod index;
pub mod infer;
pub(crate) mod labels;
pub mod markers;
pub(crate) mod methods;
pub(crate) mod nearest;
pub(crate) mod overview;
pub(crate) mod panel;
mod parsed;
pub mod plot;
pub(crate) mod reader;
mod recent;
mod remedy;
pub mod report;
mod room;
pub mod summary;
pub(crate) mod term;
pub(crate) mod unreadable;

pub(crate) use crate::domain::number;
pub use aggregate::{AggregateOptions, Aggregated, AggregationDomain, AggregationOp};
pub use calls::{Call, CallOptions, CallRule, CallTable, CellCall, DepthRule, Restriction};
pub(crate) use calls::{CallCounts, NO_CALL};
pub(crate) use cell_names::CellNames;
pub use cell_set::CellSet;
pub use clusters::Clusters;
pub use error::Error;
pub use expression::GeneReader;
pub(crate) use finish::EndedRun;
pub use flags::Flag;
pub(crate) use flags::Flags;
pub use index::CellScores;
pub(crate) use index::{ChunkScores, Totals};
pub(crate) use overview::Overview;
pub(crate) use panel::{MarkerPanel, PanelError, Panels};
pub use reader::Results;
pub use remedy::Remedy;
pub use summary::LabelCalls;
pub(crate) use unreadable::{Unreadable, UnreadableAnswer};
