//! Options for tables that are joined to the cells of a file, and for the file of a run.

use std::path::{Path, PathBuf};

use super::{context::say, remedy};
use crate::{
    domain::shell,
    matrix::{
        Matrix, ObsTable, ObsTables,
        obs_table::{CoordinateColumns, KeyColumn},
    },
};

/// Options for tables that are joined to the cells of a file.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ObsArguments {
    /// Table to join to the cells: CSV or TSV with barcodes in the first column; its columns are then columns of obs. May
    /// be repeated
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
}

/// The error of a table without any of the cells.
#[derive(Debug, thiserror::Error)]
#[error("{0}; the table is not about these cells, or its barcodes are in another column (--obs-key COLUMN)")]
pub(super) struct NoSuchCells(String);

impl RunFileArguments {
    /// Returns the options as quoted words of a command line.
    pub fn words(&self) -> Vec<String> {
        let ObsArguments { obs, obs_key, obs_embedding } = &self.obs;
        let mut words: Vec<String> = self.input.iter().map(|path| shell::option("--input", path)).collect();
        words.extend(obs.iter().map(|table| shell::option("--obs", table)));
        words.extend(obs_key.iter().map(|column| shell::option("--obs-key", column)));
        words.extend(
            obs_embedding
                .iter()
                .map(|columns| shell::option("--obs-embedding", format!("{},{}", columns.x, columns.y))),
        );
        words
    }
}

impl ObsArguments {
    /// Returns whether no table is named.
    pub fn is_empty(&self) -> bool {
        self.obs.is_empty()
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
