//! Numerical analysis of count matrices. In: windows of rows. Out: arrays. A whole matrix is never in memory.
//!
//! [`prepare`](fn@prepare) normalizes the counts ([`counts`]), selects variable genes ([`variable_genes`]) and computes principal
//! components ([`pca`]). The result are [`Coordinates`], from which [`neighbors`] makes a graph. Its weighted form
//! ([`fuzzy_graph`]) gives clusters ([`leiden`]) and a map ([`umap`]). [`cluster`] does all of this. Formulas and defaults
//! are those of scanpy 1.11 (Wolf et al. 2018, doi:10.1186/s13059-017-1382-0), and so are the names of [`Parameters`].
//!
//! Queries are searched among many cells in [`lists`] of cells that are close to each other; [`search`] unites this with
//! the exact search.
//!
//! [`genes`] finds genes by name, [`expression`] reads the values of single genes, and [`dot_plot`] summarizes them by
//! group. [`markers`] ranks the genes of groups of cells.

pub(crate) mod clustering;
pub(crate) mod coordinates;
pub mod counts;
pub(crate) mod depth;
pub(crate) mod dot_plot;
pub(crate) mod error;
pub(crate) mod expression;
pub(crate) mod fuzzy_graph;
pub(crate) mod genes;
pub(crate) mod lda;
pub(crate) mod leiden;
pub mod lists;
pub mod markers;
pub mod neighbors;
pub(crate) mod numbers;
pub(crate) mod parameters;
pub(crate) mod pca;
pub mod prepare;
pub(crate) mod sample;
pub(crate) mod search;
pub(crate) mod umap;
pub(crate) mod variable_genes;
pub(crate) mod watch;

#[cfg(test)]
pub(crate) mod fake;

pub(crate) use clustering::{Clustering, WithMap, cluster};
pub use coordinates::Coordinates;
pub use counts::Counts;
pub(crate) use dot_plot::Dot;
pub use dot_plot::DotPlot;
pub use error::Error;
pub(crate) use expression::{CellValues, GeneValues};
pub(crate) use genes::GeneIndex;
pub use genes::{Found, Gene};
pub(crate) use lists::InvertedLists;
pub use parameters::Parameters;
pub(crate) use prepare::Projection;
pub use prepare::{Prepared, prepare};
pub use search::Search;
pub(crate) use watch::Stage;
pub use watch::{Progress, Step, Watch};
