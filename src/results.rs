//! What the stored answers mean. In: a run on disk. Out: calls, aggregates, tables, exports. Knows nothing of servers
//! or terminals.
//!
//! Whatever the official Python client computes after the answers have arrived is computed here to the same values;
//! where an order of summation differs it is said.

pub mod answers;
pub mod error;
pub mod export;

pub use error::Error;
