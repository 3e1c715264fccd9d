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

pub mod clustering;
pub mod coordinates;
pub mod counts;
pub mod depth;
pub mod dot_plot;
pub mod error;
pub mod expression;
pub mod fuzzy_graph;
pub mod genes;
pub mod lda;
pub mod leiden;
pub mod lists;
pub mod markers;
pub mod neighbors;
pub mod numbers;
pub mod parameters;
pub mod pca;
pub mod prepare;
pub mod sample;
pub mod search;
pub mod umap;
pub mod variable_genes;
pub mod watch;

#[cfg(test)]
pub mod fake;

pub use clustering::{Clustering, WithMap, cluster};
pub use coordinates::Coordinates;
pub use counts::Counts;
pub use dot_plot::{Dot, DotPlot};
pub use error::Error;
pub use expression::{CellValues, GeneValues};
pub use genes::{Found, Gene, GeneIndex};
pub use lists::InvertedLists;
pub use neighbors::Graph;
pub use parameters::Parameters;
pub use prepare::{Prepared, Projection, prepare};
pub use search::Search;
pub use watch::{Progress, Stage, Step, Watch};
