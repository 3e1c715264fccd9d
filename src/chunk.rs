//! Conversion of rows of a file to rows of a model's feature schema. In: a window of rows and a [`GeneMap`]. Out: a
//! [`Chunk`] in schema order with the total of each cell, and the bytes of its upload. Independent of servers and runs.

pub(crate) mod counted;
pub(crate) mod digest;
pub(crate) mod gene_map;
pub(crate) mod gene_name;
pub(crate) mod plan;
pub mod sanitize;
pub(crate) mod symbols;

pub use digest::Digest;
pub use gene_map::GeneMap;
pub(crate) use gene_map::{GeneReport, Mentions};
pub(crate) use sanitize::Sanitizer;
pub use sanitize::{Chunk, ValuePolicy, sanitize};
pub(crate) use symbols::GeneNames;
