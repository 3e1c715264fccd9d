//! Count matrices on disk. In: the path of an `.h5ad` or 10x `.h5` file. Out: windows of rows, names, columns of obs
//! and var; and `.h5ad` files written. Knows nothing of schemas, servers or runs.
//!
//! libhdf5 is not thread-safe and is called from one thread only ([`hdf5_thread`]); the heavy part of reading
//! (inflating) and of writing (deflating) happens on the caller's thread, outside of it.

pub mod column;
pub mod error;
pub mod hdf5_thread;
pub mod rows;

pub use column::{Column, ColumnHeader, ColumnKind, ColumnName};
pub use error::Error;
pub use rows::{CountSource, RowSlice, RowSource};
