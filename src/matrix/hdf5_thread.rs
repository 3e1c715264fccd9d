//! The one thread that calls libhdf5.
