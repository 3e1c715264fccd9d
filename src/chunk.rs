//! Rows of a file made into rows of a model's feature schema. In: a window of rows and a [`GeneMap`]. Out: a
//! [`Chunk`] in schema order with each cell's total, and the bytes of its upload. Knows nothing of servers or runs.

pub mod counted;
pub mod digest;
pub mod gene_map;
pub mod gene_name;
pub mod plan;
pub mod sanitize;
pub mod symbols;

pub use digest::Digest;
pub use gene_map::{GeneMap, GeneReport, Mentions};
pub use plan::plan;
pub use sanitize::{Chunk, Error, Sanitizer, ValuePolicy, sanitize};
pub use symbols::GeneNames;
