//! Remedies for errors of run folders. They name no front end: the command line and the interface word them.

use std::{io, path::PathBuf};

use super::Error;

/// A remedy for an error of a run folder or of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Choose another name for the output.
    OtherName,
    /// Choose another folder for the run.
    OtherFolder,
    /// Choose a folder on another file system, as this one is read-only.
    WritableFileSystem,
    /// Choose a folder in which the user may write.
    PermittedFolder,
    /// Continue the run that is in the folder, or choose another folder.
    ContinueOrOtherFolder(PathBuf),
    /// Resume the run in the folder, which makes the damaged part again.
    MakeAgain(PathBuf),
    /// Resume the run, which requests the answer again.
    RequestAgain,
}

impl Error {
    /// Returns the remedy, if it is not part of the text.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NotAFile { .. } | Self::RunFile { .. } => Some(Remedy::OtherName),
            Self::OtherRun { .. } | Self::NotEmpty { .. } => Some(Remedy::OtherFolder),
            Self::AlreadyARun { path } => Some(Remedy::ContinueOrOtherFolder(path.clone())),
            Self::DamagedPart { path, .. } => Some(Remedy::MakeAgain(path.parent().unwrap_or(path).to_owned())),
            Self::DamagedAnswer { .. } => Some(Remedy::RequestAgain),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::ReadOnlyFilesystem => Some(Remedy::WritableFileSystem),
                io::ErrorKind::PermissionDenied => Some(Remedy::PermittedFolder),
                _ => None,
            },
            Self::NotAFolder { .. }
            | Self::ForeignFolder { .. }
            | Self::NotARun { .. }
            | Self::Damaged { .. }
            | Self::UnreadableLock { .. }
            | Self::NewerFormat { .. }
            | Self::Locked { .. }
            | Self::LockedAhead { .. }
            | Self::LockLost { .. } => None,
        }
    }
}
