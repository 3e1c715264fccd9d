//! Errors of reading and writing run folders.

use std::{io, path::PathBuf};

use super::lock::Holder;
use crate::domain::shell;

/// An error that occurs when a run folder is read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file operation failed.
    #[error("cannot {doing} {path}{advice}", path = path.display(), advice = advice(source))]
    Io {
        /// The operation, as a verb.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The path to be written is not a regular file.
    #[error("{path} is not a file", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The path of an output is that of a file of a run.
    #[error("{path} is a file of the run itself", path = path.display())]
    RunFile {
        /// The path.
        path: PathBuf,
    },
    /// A link or a file is where a folder of the run must be.
    #[error("{path} is not a folder (symbolic links are not followed); remove it, or make it a folder", path = path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The folder is another user's.
    #[error(
        "{path} belongs to another user (UID {owner}), and castui writes only into run folders of your own; copy the \
         folder and use the copy",
        path = path.display()
    )]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
        /// The owner of the folder.
        owner: u32,
    },
    /// The folder has no manifest.
    #[error("{path} is not a run folder: it has no run.json", path = path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder for a new run already contains a run.
    #[error("{path} already holds a run", path = path.display())]
    AlreadyARun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder for a part of a run contains a different run.
    #[error("{path} holds another run: other cells, model or options", path = path.display())]
    OtherRun {
        /// The folder.
        path: PathBuf,
    },
    /// The folder contains files that do not belong to a run.
    #[error("{path} is not empty and is not a run folder", path = path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A JSON file of the folder is damaged.
    #[error("{path} is damaged", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The cause, with the position in the file.
        source: serde_json::Error,
    },
    /// A part of the folder that can be restored is damaged or missing.
    #[error("{path} is damaged or missing", path = path.display())]
    DamagedPart {
        /// The file.
        path: PathBuf,
        /// The remedy.
        source: io::Error,
    },
    /// A lock cannot be read, so the process that works on the run is unknown.
    #[error("the lock {path} cannot be read; if no other process works on this run, remove it", path = path.display())]
    UnreadableLock {
        /// The lock.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The run was created by a newer version of castui.
    #[error("{path} was made by castui {version} (format {format}); this castui reads up to format {known}", path = path.display())]
    NewerFormat {
        /// The manifest.
        path: PathBuf,
        /// The version that created the run.
        version: String,
        /// The format of the run folder.
        format: u32,
        /// The newest supported format.
        known: u32,
    },
    /// A stored answer cannot be read. Its chunk has to be sent again.
    #[error("the stored answer {path} is damaged", path = path.display())]
    DamagedAnswer {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Another process is writing to the run.
    #[error("{path} is in use by {holder}; wait until it is done, or stop it first", path = path.display())]
    Locked {
        /// The run folder.
        path: PathBuf,
        /// The other process.
        holder: Box<Holder>,
    },
    /// A process on another host, whose clock is ahead, is writing to the run; it cannot be determined whether it is
    /// alive.
    #[error(
        "{lock} is held by {holder}, whose clock is ahead of this one; if that process is gone: `rm {word}`",
        lock = lock.display(), word = shell::path(lock)
    )]
    LockedAhead {
        /// The lock.
        lock: PathBuf,
        /// The other process.
        holder: Box<Holder>,
    },
    /// Another process took over the run while this one was suspended.
    #[error("another process took over {path}; this one stops writing to it", path = path.display())]
    LockLost {
        /// The run folder.
        path: PathBuf,
    },
}

impl Error {
    /// Returns whether a stored answer is damaged, as opposed to temporarily unreadable.
    pub fn is_damage(&self) -> bool {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match self {
            Self::DamagedAnswer { source, .. } => {
                matches!(source.kind(), InvalidData | InvalidInput | Other | UnexpectedEof)
            }
            _ => false,
        }
    }

    /// Returns a function that creates an [`Error::Io`].
    pub fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

/// Returns the remedy for system errors for which one is known.
fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull => " (the disk is full: make room; all stored answers are kept)",
        io::ErrorKind::QuotaExceeded => " (the disk quota is used up: make room; all stored answers are kept)",
        io::ErrorKind::FileTooLarge => " (the system allows no file of that size: see `ulimit -f`)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_commands_are_quoted() {
        let path = PathBuf::from("/scratch/run$(touch PWN);' x\x1b[201~");
        let word = shell::path(&path);
        let holder = serde_json::json!({
            "id": uuid::Uuid::nil(), "host": "node7", "pid": 1, "started": null, "beat_at": jiff::Timestamp::UNIX_EPOCH,
        });
        let holder = Box::new(serde_json::from_value(holder).unwrap());
        let ahead = Error::LockedAhead { lock: path, holder }.to_string();
        assert!(ahead.ends_with(&format!("`rm {word}`")), "{ahead}");
    }
}
