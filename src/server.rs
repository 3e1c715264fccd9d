//! To come.

pub mod consensus;
pub mod counts;
pub mod error;
pub mod index;
pub mod index_cache;
pub mod index_file;
pub mod journal;
pub mod labels;
pub mod ledger;
pub mod metadata;
pub mod neighbors;
pub mod pca;
pub mod reference;
pub mod statistics;
pub mod terms;
pub mod token;
pub mod version;

#[cfg(test)]
mod fake;

pub use error::Error;
