//! Results as files. In: a run and a choice of cells. Out: files that appear whole or not at all.

pub mod official;
mod sink;

pub use official::official;
pub use sink::Existing;
