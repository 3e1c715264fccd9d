//! Shared parts of commands on stored runs: the run, its file, and the cells without an answer.

mod column;
mod folder;
mod notes;

use std::{
    path::{Path, PathBuf},
    sync::Once,
};

use super::obs_options::{RunFileArguments, remember, report_matches, report_remembered};
use crate::{
    domain::Ontology,
    engine::run_file,
    matrix::{Column, Matrix, ObsTables},
    results::{CallOptions, Clusters, Results, infer::Inferred},
};

pub(super) use column::{FileError, groups, obs_column};
pub(super) use folder::{FolderError, is_run, is_run_folder, open_run};

/// A run and the path of its file.
#[derive(Debug, clap::Args)]
pub(super) struct RunArguments {
    /// Run folder, or output of the official client: a folder with ontology_response.json, or an .h5ad with scores
    #[arg(value_name = "RUN")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub file: RunFileArguments,
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
}
