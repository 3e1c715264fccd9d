//! Shared parts of commands on stored runs: the run, its file, and the cells without an answer.

use std::{
    path::{Path, PathBuf},
    sync::Once,
};

use super::{
    Exit, call_rule,
    context::say,
    obs_options::{RunFileArguments, remember, report_matches, report_remembered},
    remedy,
};
use crate::{
    config::{Environment, Paths},
    domain::{Ontology, OperationKind, shell, text::excerpt},
    engine::{default_folders_with_runs, official, run_file},
    matrix::{self, Column, Matrix, ObsTables},
    results::{CallOptions, CellSet, Clusters, Results, Unreadable, infer::Inferred},
    store::{Run, TableState, view},
    tui::view_state::ViewState,
};

/// The maximum number of names listed; the others are counted.
const LISTED: usize = 5;
/// The maximum number of columns listed.
const COLUMNS_LISTED: usize = 40;

/// A run and the path of its file.
#[derive(Debug, clap::Args)]
pub(super) struct RunArguments {
    /// Run folder, or output of the official client: a folder with ontology_response.json, or an .h5ad with scores
    #[arg(value_name = "RUN")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub file: RunFileArguments,
}

/// The reasons why a path is not a run folder.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// The path does not exist.
    #[error("there is no run folder {path}", path = path.display())]
    Absent {
        /// The path.
        path: PathBuf,
    },
    /// The path is a file with a run next to it.
    #[error("{path} is {what}, not a run folder; its run is {run}", path = path.display(), run = run.display())]
    FileOfRun {
        /// The path.
        path: PathBuf,
        /// The kind of file, with an article.
        what: &'static str,
        /// The folder of its run.
        run: PathBuf,
    },
    /// The path is output of the official client, which is only read.
    #[error("{path} is output of the official client, which is only read; `castui annotate FILE` makes a run that can be resumed", path = path.display())]
    ReadOnly {
        /// The path.
        path: PathBuf,
    },
    /// The path is a file without a run next to it.
    #[error("{path} is {what}, not a run folder; `castui annotate {word}` makes one", path = path.display(), word = shell::path(path))]
    File {
        /// The path.
        path: PathBuf,
        /// The kind of file, with an article.
        what: &'static str,
    },
}

/// Returns whether a path is that of a run folder or of a folder of the official client.
pub(super) fn is_run_folder(path: &Path) -> bool {
    Run::is_run(path) || path.is_dir() && official::is_output(path)
}

/// Returns whether a command that also accepts files with counts reads a path as a run. Folders may have counts, too,
/// as Cell Ranger and Zarr write them. Any other folder is read as a run, which explains what it lacks.
pub(super) fn is_run(path: &Path) -> bool {
    is_run_folder(path) || path.is_dir() && matrix::resolve(path).is_err()
}

/// Opens a run folder, or output of the official client.
///
/// # Errors
/// Fails with [`FolderError`] if the path is not a folder, or if the run cannot be read.
pub(super) fn open_run(path: &Path) -> anyhow::Result<Run> {
    let owned = || path.to_owned();
    if let Some(run) = official::open(path, &Paths::new(&Environment::process()).cache)? {
        return Ok(run);
    }
    if path.is_file() {
        let run = default_folders_with_runs(path).into_iter().next();
        let what = match path.extension().and_then(|extension| extension.to_str()) {
            Some("h5ad" | "h5" | "h5mu" | "loom" | "mtx") => "a file with counts",
            Some(_) | None => "a file",
        };
        return Err(match run {
            Some(run) => FolderError::FileOfRun { path: owned(), what, run }.into(),
            None => FolderError::File { path: owned(), what }.into(),
        });
    }
    if !path.exists() {
        return Err(FolderError::Absent { path: owned() }.into());
    }
    Ok(Run::open(path)?)
}

/// The reasons why the run's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// The file does not exist.
    #[error("the run's file {path} is gone; name its new place with --input FILE", path = path.display())]
    Gone {
        /// The former path.
        path: PathBuf,
    },
    /// The file has different cells.
    #[error("{path} does not have the cells of {run} in their order; name the run's file with --input FILE", path = path.display(), run = run.display())]
    OtherCells {
        /// The file.
        path: PathBuf,
        /// The run folder.
        run: PathBuf,
    },
    /// The column holds measurements instead of cluster names.
    #[error("the column '{column}' of {path} is numeric: {groups} different numbers in {cells} cells are not clusters; choose a categorical column", path = path.display())]
    Measured {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The number of different values.
        groups: usize,
        /// The number of cells of the file.
        cells: usize,
    },
    /// The argument names a group instead of a column.
    #[error("'{given}' names one group; name the column alone: {column}")]
    OneGroup {
        /// The given argument.
        given: String,
        /// The column.
        column: String,
    },
    /// The column does not exist.
    #[error("{path} has no column '{column}' in obs; it has: {columns}", path = path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The requested column.
        column: String,
        /// The existing columns.
        columns: String,
    },
}

/// The results of a run and the current path of its file.
#[derive(Debug)]
pub(super) struct StoredRun {
    /// The results.
    pub results: Results,
    file: PathBuf,
    /// Done once the tables that the run remembers are reported, when the file is first needed.
    report: Once,
    /// Done once the matches of changed tables are reported.
    matches: Once,
}

impl RunArguments {
    /// Opens the run. The file is opened only when it is needed.
    pub fn open(&self) -> anyhow::Result<StoredRun> {
        StoredRun::open(&self.folder, &self.file)
    }
}

impl StoredRun {
    /// Opens a run. Its file is opened only when it is needed, or to report the matches of tables.
    pub fn open(folder: &Path, file: &RunFileArguments) -> anyhow::Result<Self> {
        Self::with_tables(folder, file.input.as_deref(), file.tables()?)
    }

    /// Opens a run whose file is at `input`, or at the original path. `tables` are joined to the file and remembered;
    /// `None` joins those that the run remembers.
    pub fn with_tables(folder: &Path, input: Option<&Path>, tables: Option<ObsTables>) -> anyhow::Result<Self> {
        let run = open_run(folder)?;
        let is_named = tables.as_ref().is_some_and(|tables| !tables.is_empty());
        let run = match tables {
            Some(tables) => run.with_tables(tables),
            None => run,
        };
        let results = Results::open(&run)?;
        let file = input.map_or_else(|| results.run().input_path(), Path::to_owned);
        let opened = Self { results, file, report: Once::new(), matches: Once::new() };
        if is_named {
            let matrix = opened.matrix()?;
            report_matches(&matrix, run.tables())?;
            remember(&run, &matrix);
        }
        Ok(opened)
    }

    /// Returns the path of the file. Fails if the file does not exist.
    pub fn file(&self) -> Result<&Path, FileError> {
        if !self.file.exists() {
            return Err(FileError::Gone { path: self.file.clone() });
        }
        self.report.call_once(|| report_remembered(self.results.run()));
        Ok(&self.file)
    }

    /// Returns the path of the file, which may be gone.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Returns the ontology of the answers; `None` if the run has none.
    pub fn ontology(&self) -> Option<&Ontology> {
        self.results.ontology().ok().map(AsRef::as_ref)
    }

    /// Opens the file. Columns may have been added since the run, but the cells must be the same.
    pub fn matrix(&self) -> anyhow::Result<Matrix> {
        let matrix = run_file::open(self.results.run(), self.file()?)?;
        self.report_changed(&matrix);
        let names = matrix.cell_names()?;
        if names.iter().map(String::as_str).eq(self.results.names().iter()) {
            return Ok(matrix);
        }
        Err(FileError::OtherCells { path: self.file.clone(), run: self.results.run().folder().to_owned() }.into())
    }

    /// Reports the matches of remembered tables that have changed, once.
    fn report_changed(&self, matrix: &Matrix) {
        let run = self.results.run();
        let remembered = run.joined().remembered.iter();
        let changed = remembered.filter(|(_, state)| matches!(state, TableState::Changed));
        let paths: Vec<&Path> = changed.map(|(table, _)| table.reference.path.as_path()).collect();
        if paths.is_empty() {
            return;
        }
        self.matches.call_once(|| {
            let sources = matrix.added().sources.iter().filter(|source| paths.contains(&source.path.as_path()));
            sources.for_each(|source| say(format_args!("{}", remedy::matched(source))));
        });
    }

    /// Returns a column of obs.
    pub fn column(&self, name: &str) -> anyhow::Result<Column> {
        obs_column(&self.matrix()?, name)
    }

    /// Returns the groups of a column of obs.
    pub fn clusters(&self, name: &str) -> anyhow::Result<Clusters> {
        groups(&self.matrix()?, name)
    }

    /// Returns the stored inferred calls of the cells that were not sent. They must have been made by the same rule.
    pub fn inferred(&self, calls: &CallOptions) -> anyhow::Result<Inferred> {
        Ok(Inferred::of_file(&self.results, self.file()?, calls)?)
    }

    /// Warns of the selected cells without an answer.
    pub fn warn_of_missing(&self, cells: &CellSet) {
        let missing: Vec<usize> = self.results.missing().into_iter().flat_map(|rows| cells.within(rows)).collect();
        if missing.is_empty() {
            return;
        }
        let names: Vec<String> =
            missing.iter().take(LISTED).map(|row| excerpt(self.results.names().get(*row))).collect();
        let more = if missing.len() > LISTED { ", …" } else { "" };
        say(format_args!(
            "warning: {} of {} cells have no answer and are left empty: {}{more}; `castui resume {}` sends them",
            missing.len(),
            cells.count_within(0..self.results.cell_count()),
            names.join(", "),
            shell::path(self.results.run().folder())
        ));
    }
}

impl StoredRun {
    /// Mentions the selected cells whose answers have terms outside of the run's ontology, if it has one.
    pub fn mention_unplaced_terms(&self, cells: &CellSet) {
        let count = self.results.cells_with_unplaced_terms(cells).unwrap_or(0);
        if count > 0 {
            say(format_args!(
                "note: the answers for {count} of {} cells have terms that are not in the run's ontology; these terms are \
                 left out of calls, trees and tables of calls",
                cells.count_within(0..self.results.cell_count())
            ));
        }
    }

    /// Mentions that the interface last showed the run with other calls: another rule, threshold or restriction.
    pub fn mention_view(&self, used: &CallOptions) {
        let folder = self.results.run().folder();
        let Some(view) = view::read(folder).filter(|_| self.results.kind() == OperationKind::OntologyAware) else {
            return;
        };
        let shown = ViewState::read(&view).thresholds().call_options();
        // The interface has no choice of depths and shows three calls.
        let same = CallOptions { top_k: shown.top_k, depth: shown.depth, ..used.clone() };
        if shown != same {
            let arguments: Vec<String> = call_rule::arguments(&shown.settings()).iter().map(shell::quoted).collect();
            let same = if arguments.is_empty() { "the defaults".to_owned() } else { arguments.join(" ") };
            say(format_args!(
                "note: the interface last showed {} with calls at {}; this command uses {} ({same} for the same)",
                folder.display(),
                shown.describe(self.ontology()),
                used.describe(self.ontology()),
            ));
        }
    }

    /// Warns of stored answers that cannot be read. Returns the exit code of a command that processed all other cells.
    pub fn exit_with(&self, unreadable: &Unreadable) -> Exit {
        if unreadable.is_empty() {
            return Exit::Ok;
        }
        let folder = shell::path(self.results.run().folder());
        for answer in unreadable.iter().take(LISTED) {
            let (first, last) = (answer.rows.start, answer.rows.end.saturating_sub(1));
            say(format_args!(
                "warning: {} cannot be read: {}; rows {first} to {last} are left empty",
                answer.path.display(),
                answer.why
            ));
        }
        if let Some(more) = unreadable.len().checked_sub(LISTED).filter(|more| *more > 0) {
            say(format_args!("warning: {more} further answers cannot be read"));
        }
        say(format_args!(
            "{} of {} cells therefore have no answer; `castui resume {folder}` requests them again",
            unreadable.cells(&CellSet::All),
            self.results.cell_count()
        ));
        Exit::Partial
    }
}

/// Returns the groups of a column of obs. Whole numbers are either cluster names, which is reported, or measurements,
/// which are refused.
pub(super) fn groups(matrix: &Matrix, name: &str) -> anyhow::Result<Clusters> {
    let (column, cells) = (obs_column(matrix, name)?, matrix.cell_count());
    let clusters = Clusters::new(name, &column, cells)?;
    if let Column::Integer(_) = column {
        let (column, groups) = (excerpt(name), clusters.clusters.len());
        if groups > cells / 2 {
            return Err(FileError::Measured { path: matrix.path().to_owned(), column, groups, cells }.into());
        }
        say(format_args!("the whole numbers in '{column}' are used as the names of {groups} clusters"));
    }
    Ok(clusters)
}

/// Returns a column of obs.
pub(super) fn obs_column(matrix: &Matrix, name: &str) -> anyhow::Result<Column> {
    let columns = matrix.obs_columns();
    if columns.iter().any(|column| column.name == name) {
        return Ok(matrix.obs_column(name)?);
    }
    let column = name.split_once('=').map(|(column, _)| column);
    if let Some(column) = column.filter(|named| columns.iter().any(|column| column.name == **named)) {
        return Err(FileError::OneGroup { given: excerpt(name), column: excerpt(column) }.into());
    }
    let mut known: Vec<String> = columns.iter().take(COLUMNS_LISTED).map(|column| excerpt(&column.name)).collect();
    if columns.len() > COLUMNS_LISTED {
        known.push("…".into());
    }
    let columns = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(FileError::NoColumn { path: matrix.path().to_owned(), column: excerpt(name), columns }.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_with_counts_are_not_runs() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        make("cells.h5ad", "");
        make("outs/filtered_feature_bc_matrix.h5", "");
        make("sample/outs/filtered_feature_bc_matrix/matrix.mtx.gz", "");
        make("mex/matrix.mtx", "");
        make("v3.zarr/zarr.json", "{}");
        make("v2.zarr/.zgroup", "{}");
        for name in ["cells.h5ad", "outs", "sample", "mex", "v3.zarr", "v2.zarr", "absent"] {
            assert!(!is_run(&folder.path().join(name)), "{name}");
        }
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert!(is_run(&folder.path().join("empty")));
    }
}
