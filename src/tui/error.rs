//! Errors of the interface as a whole.

use super::{keymap::KeymapError, theme::ThemeError};

/// An error of the interface as a whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no terminal to draw on.
    #[error("the interface needs a terminal for its input and its output; 'castui annotate' works without one")]
    NoTerminal,
    /// The terminal could not be taken over.
    #[error("cannot set up the terminal")]
    Setup(#[source] std::io::Error),
    /// Signals cannot be caught.
    #[error("cannot handle signals")]
    Signals(#[source] std::io::Error),
    /// The keys in the configuration file are invalid.
    #[error(transparent)]
    Keymap(#[from] KeymapError),
    /// The theme in the configuration file is invalid.
    #[error(transparent)]
    Theme(#[from] ThemeError),
}
