//! To come.

pub mod consensus;
pub mod counts;
pub mod error;
pub mod labels;
pub mod neighbors;
pub mod pca;
pub mod statistics;

#[cfg(test)]
mod fake;

pub use error::Error;
