//! Why a service could not be started. Each names the file or the setting, and the way out.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use crate::{domain::text, matrix};

/// What keeps a reference from being used, or a service from starting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The reference file cannot be read.
    #[error("the reference cannot be read")]
    Matrix(#[from] matrix::Error),
    /// The reference file cannot be looked at.
    #[error("cannot read the reference {}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No matrix of whole numbers.
    #[error("{} holds no counts: X, raw.X and layers/counts have fractions, or are missing", shown(path))]
    NoCounts {
        /// The file.
        path: PathBuf,
    },
    /// A value that is no count.
    #[error("cell {cell} of the reference has the value {value}, which is no count; give raw counts")]
    NotACount {
        /// The row, from 0.
        cell: usize,
        /// The value.
        value: f32,
    },
    /// Neither of the columns that name cell types.
    #[error("{} has neither obs column 'cell_type_ontology_term_id' nor 'cell_type'; add one of them", shown(path))]
    NoCellTypes {
        /// The file.
        path: PathBuf,
    },
    /// A gene that stands twice.
    #[error("{} has the gene '{}' more than once; sum its columns first", shown(path), text::excerpt(gene))]
    DuplicateGene {
        /// The file.
        path: PathBuf,
        /// The gene.
        gene: String,
    },
    /// All cells are equal.
    #[error("all cells of the reference are the same, which leaves nothing to tell cell types apart by")]
    NoVariance,
    /// The eigenvalue solver failed.
    #[error("the principal components of the reference could not be computed")]
    NoConvergence,
    /// Nothing to serve.
    #[error("a service needs at least one reference")]
    NoReference,
    /// An address others could reach.
    #[error("{address} can be reached from other machines; the service binds loopback only, 127.0.0.1:{} say", address.port())]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// An empty token would let nobody in.
    #[error("the token of the service is empty")]
    EmptyToken,
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The request log cannot be opened.
    #[error("cannot write the request log {}", shown(path))]
    RequestLog {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

fn shown(path: &Path) -> String {
    text::clean(&path.to_string_lossy()).into_owned()
}
