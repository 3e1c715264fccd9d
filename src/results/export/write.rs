//! An export of any format.

use std::path::{Path, PathBuf};

use super::{
    Existing, Format, LabelOptions, annotated_h5ad, cell_table, dataset_table, inferred_labels, match_table, official,
    official::response_name, response,
};
use crate::{
    domain::OperationKind,
    results::{Error, Results, Unreadable},
};

/// Where an export goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file, or the folder of the official files.
    pub path: PathBuf,
    /// What must not be there yet.
    pub watched: PathBuf,
}

/// An export to be written.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What to write.
    pub format: Format,
    /// The file, or the folder of the official files.
    pub path: &'a Path,
    /// What to do where something stands already; the official files are always replaced.
    pub existing: Existing,
    /// Where the run's file is now; only the annotated copy needs it.
    pub input: &'a Path,
    /// Which cells, with which calls.
    pub labels: LabelOptions<'a>,
}

impl Target {
    /// Where an export of a run goes that was asked into a file or a folder.
    pub fn of(format: Format, kind: OperationKind, output: &Path) -> Self {
        let (path, watched) = match format.file_name(kind) {
            None => (output.to_owned(), output.join(response_name(kind))),
            Some(name) if output.is_dir() => (output.join(name), output.join(name)),
            Some(_) => (output.to_owned(), output.to_owned()),
        };
        Self { path, watched }
    }

    /// Whether it may be written without replacing anything. What a run folder has of its own answers may be made anew
    /// at any time.
    pub fn is_free(&self, format: Format, run_folder: &Path) -> bool {
        let is_made_anew = format == Format::Official && self.path == run_folder;
        is_made_anew || self.watched.symlink_metadata().is_err()
    }
}

/// An export that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The files it consists of.
    pub paths: Vec<PathBuf>,
    /// The answers of its cells that cannot be read: those cells are left empty.
    pub unreadable: Unreadable,
}

/// Writes an export.
///
/// # Errors
/// When the run or its file is not fit for the format, or a file cannot be written.
pub fn write(results: &Results, request: &Request<'_>) -> Result<Written, Error> {
    let Request { format, path, existing, input, labels } = request;
    let found = match *format {
        Format::Official => {
            let files = official(results.run(), path)?;
            return Ok(Written { paths: files.paths, unreadable: files.unreadable });
        }
        Format::Json => response(results.run(), path, *existing, labels.cells)?,
        Format::InferredLabels => inferred_labels(results, path, *existing, labels).map(|()| results.unreadable())?,
        Format::Cells(table) => cell_table(results, path, (table, *existing), labels).map(|()| results.unreadable())?,
        Format::Matches(table) => {
            match_table(results, path, (table, *existing), labels).map(|()| results.unreadable())?
        }
        Format::Datasets(table) => {
            dataset_table(results, path, (table, *existing), labels).map(|()| results.unreadable())?
        }
        Format::AnnotatedH5ad => {
            annotated_h5ad(results, (input, path), *existing, labels)?;
            return Ok(Written { paths: vec![path.to_path_buf()], unreadable: results.unreadable() });
        }
    };
    Ok(Written { paths: vec![path.to_path_buf()], unreadable: found.within(labels.cells) })
}
