//! Exports in any format.

use std::path::{Path, PathBuf};

use super::{
    CopyContent, CopyPaths, Existing, Format, LabelOptions, annotated_h5ad_with, cell_table, dataset_table,
    inferred_labels, match_table, official,
    official::response_name,
    response,
    tools::{self, Sources},
};
use crate::{
    domain::OperationKind,
    matrix::RankedGenes,
    results::{Error, Results, Unreadable},
    store::Run,
};

/// The target of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file, or the folder of the official files.
    pub path: PathBuf,
    /// The path that must not exist yet.
    pub watched: PathBuf,
}

/// A request to write an export.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The format.
    pub format: Format,
    /// The file, or the folder of the official files.
    pub path: &'a Path,
    /// The treatment of existing files. The official files are always replaced.
    pub existing: Existing,
    /// The current path of the run's input. Only the annotated copy needs it.
    pub input: &'a Path,
    /// The exported cells and the rules of their calls.
    pub labels: LabelOptions<'a>,
    /// The marker genes of groups for the annotated copy.
    pub markers: Option<&'a RankedGenes>,
}

impl Target {
    /// Returns the target of an export whose output path is a file or a folder.
    pub fn of(format: Format, kind: OperationKind, output: &Path) -> Self {
        let (path, watched) = match (format.file_name(kind), format) {
            (None, Format::Tool(tool)) => {
                let folder = if Run::is_run(output) { output.join(tool.name()) } else { output.to_owned() };
                (folder.clone(), folder.join(tool.main_file()))
            }
            (None, _) => (output.to_owned(), output.join(response_name(kind))),
            (Some(name), _) if output.is_dir() => (output.join(name), output.join(name)),
            (Some(_), _) => (output.to_owned(), output.to_owned()),
        };
        Self { path, watched }
    }

    /// Returns whether the target can be written without replacing anything. The official files in the run's own
    /// folder may always be written again.
    pub fn is_free(&self, format: Format, run_folder: &Path) -> bool {
        let is_own_folder = format == Format::Official && self.path == run_folder;
        is_own_folder || self.watched.symlink_metadata().is_err()
    }
}

/// A written export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The written files.
    pub paths: Vec<PathBuf>,
    /// The unreadable answers of the exported cells. Those cells are left empty.
    pub unreadable: Unreadable,
}

/// Writes an export.
///
/// # Errors
/// Fails if the run or its input does not fit the format, or a file cannot be written.
pub fn write(results: &Results, request: &Request<'_>) -> Result<Written, Error> {
    let Request { format, path, existing, input, labels, markers } = request;
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
        Format::Tool(tool) => {
            let paths = tools::write(tool, results, path, Sources { labels, input, existing: *existing })?;
            return Ok(Written { paths, unreadable: results.unreadable().within(labels.cells) });
        }
        Format::AnnotatedH5ad => {
            let content = CopyContent { labels: *labels, markers: *markers };
            annotated_h5ad_with(results, CopyPaths { source: input, target: path }, *existing, &content)?;
            return Ok(Written { paths: vec![path.to_path_buf()], unreadable: results.unreadable() });
        }
    };
    Ok(Written { paths: vec![path.to_path_buf()], unreadable: found.within(labels.cells) })
}
