//! Options for tables that are joined to the cells of a file, and for the file of a run.

use std::path::{Path, PathBuf};

use super::{context::say, remedy};
use crate::{
    domain::{shell, text::clean},
    engine::run_file,
    matrix::{
        Matrix, ObsTable, ObsTables, TableReference,
        obs_table::{CoordinateColumns, KeyColumn},
    },
    store::{RememberedTable, Remembering, Run, TableState},
};

/// Options for tables that are joined to the cells of a file.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ObsArguments {
    /// Table to join to the cells: CSV or TSV with barcodes in the first column; its columns are then columns of obs. May
    /// be repeated. A run remembers its tables for later commands
    #[arg(long, value_name = "TABLE")]
    obs: Vec<PathBuf>,
    /// Column of the tables with the barcodes [default: the first]
    #[arg(long, value_name = "COLUMN", requires = "obs")]
    obs_key: Option<String>,
    /// Two columns of the tables with coordinates of the cells [default: such as UMAP_1 and UMAP_2]. May be repeated
    #[arg(long, value_name = "X,Y", requires = "obs")]
    obs_embedding: Vec<CoordinateColumns>,
}

/// Options for the file of a run.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct RunFileArguments {
    /// The run's file, if it has moved
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    #[command(flatten)]
    pub obs: ObsArguments,
    #[command(flatten)]
    pub remembered: RememberedArguments,
}

/// Options for tables that a run remembers.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct RememberedArguments {
    /// Leave out the tables that the run remembers
    #[arg(long, conflicts_with = "obs")]
    no_obs: bool,
}

impl RememberedArguments {
    /// Returns whether the option is given.
    pub fn leave_out(self) -> bool {
        self.no_obs
    }

    /// Returns the tables that replace those which a run remembers; `None` if it joins the remembered ones.
    pub fn instead(self, named: &ObsArguments) -> anyhow::Result<Option<ObsTables>> {
        let is_replaced = self.no_obs || !named.is_empty();
        is_replaced.then(|| named.read()).transpose()
    }
}

/// The error of a table without any of the cells.
#[derive(Debug, thiserror::Error)]
#[error("{0}; the table is not about these cells, or its barcodes are in another column (--obs-key COLUMN)")]
pub(super) struct NoSuchCells(String);

impl RunFileArguments {
    /// Returns the options as quoted words of a command line, with the tables that are joined to the cells of a run.
    pub fn words(&self, run: &Run) -> Vec<String> {
        let mut words: Vec<String> = self.input.iter().map(|path| shell::option("--input", path)).collect();
        words.extend(table_words(&run.table_references()));
        words.extend(self.remembered.no_obs.then(|| "--no-obs".to_owned()));
        words
    }

    /// Returns the tables that replace those which the run remembers; `None` if it joins the remembered ones.
    pub fn tables(&self) -> anyhow::Result<Option<ObsTables>> {
        self.remembered.instead(&self.obs)
    }
}

/// Returns the options for tables as quoted words of a command line. The tables have the same options, as those of one
/// command.
pub(super) fn table_words(tables: &[TableReference]) -> Vec<String> {
    let mut words: Vec<String> = tables.iter().map(|table| shell::option("--obs", &table.path)).collect();
    let Some(first) = tables.first() else { return words };
    if let KeyColumn::Named(column) = &first.key {
        words.push(shell::option("--obs-key", column));
    }
    let embedding = |columns: &CoordinateColumns| format!("{},{}", columns.x, columns.y);
    words.extend(first.coordinates.iter().map(|columns| shell::option("--obs-embedding", embedding(columns))));
    words
}

impl ObsArguments {
    /// Returns whether no table is named.
    pub fn is_empty(&self) -> bool {
        self.obs.is_empty()
    }

    /// Reads the tables; returns `None` if no table is named.
    pub fn tables(&self) -> anyhow::Result<Option<ObsTables>> {
        (!self.is_empty()).then(|| self.read()).transpose()
    }

    /// Reads the tables.
    pub fn read(&self) -> anyhow::Result<ObsTables> {
        let key = self.obs_key.clone().map_or(KeyColumn::First, KeyColumn::Named);
        let tables = self.obs.iter().map(|path| Ok(ObsTable::read(path, &key, &self.obs_embedding)?));
        tables.collect()
    }

    /// Opens a file, joins the tables and reports the matches.
    pub fn open(&self, path: &Path) -> anyhow::Result<Matrix> {
        let tables = self.read()?;
        let matrix = Matrix::open(path)?.with_tables(&tables);
        report_matches(&matrix, &tables)?;
        Ok(matrix)
    }
}

/// Reports the matches of tables that are joined to a file.
///
/// # Errors
/// Fails if a table has none of the cells.
pub(super) fn report_matches(matrix: &Matrix, tables: &ObsTables) -> Result<(), NoSuchCells> {
    for source in matrix.added().sources.iter().filter(|source| tables.have(source)) {
        if source.found == 0 {
            return Err(NoSuchCells(remedy::matched(source)));
        }
        say(format_args!("{}", remedy::matched(source)));
    }
    Ok(())
}

/// Remembers the tables that the user named for a run, once they are known to have its cells. Failures are reported.
pub(super) fn remember(run: &Run, matrix: &Matrix) {
    let before = run.remembered_tables();
    let tables = run.tables();
    let folder = run.folder().display();
    match run.remember_tables(tables, &matrix.added().sources) {
        Ok(Remembering::Done) => {
            let now = run.remembered_tables();
            let is_kept = |table: &RememberedTable| now.iter().any(|now| now.reference.path == table.reference.path);
            for table in before.iter().filter(|table| !is_kept(table)) {
                say(format_args!(
                    "note: {} is no longer joined to {folder}; repeat --obs for each table to join several",
                    table.reference.path.display()
                ));
            }
        }
        Ok(Remembering::ForeignFolder) => {
            say(format_args!("note: {folder} is another user's folder, so the tables are not remembered"));
        }
        Ok(Remembering::NotFiles) => {
            say(format_args!("note: a table that is a pipe cannot be read again, so the tables are not remembered"));
        }
        Err(error) => say(format_args!("warning: the tables are not remembered: {}", remedy::sentence(&error))),
    }
}

/// Joins the tables that the user named to a run that has just begun, and remembers them.
pub(super) fn join(run: Run, input: &Path, tables: Option<&ObsTables>) {
    let Some(tables) = tables.filter(|tables| !tables.is_empty()) else { return };
    let run = run.with_tables(tables.clone());
    // The checks of the run describe a file that cannot be opened better.
    if let Ok(matrix) = run_file::open(&run, input) {
        remember(&run, &matrix);
    }
}

/// Reports the tables that a run remembers, and those of them that are not joined anymore.
pub(super) fn report_remembered(run: &Run) {
    run.joined().remembered.iter().for_each(|(table, state)| say(format_args!("{}", about(run, table, state))));
}

/// Describes a table that a run remembers.
pub(super) fn about(run: &Run, table: &RememberedTable, state: &TableState) -> String {
    let RememberedTable { reference, found, cells, .. } = table;
    let path = reference.path.display();
    let forget = || {
        format!("name another one with --obs, or remove {} to forget it", run.folder().join("tables.json").display())
    };
    let words = match state {
        TableState::Unchanged => {
            format!("{path} is joined as before: {found} of {cells} cells (--no-obs leaves it out)")
        }
        TableState::Changed => format!(
            "note: {path} has changed since it was joined; its current content is used (--obs {} accepts it, --no-obs \
             leaves it out)",
            shell::path(&reference.path)
        ),
        TableState::Gone => {
            format!("warning: {path}, which was joined to this run, is gone; put it back, {}", forget())
        }
        TableState::Unreadable(error) => {
            format!(
                "warning: a table that was joined to this run is left out: {}; {}",
                remedy::sentence(error),
                forget()
            )
        }
        TableState::Foreign => format!(
            "note: {} was copied or belongs to another user, so the table that it names is not read; --obs {} joins it",
            run.folder().display(),
            shell::path(&reference.path)
        ),
    };
    clean(&words).into_owned()
}
