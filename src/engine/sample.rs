//! Choice of a sample of a file's cells. In: the file, reduced to the cells in question, and a request. Out: rows.

use std::{collections::BTreeSet, path::Path};

use super::{SampledMatrix, components, likely};
use crate::{
    analysis::{
        self, Coordinates, Watch,
        sample::{Choice, by_groups, sketch},
    },
    domain::{SampleBy, SampleRequest},
    matrix::{self, Column, Matrix, RowSubset, by_value},
    store::{self, Run},
};

/// The maximum number of groups of a sample. A column with more holds names rather than groups.
const MOST_GROUPS: usize = 10_000;

/// A chosen sample.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The cells to send.
    pub rows: RowSubset,
    /// The number of cells in the sample that other runs have already.
    pub already: usize,
    /// The groups that were used: clusters of a column are named by the column.
    pub by: SampleBy,
    /// The principal components of all cells, if a sketch needed them.
    pub coordinates: Option<Coordinates>,
}

/// The reasons why no sample can be chosen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// A run cannot be read.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// The principal components cannot be computed.
    #[error(transparent)]
    Analysis(#[from] analysis::Error),
    /// The column has no groups.
    #[error("the column {column} does not divide the cells into groups: {found}")]
    NoGroups {
        /// The name of the column.
        column: String,
        /// A description of its values.
        found: String,
    },
    /// A run is about another file.
    #[error("{run} is a run of another file", run = run.display())]
    OtherFile {
        /// The run folder.
        run: std::path::PathBuf,
    },
    /// Other runs have the whole sample already.
    #[error("the runs have {already} cells already, which is the whole sample; request a larger one")]
    NothingNew {
        /// The number of cells of the runs.
        already: usize,
    },
}

/// Chooses a sample. Rows of `already` are part of it, but not sent again.
///
/// # Errors
/// Fails if the column, the counts or a run cannot be read, or if nothing new is to be sent.
pub fn choose(
    file: SampledMatrix<'_>,
    request: &SampleRequest,
    already: &BTreeSet<u32>,
    watch: Watch<'_>,
) -> Result<Sample, Error> {
    let cells = file.matrix.cell_count();
    let row_in_file = |position: u32| file.matrix.row_subset().map_or(position, |rows| rows.rows()[position as usize]);
    let known: Vec<u32> = (0..cells as u32).filter(|position| already.contains(&row_in_file(*position))).collect();
    let choice = Choice { size: request.size.of(cells), already: &known, seed: request.seed };
    if choice.size <= known.len() {
        return Err(Error::NothingNew { already: known.len() });
    }
    let by = resolved(&request.by, file.matrix);
    let mut coordinates = None;
    let chosen = match &by {
        SampleBy::Column(column) => by_groups(&groups(file.matrix, column)?, request.floor, choice),
        SampleBy::Sketch | SampleBy::Clusters => {
            sketch(coordinates.insert(components::coordinates(file, watch)?), choice)
        }
    };
    let new = chosen.into_iter().filter(|position| known.binary_search(position).is_err());
    Ok(Sample { rows: RowSubset::new(new.map(row_in_file).collect()), already: known.len(), by, coordinates })
}

/// Replaces clusters by the column that likely holds them, or by a sketch without such a column.
fn resolved(by: &SampleBy, matrix: &Matrix) -> SampleBy {
    match by {
        SampleBy::Clusters => likely::clusters(&matrix.obs_columns())
            .map_or(SampleBy::Sketch, |column| SampleBy::Column(column.to_owned())),
        SampleBy::Sketch | SampleBy::Column(_) => by.clone(),
    }
}

/// Returns the group of each cell by a column, as codes.
///
/// # Errors
/// Fails if the column cannot be read, or has real numbers or too many values.
pub fn groups(matrix: &Matrix, name: &str) -> Result<Vec<Option<u32>>, Error> {
    Ok(named_groups(matrix, name)?.0)
}

/// Returns the group of each cell by a column, and the names of the groups.
///
/// # Errors
/// Fails if the column cannot be read, or has real numbers or too many values.
pub fn named_groups(matrix: &Matrix, name: &str) -> Result<(Vec<Option<u32>>, Vec<String>), Error> {
    let refuse = |found: String| Error::NoGroups { column: crate::domain::text::excerpt(name), found };
    let (names, codes) = match matrix.obs_column(name)? {
        Column::Categorical { codes, categories } => (categories, codes),
        Column::Text(values) => by_value(&values, String::clone),
        Column::Integer(values) => by_value(&values, i64::to_string),
        Column::Boolean(values) => by_value(&values, bool::to_string),
        Column::Real(_) => return Err(refuse("it has real numbers".to_owned())),
    };
    let distinct = codes.iter().flatten().collect::<BTreeSet<_>>().len();
    match distinct {
        0 => Err(refuse("it has no values".to_owned())),
        // More groups than pairs of cells: the column names cells, or measures them.
        _ if distinct > MOST_GROUPS || distinct * 2 > codes.len().max(2) => {
            Err(refuse(format!("it has {distinct} different values")))
        }
        _ => Ok((codes, names)),
    }
}

/// Returns the rows in the file of the cells of runs of the same file.
///
/// # Errors
/// Fails if a run cannot be read or is about another file.
pub fn rows_of_runs<'a>(
    runs: impl Iterator<Item = &'a Path>,
    file: &store::Fingerprint,
) -> Result<BTreeSet<u32>, Error> {
    let mut rows = BTreeSet::new();
    for folder in runs {
        let run = Run::open(folder)?;
        if !run.manifest().input.fingerprint.same_content(file) {
            return Err(Error::OtherFile { run: folder.to_owned() });
        }
        match run.kept_rows()? {
            Some(kept) => rows.extend(kept),
            None => rows.extend(0..run.manifest().input.cells as u32),
        }
    }
    Ok(rows)
}
