//! What can be wrong with settings. Every variant names the argument, variable or file to look at.

use std::{io, path::PathBuf};

use crate::api::{LoginError, ServerUrlError, TokenError, TokenFileError, TokenSource};

/// Why settings could not be made. None holds a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no place for files of our own.
    #[error("neither HOME nor {variable} is set, so there is no place for castui's files; set one of them")]
    NoHome {
        /// The variable that would do.
        variable: &'static str,
    },
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {path}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The configuration file cannot be understood.
    #[error("the configuration file {path} cannot be understood at line {line}: {fault}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there, in the TOML reader's words.
        fault: String,
    },
    /// A variable does not hold the address of a server.
    #[error("the environment variable {variable} cannot be used")]
    ServerVariable {
        /// The variable.
        variable: &'static str,
        /// Why not.
        source: ServerUrlError,
    },
    /// A variable does not hold a token.
    #[error("the environment variable {variable} cannot be used")]
    TokenVariable {
        /// The variable.
        variable: &'static str,
        /// Why not.
        source: TokenError,
    },
    /// A token file cannot be used.
    #[error(transparent)]
    TokenFile(#[from] TokenFileError),
    /// The stored login cannot be used.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A token is at hand, but for another server: a run's folder must not be able to draw it elsewhere.
    #[error(
        "the token from {source_of_token} is for {configured}, not for {server}; to send it there, say --server {server}"
    )]
    TokenForOtherServer {
        /// Where the token is from.
        source_of_token: TokenSource,
        /// The server it is for.
        configured: String,
        /// The server that was to be asked.
        server: String,
    },
}

/// What is odd about settings, but no reason to stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A key that means nothing.
    #[error("{path}: there is no setting called '{key}'", path = .path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
}
