//! Entry point of the fuzz targets (`tests/fuzz`) to the reader of index files. In: any bytes. Out: nothing, or a panic.

pub use super::index::fuzzing::read_index;
