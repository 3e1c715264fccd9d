//! castui is a terminal application for Cellarium CAS, the Cell Annotation Service.
//!
//! A cell passes through **file → slice → chunk → upload → stored answer → results → pane**, in the modules below and in
//! their order. A module may only import modules above it in this list, so data flows downward and nothing calls back
//! up. This is enforced by `tests/layers.rs`.
//!
//! | module | output |
//! |---|---|
//! | [`domain`] | types shared by all modules |
//! | [`files`] | private files, opened without following links and read up to a limit |
//! | [`wire`] | bodies of requests and answers, exactly as transmitted |
//! | [`matrix`] | windows of rows from files of all formats, and written `.h5ad` files |
//! | [`chunk`] | sanitized rows in schema order, encoded for the wire |
//! | [`analysis`] | normalized counts, principal components, neighbors, clusters, maps, samples, expression, markers |
//! | [`api`] | answers of a CAS server: one method per endpoint |
//! | [`store`] | a run on disk |
//! | [`engine`] | runs: plan, drive, fold |
//! | [`results`] | calls, trees, tables and exports from stored answers |
//! | [`server`] | a local CAS service |
//! | [`tui`] | the terminal interface |
//! | [`config`] | plain options from arguments, environment, file and defaults |
//! | [`cli`] | the command line |

// Types shared by all modules: identifiers, annotations, the feature schema, the ontology, quota. No input or output.
pub mod domain;

// Opens files without following links or waiting, reads them up to a limit, makes them private.
pub mod files;

// Bodies of requests and answers, shared by the client and the local service.
pub mod wire;

// Reads count matrices of all formats by windows of rows, and writes `.h5ad` files. The only module that calls HDF5.
pub mod matrix;

// Converts rows of a file to rows of the model's feature schema, and these to the bytes of an upload.
pub mod chunk;

// Numerical analysis of count matrices, by windows of rows. Independent of servers, runs and users.
pub mod analysis;

// The HTTP client of a CAS server.
pub mod api;

// A run on disk: manifest, stored answers, lock.
pub mod store;

// Annotates a file with a CAS server. The only module that combines reading, sending and storing.
pub mod engine;

// Reads stored answers: calls, aggregates, tables, exports.
pub mod results;

// A CAS service on loopback, with the user's reference file or the embedded demo.
pub mod server;

// The terminal interface: event loop, state, panes.
pub mod tui;

// Settings from arguments, environment, file and defaults.
pub mod config;

// The command line, with one file per subcommand.
pub mod cli;
