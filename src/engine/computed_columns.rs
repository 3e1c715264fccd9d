//! The clusters and the map of a run that castui computed and stored, as a column of obs and an embedding of obsm.

use std::path::Path;

use crate::{
    matrix::{Added, Column},
    store::{Fingerprint, Run, StoredAnalysis},
};

/// The name of the column of obs with the clusters.
pub const CLUSTER_COLUMN: &str = "castui_leiden";
/// The name of the embedding in obsm with the map.
pub const MAP_NAME: &str = "X_castui_umap";

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
