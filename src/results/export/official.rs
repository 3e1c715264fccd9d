//! The official client's output folder. In: a run. Out: `ontology_response.json` (or
//! `summary_statistics_response.json` or `search_response.json`), `ontology_resource.json` and `metadata.json`.
//!
//! Answers are streamed one chunk at a time and carry the file's own cell names in the file's order. Numbers keep the
//! digits that the server sent.
//!
//! Every cell of the run has an entry, because the official functions join by position. A cell without a readable
//! answer has no matches and, in ontology-aware runs, no neighbors and a `total_weight` of 0.0. `metadata.json` names
//! such cells under `missing_cells`; this key is present only if there are any.

mod entry;
mod extras;
mod list;
mod source;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

pub use crate::engine::official::response_name;

use super::sink::{self, Existing};
use crate::{
    results::{CellSet, Error, Unreadable, cell_names::cell_names, unreadable::Notes},
    store::{Run, files},
};

pub use extras::OptionalFile;
use extras::metadata;
use list::write_response;
use source::Source;

/// The written files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficialFiles {
    /// The paths of the files, the response first.
    pub paths: Vec<PathBuf>,
    /// The number of cells without a readable answer.
    pub missing_cells: usize,
    /// The answers that cannot be read.
    pub unreadable: Unreadable,
}

/// Writes the official client's output folder for a run. Files of these names are replaced. For a run that was made from
/// such output, the files equal those of the output, and a file that the output lacks is not written.
///
/// # Errors
/// Fails if a file cannot be written. Files written before stay, and each is complete.
pub fn official(run: &Run, folder: &Path) -> Result<OfficialFiles, Error> {
    official_without(run, folder, &[])
}

/// Writes the official client's output folder without some of its files. A file to be left out is still replaced if it
/// exists, because an old one would contradict the answers.
///
/// # Errors
/// Fails as [`official`] does.
pub fn official_without(run: &Run, folder: &Path, left_out: &[OptionalFile]) -> Result<OfficialFiles, Error> {
    let imported = run.manifest().imported.as_ref();
    let wanted = |file: OptionalFile| {
        let path = folder.join(file.name());
        let is_there = imported.is_none_or(|imported| match file {
            OptionalFile::OntologyResource => imported.has_ontology,
            OptionalFile::Metadata => imported.metadata.is_some(),
        });
        if !is_there {
            return None;
        }
        (!left_out.contains(&file) || path.symlink_metadata().is_ok()).then_some(path)
    };
    files::create_private_folder(folder)?;
    let names = cell_names(run)?;
    let stored = run.stored()?;
    let mut paths = vec![folder.join(response_name(run.manifest().operation.kind()))];
    let notes = Notes::default();
    let source = Source { run, names: &names, stored: &stored, notes: &notes };
    sink::write(&paths[0], Existing::Replace, |out| write_response(out, source, &CellSet::All))?;
    if let (Some(path), Some(resource)) = (wanted(OptionalFile::OntologyResource), run.ontology()?) {
        sink::write(&path, Existing::Replace, |out| Ok(out.write_all(&resource)?))?;
        paths.push(path);
    }
    let missing: Vec<&str> = source.missing_rows().map(|row| names[row].as_str()).collect();
    if let Some(path) = wanted(OptionalFile::Metadata) {
        let known = imported.and_then(|imported| imported.metadata.as_deref());
        sink::write(&path, Existing::Replace, |out| match known {
            Some(text) => Ok(out.write_all(text.as_bytes())?),
            None => metadata(out, run, &missing),
        })?;
        paths.push(path);
    }
    Ok(OfficialFiles { missing_cells: missing.len(), paths, unreadable: notes.list() })
}

/// Writes the answers of some cells in the format that the official client uses for all; see [`official`]. Returns the
/// answers that cannot be read.
///
/// # Errors
/// Fails if the file cannot be written.
pub fn response(run: &Run, path: &Path, existing: Existing, cells: &CellSet) -> Result<Unreadable, Error> {
    let (names, stored, notes) = (cell_names(run)?, run.stored()?, Notes::default());
    let source = Source { run, names: &names, stored: &stored, notes: &notes };
    sink::write(path, existing, |out| write_response(out, source, cells))?;
    Ok(notes.list())
}
