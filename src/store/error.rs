//! What can go wrong with a run folder.

use std::{io, path::PathBuf};

use super::lock::Holder;

/// Why a run folder could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused a file operation.
    #[error("cannot {doing} {path}{advice}", path = path.display(), advice = advice(source))]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is no file stands where one was to be written.
    #[error("{path} is not a file; choose another name with -o", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// There is no manifest in the folder.
    #[error("{path} is no run folder: it has no run.json", path = path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// A run exists where a new one was to be made.
    #[error(
        "{path} already holds a run; `castui resume {path}` continues it, -o DIR makes another",
        path = path.display()
    )]
    AlreadyARun {
        /// The folder.
        path: PathBuf,
    },
    /// A part was to be sent of a run that is another.
    #[error("{path} holds another run: other cells, model or options; choose another folder with -o DIR", path = path.display())]
    OtherRun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds other things than a run.
    #[error("{path} is not empty and holds no run; choose another folder with -o DIR", path = path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A JSON file of the folder is damaged.
    #[error("{path} is damaged", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and how.
        source: serde_json::Error,
    },
    /// The run was made by a newer castui.
    #[error("{path} was made by castui {version} (format {format}); this castui reads up to format {known}", path = path.display())]
    NewerFormat {
        /// The manifest.
        path: PathBuf,
        /// The version that wrote it.
        version: String,
        /// Its format.
        format: u32,
        /// The newest format known here.
        known: u32,
    },
    /// A stored answer cannot be read back; its chunk has to be sent again.
    #[error("the stored answer {path} is damaged; `castui resume` asks for it again", path = path.display())]
    DamagedAnswer {
        /// The file.
        path: PathBuf,
        /// How.
        source: io::Error,
    },
    /// Another process writes to the run.
    #[error("{path} is in use by {holder}; wait for it, or stop it first", path = path.display())]
    Locked {
        /// The run folder.
        path: PathBuf,
        /// Who.
        holder: Box<Holder>,
    },
    /// Another machine's process writes to the run, by a clock that says it would for long.
    #[error(
        "{lock} is held by {holder}, by a clock that is ahead of this one's; if that process is gone, remove {lock}",
        lock = lock.display()
    )]
    LockedAhead {
        /// The lock.
        lock: PathBuf,
        /// Who.
        holder: Box<Holder>,
    },
    /// Another process took the run over while this one slept.
    #[error("{path} was taken over by another process; this one stops writing to it", path = path.display())]
    LockLost {
        /// The run folder.
        path: PathBuf,
    },
}

impl Error {
    /// Whether it says that a stored answer is spoilt, and not merely out of reach.
    pub fn is_damage(&self) -> bool {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match self {
            Self::DamagedAnswer { source, .. } => {
                matches!(source.kind(), InvalidData | InvalidInput | Other | UnexpectedEof)
            }
            _ => false,
        }
    }

    /// Makes an [`Error::Io`].
    pub fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

/// A full disk is the one failure whose remedy is worth spelling out.
fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull => " (the disk is full: make room; all stored answers are kept)",
        io::ErrorKind::QuotaExceeded => " (the disk quota is used up: make room; all stored answers are kept)",
        io::ErrorKind::FileTooLarge => " (the system allows no file of that size: see `ulimit -f`)",
        io::ErrorKind::ReadOnlyFilesystem => " (the file system is read-only: choose another folder with -o DIR)",
        io::ErrorKind::PermissionDenied => " (permission denied: choose another folder with -o DIR)",
        _ => "",
    }
}
