//! Errors in settings. Each variant names the argument, variable or file to correct.

use std::{io, path::PathBuf};

use crate::api::{LoginError, ServerUrlError, TokenError, TokenFileError};

/// An error in the settings. No variant contains a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no folder for castui's files.
    #[error("neither HOME nor {variable} is set, so castui has no folder for its files; set one of these variables")]
    NoHome {
        /// The variable that would set the folder.
        variable: &'static str,
    },
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {path}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The configuration file is invalid.
    #[error("the configuration file {path} is invalid at line {line}: {fault}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The message of the TOML parser.
        fault: String,
    },
    /// An environment variable is not a server address.
    #[error("the environment variable {variable} is invalid")]
    ServerVariable {
        /// The variable.
        variable: &'static str,
        /// The cause.
        source: ServerUrlError,
    },
    /// An environment variable is not a token.
    #[error("the environment variable {variable} is invalid")]
    TokenVariable {
        /// The variable.
        variable: &'static str,
        /// The cause.
        source: TokenError,
    },
    /// A token file cannot be used.
    #[error(transparent)]
    TokenFile(#[from] TokenFileError),
    /// The stored login cannot be used.
    #[error("{0}")]
    Login(#[from] LoginError),
}

/// A problem with settings that is not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// The configuration file has an unknown key.
    #[error("{path}: there is no setting '{key}'", path = .path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
}
