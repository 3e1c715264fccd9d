//! Count matrices on disk. In: the path of a file or folder in any supported format. Out: windows of rows, names, and columns of
//! obs and var; also written `.h5ad` files. Independent of schemas, servers and runs.
//!
//! libhdf5 is not thread-safe and is only called from the HDF5 thread ([`hdf5_thread`]). The expensive part of reading
//! (inflating) and of writing (deflating) runs on the caller's thread.

pub mod annotate;
mod cell_ranger;
pub mod column;
mod csr;
mod dense;
mod detect;
pub mod error;
pub mod feature_type;
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
pub mod open;
mod pool;
pub mod probe;
pub mod row_subset;
pub mod rows;
mod text_table;
mod transpose;
mod tree;
pub mod write;
mod zarr;

pub use annotate::{AddedColumn, AddedValues, AnnotatedCopy, RankedGenes, RankedGroup, SparseRows, Unstructured};
pub use column::{Column, ColumnHeader, ColumnKind, ColumnName, by_value};
pub use detect::resolve;
pub use error::Error;
pub use mex::companions;
pub use obs_table::{ObsTable, ObsTables};
pub use open::{
    Added, EmbeddingHeader, FeatureKinds, Format, Matrix, MergedColumn, SourceHeader, StorageKind, TermScores,
    Unstated, usual_embedding,
};
pub use row_subset::RowSubset;
pub use rows::{CountSource, RowSlice, RowSource};
pub use transpose::{Spill, SpillWriter};
pub use write::{CellBlock, FileWriter, GeneFrame, ImageWriter, write_image};

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
