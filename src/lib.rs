//! castui is a terminal application for Cellarium CAS, the Cell Annotation Service.
//!
//! A cell travels **file → slice → chunk → upload → stored answer → results → pane**, through the modules below in
//! the order they are listed. Each module may import only modules above it in this list: data moves down, nothing
//! calls back up (`tests/layers.rs` holds it to that).
//!
//! | module | what comes out of it |
//! |---|---|
//! | [`domain`] | the words everyone shares |
//! | [`wire`] | the bodies of requests and answers, exactly as they travel |
//! | [`matrix`] | windows of rows from `.h5ad` and 10x `.h5` files, and `.h5ad` files written |
//! | [`chunk`] | sanitized rows in schema order, encoded for the wire |
//! | [`api`] | one method for each endpoint of a CAS server |
//! | [`store`] | a run on disk |
//! | [`engine`] | runs: plan, drive, fold |
//! | [`results`] | what the stored answers mean: calls, trees, tables, exports |
//! | [`server`] | a CAS service of one's own |
//! | [`tui`] | the terminal interface |
//! | [`config`] | arguments, environment, file and defaults made into plain options |
//! | [`cli`] | the command line |

// Words shared by all: identifiers, annotations, the feature schema, the ontology, quota. No input, no output.
pub mod domain;

// Request and answer bodies as they travel; shared by the client and the local service.
pub mod wire;

// Reads count matrices from files, a window of rows at a time, and writes `.h5ad`. The only module that calls HDF5.
pub mod matrix;

// Turns rows of a file into rows of the model's feature schema, and those into the bytes of an upload.
pub mod chunk;

// The HTTP client of a CAS server.
pub mod api;

// A run on disk: its manifest, its stored answers, its lock.
pub mod store;

// Runs a file through a CAS server: the only module that composes reading, sending and storing.
pub mod engine;

// Reads stored answers: calls, aggregates, tables, exports.
pub mod results;

// A CAS service on loopback, from a reference file of one's own or the embedded demo.
pub mod server;

// The terminal interface: an event loop, a state, panes.
pub mod tui;

// Settings from arguments, environment, file and defaults.
pub mod config;

// The command line: one file a subcommand.
pub mod cli;
