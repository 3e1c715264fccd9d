//! Conversion of rows of a file to rows of a model's feature schema. In: a window of rows and a [`GeneMap`]. Out: a
//! [`Chunk`] in schema order with the total of each cell, and the bytes of its upload. Independent of servers and runs.

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
