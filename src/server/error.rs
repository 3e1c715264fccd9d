//! Errors that keep a service from starting. Each names the file or setting, and the remedy.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use crate::{analysis, domain::text, engine::count_input, matrix};

/// The reasons why a reference cannot be used or a service cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The reference file cannot be read.
    #[error("the reference cannot be read")]
    Matrix(#[from] matrix::Error),
    /// The reference cannot be analyzed.
    #[error("the reference cannot be used")]
    Analysis(#[from] analysis::Error),
    /// The reference file's metadata cannot be read.
    #[error("cannot read the reference {}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The reference has no usable counts.
    #[error(transparent)]
    Counts(#[from] count_input::Error),
    /// There are fewer cells than neighbors.
    #[error("the reference has {cells} cells, fewer than the {neighbors} requested neighbors")]
    TooFewCells {
        /// The number of cells.
        cells: usize,
        /// The number of requested neighbors.
        neighbors: usize,
    },
    /// The file has neither of the columns with cell types.
    #[error("{} has neither obs column 'cell_type_ontology_term_id' nor 'cell_type'; add one of them", shown(path))]
    NoCellTypes {
        /// The file.
        path: PathBuf,
    },
    /// A gene occurs more than once.
    #[error("{} has the gene '{}' more than once; sum its columns first", shown(path), text::excerpt(gene))]
    DuplicateGene {
        /// The file.
        path: PathBuf,
        /// The gene.
        gene: String,
    },
    /// There is no reference to serve.
    #[error("a service needs at least one reference")]
    NoReference,
    /// The address is reachable from other machines.
    #[error("{address} can be reached from other machines; the service binds loopback only, such as 127.0.0.1:{}", address.port())]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The token is empty.
    #[error("the token of the service is empty")]
    EmptyToken,
    /// The address is taken, or does not belong to this machine.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The request log cannot be opened.
    #[error("cannot write the request log {}", shown(path))]
    RequestLog {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

fn shown(path: &Path) -> String {
    text::clean(&path.to_string_lossy()).into_owned()
}
