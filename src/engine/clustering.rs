//! Clusters and a map of the cells of a file or of a run. In: counts. Out: the clusters, stored in the run's folder.

use std::path::Path;

pub use super::computed_columns::{CLUSTER_COLUMN, MAP_NAME, stored};
use super::{CountChoice, CountInput, count_input, run_file};
use crate::{
    analysis::{self, Clustering, Parameters, Watch, WithMap},
    matrix::{self, Matrix},
    store::{self, Fingerprint, Run, StoredAnalysis, StoredParameters},
};

/// The options of a clustering.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterOptions {
    /// The parameters.
    pub parameters: Parameters,
    /// Whether a map is made.
    pub with_map: WithMap,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self { parameters: Parameters::default(), with_map: WithMap::Yes }
    }
}

/// An error that prevents the clustering.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The analysis failed.
    #[error(transparent)]
    Analysis(#[from] analysis::Error),
    /// The file cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// The run's file cannot be opened.
    #[error("{0}")]
    File(#[from] run_file::Error),
    /// The result cannot be stored.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// The file cannot be accessed.
    #[error("cannot read {path}", path = path.display())]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not the one that the run was made with.
    #[error("{path} has changed since the run; clusters of other cells or counts cannot be stored with it", path = path.display())]
    Changed {
        /// The file.
        path: std::path::PathBuf,
    },
    /// The file has no usable counts.
    #[error("{path} cannot be clustered", path = path.display())]
    Counts {
        /// The file.
        path: std::path::PathBuf,
        /// The cause.
        source: Box<count_input::Error>,
    },
}

/// Returns whether a failed clustering was canceled by the user.
pub fn is_canceled(error: &Error) -> bool {
    matches!(error, Error::Analysis(analysis::Error::Canceled))
}

/// Computes clusters of a run's cells and stores them in its folder. `path` is the current path of the run's file.
///
/// # Errors
/// Fails if the file has changed or cannot be read, if the analysis fails, or if the folder is not writable.
pub fn cluster_run(
    run: &Run,
    path: &Path,
    options: &ClusterOptions,
    watch: Watch<'_>,
) -> Result<StoredAnalysis, Error> {
    let matrix = run_file::open(run, path)?;
    let input = &run.manifest().input;
    let before = fingerprint(path)?;
    if !before.same_content(&input.fingerprint) || matrix.cells_in_file() != input.cells_in_file() {
        return Err(Error::Changed { path: path.to_owned() });
    }
    let counts = CountInput::known(&matrix, &input.count_matrix, input.value_policy())?;
    let Clustering { clusters, map } = cluster(&matrix, &counts, options, watch)?;
    // The file may have been written to during the analysis.
    if !fingerprint(path)?.same_content(&before) {
        return Err(Error::Changed { path: path.to_owned() });
    }
    let parameters = stored_parameters(&options.parameters);
    let analysis = StoredAnalysis { input: before, parameters, clusters: clusters.of_cell, map };
    analysis.write(run.folder())?;
    Ok(analysis)
}

/// Computes clusters of all cells of a file and returns them with the names of the cells.
///
/// # Errors
/// Fails if the file cannot be read or has no counts, or if the analysis fails.
pub fn cluster_file(
    path: &Path,
    options: &ClusterOptions,
    watch: Watch<'_>,
) -> Result<(Vec<String>, Clustering), Error> {
    let matrix = Matrix::open(path)?;
    let CountInput { source, policy, .. } =
        CountInput::of(&matrix, &CountChoice::default()).map_err(|source| unusable(path, source))?;
    let names = matrix.cell_names()?;
    // The same genes as in clusters of a run.
    let counts = CountInput::known(&matrix, &source, policy)?;
    Ok((names, cluster(&matrix, &counts, options, watch)?))
}

fn cluster(
    matrix: &Matrix,
    counts: &CountInput,
    options: &ClusterOptions,
    watch: Watch<'_>,
) -> Result<Clustering, Error> {
    let rows = counts.rows(matrix)?;
    Ok(analysis::cluster(&counts.counts(&*rows), &options.parameters, options.with_map, watch)?)
}

fn unusable(path: &Path, error: count_input::Error) -> Error {
    match error {
        count_input::Error::Matrix(error) => error.into(),
        count_input::Error::Missing { .. } | count_input::Error::NoMatrix | count_input::Error::NotCounts { .. } => {
            Error::Counts { path: path.to_owned(), source: Box::new(error) }
        }
    }
}

fn fingerprint(path: &Path) -> Result<Fingerprint, Error> {
    Fingerprint::of(path).map_err(|source| Error::Io { path: path.to_owned(), source })
}

fn stored_parameters(parameters: &Parameters) -> StoredParameters {
    let Parameters { n_top_genes, n_pcs, n_neighbors, resolution, min_dist, random_state, max_value: _ } = *parameters;
    StoredParameters { n_top_genes, n_pcs, n_neighbors, resolution, min_dist, random_state }
}
