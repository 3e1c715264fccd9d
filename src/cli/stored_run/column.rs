//! Columns of obs in the file of a run, and the reasons why the file or a column cannot be used.

use std::path::PathBuf;

use crate::{
    cli::context::say,
    domain::text::excerpt,
    matrix::{Column, Matrix},
    results::{Clusters, Error, clusters::ClusterFault},
};

/// The maximum number of columns listed.
const COLUMNS_LISTED: usize = 40;

/// The reasons why the run's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum FileError {
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

/// Returns the groups of a column of obs. Whole numbers are either cluster names, which is reported, or measurements,
/// which are refused.
pub(in crate::cli) fn groups(matrix: &Matrix, name: &str) -> anyhow::Result<Clusters> {
    let (column, cells) = (obs_column(matrix, name)?, matrix.cell_count());
    let grouped = Clusters::new(name, &column, cells);
    let Column::Integer(_) = column else { return Ok(grouped?) };
    let column = excerpt(name);
    let groups = match &grouped {
        Ok(clusters) => clusters.clusters.len(),
        Err(Error::Clusters { source: ClusterFault::NoLabels { values, .. }, .. }) => *values,
        Err(_) => 0,
    };
    if groups > cells / 2 {
        return Err(FileError::Measured { path: matrix.path().to_owned(), column, groups, cells }.into());
    }
    let clusters = grouped?;
    say(format_args!("the whole numbers in '{column}' are used as the names of {groups} clusters"));
    Ok(clusters)
}

/// Returns a column of obs.
pub(in crate::cli) fn obs_column(matrix: &Matrix, name: &str) -> anyhow::Result<Column> {
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
