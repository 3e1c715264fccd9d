//! Clusters and a map of the cells of a file or of a run. In: counts. Out: the clusters, stored in the run's folder.

use std::path::Path;

use super::{CountChoice, CountInput, count_input, run_file};
use crate::{
    analysis::{self, Clustering, Parameters, Watch, WithMap},
    matrix::{self, Added, Column, Matrix},
    store::{self, Fingerprint, Run, StoredAnalysis, StoredParameters},
};

/// The name of the column of obs with the clusters.
pub const CLUSTER_COLUMN: &str = "castui_leiden";
/// The name of the embedding in obsm with the map.
pub const MAP_NAME: &str = "X_castui_umap";

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

/// Returns the stored analysis of a run if it belongs to the current content of the run's file.
pub fn stored(run: &Run, path: &Path) -> Option<StoredAnalysis> {
    let analysis = StoredAnalysis::read(run.folder(), run.manifest().input.cells)?;
    let now = Fingerprint::of(path).ok()?;
    now.same_content(&analysis.input).then_some(analysis)
}

/// Returns an analysis as a column and an embedding with one entry per place, which holds the cell of the analysis. The
/// column has the categories 0, 1 and so on, by decreasing size.
pub fn computed(analysis: &StoredAnalysis, places: &[Option<usize>]) -> Added {
    let count = analysis.clusters.iter().max().map_or(0, |largest| largest + 1);
    let column = Column::Categorical {
        codes: places.iter().map(|cell| cell.map(|cell| analysis.clusters[cell])).collect(),
        categories: (0..count).map(|cluster| cluster.to_string()).collect(),
    };
    let points = |points: &Vec<[f32; 2]>| {
        let point = |cell: &Option<usize>| cell.map_or([f32::NAN; 2], |cell| points[cell]);
        (MAP_NAME.to_owned(), places.iter().map(point).collect())
    };
    Added {
        columns: vec![(CLUSTER_COLUMN.to_owned(), column)],
        embeddings: analysis.map.iter().map(points).collect(),
        sources: Vec::new(),
    }
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
