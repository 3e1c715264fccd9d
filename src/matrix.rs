//! Count matrices on disk. In: the path of a file or folder in any supported format. Out: windows of rows, names, and columns of
//! obs and var; also written `.h5ad` files. Independent of schemas, servers and runs.
//!
//! libhdf5 is not thread-safe and is only called from the HDF5 thread ([`hdf5_thread`]). The expensive part of reading
//! (inflating) and of writing (deflating) runs on the caller's thread.

pub(crate) mod annotate;
mod cell_ranger;
pub(crate) mod column;
mod csr;
mod dense;
mod detect;
pub(crate) mod error;
pub(crate) mod feature_type;
mod filter;
mod frame;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod h5;
pub mod hdf5_thread;
mod mex;
mod number;
mod numeric_dataset;
pub mod obs_table;
pub(crate) mod open;
mod pool;
pub(crate) mod probe;
pub(crate) mod row_subset;
pub(crate) mod rows;
mod text_table;
mod transpose;
mod tree;
pub(crate) mod write;
mod zarr;

pub use annotate::{AddedColumn, AddedValues, AnnotatedCopy};
pub(crate) use annotate::{RankedGenes, RankedGroup, Unstructured};
pub use column::{Column, ColumnName};
pub(crate) use column::{ColumnHeader, ColumnKind, by_value};
pub(crate) use detect::resolve;
pub use error::Error;
pub(crate) use mex::companions;
pub use obs_table::{ObsTable, ObsTables, TableReference};
pub(crate) use open::{
    Added, EmbeddingHeader, Format, SourceHeader, StorageKind, TermScores, Unstated, usual_embedding,
};
pub use open::{FeatureKinds, Matrix};
pub(crate) use row_subset::RowSubset;
pub use rows::{CountSource, RowSlice, RowSource};
pub(crate) use transpose::SpillWriter;
pub use write::{CellBlock, FileWriter, GeneFrame, write_image};

/// Returns the version of libhdf5, such as 2.0.0.
pub fn hdf5_version() -> String {
    let (major, minor, release) = hdf5_thread::run(hdf5::library_version);
    format!("{major}.{minor}.{release}")
}

/// Returns the names of the HDF5 filters that can be decoded.
pub fn filter_names() -> impl Iterator<Item = &'static str> {
    ["deflate", "shuffle", "fletcher32", "szip"].into_iter().chain(filter::PLUGINS.iter().map(|&(_, name)| name))
}

#[cfg(test)]
mod tests;
