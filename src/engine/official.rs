//! Output of the official client, opened as a run. In: a folder with `ontology_response.json`, or an `.h5ad` with
//! `obsm['cas_cl_scores']`. Out: a run folder in the cache, with the same answers. The output itself is only read.
//!
//! A folder may also have the answers of the other operations, named as castui names them. Every answer passes the check
//! of a server's answer. Numbers keep the digits of the output.

mod beside;
mod cache;
mod chunks;
mod convert;
mod error;
mod input;
mod response;
mod scores;

use std::path::{Path, PathBuf};

pub(crate) use error::Error;
pub use response::name as response_name;

use crate::{domain::OperationKind, matrix::Matrix, store::Run};

/// Output of the official client.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Output {
    /// A folder with the answers of an operation.
    Folder { folder: PathBuf, kind: OperationKind },
    /// A file with a matrix of scores.
    Scores { file: PathBuf },
}

/// Returns whether a path is that of output of the official client, and not of a run. Files are opened only if their name
/// ends in `.h5ad`.
pub fn is_output(path: &Path) -> bool {
    Output::at(path).is_some()
}

/// Opens output of the official client as a run in a folder of a cache, which is made unless it exists already. Returns
/// `None` if the path is not that of such output.
///
/// # Errors
/// Fails if the output is damaged or contradicts itself, or if the cache cannot be written.
pub fn open(path: &Path, cache: &Path) -> Result<Option<Run>, Error> {
    let Some(output) = Output::at(path) else { return Ok(None) };
    let output = output.absolute().map_err(Error::io("find", path))?;
    let place = cache::Place::of(cache, &output)?;
    if let Some(run) = place.known() {
        return Ok(Some(run));
    }
    let unfinished = place.begin()?;
    output.convert(unfinished.path())?;
    unfinished.finish().map(Some)
}

impl Output {
    fn at(path: &Path) -> Option<Self> {
        if Run::is_run(path) {
            return None;
        }
        if path.is_dir() {
            let has = |kind: &OperationKind| path.join(response::name(*kind)).is_file();
            let kind = OperationKind::ALL.into_iter().find(has)?;
            return Some(Self::Folder { folder: path.to_owned(), kind });
        }
        let ends = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("h5ad"));
        let has_scores = || Matrix::open(path).is_ok_and(|matrix| matrix.has_term_scores());
        (ends && has_scores()).then(|| Self::Scores { file: path.to_owned() })
    }

    fn absolute(self) -> std::io::Result<Self> {
        Ok(match self {
            Self::Folder { folder, kind } => Self::Folder { folder: folder.canonicalize()?, kind },
            Self::Scores { file } => Self::Scores { file: file.canonicalize()? },
        })
    }

    fn path(&self) -> &Path {
        match self {
            Self::Folder { folder, .. } => folder,
            Self::Scores { file } => file,
        }
    }

    /// Returns the folder with the other files of the output.
    fn folder(&self) -> &Path {
        match self {
            Self::Folder { folder, .. } => folder,
            Self::Scores { file } => file.parent().unwrap_or(Path::new("/")),
        }
    }
}

#[cfg(test)]
mod tests;
