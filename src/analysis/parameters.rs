//! Parameters of an analysis.

/// Parameters of an analysis. Names and defaults are scanpy's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// The number of highly variable genes.
    pub n_top_genes: usize,
    /// The largest standardized value, if genes are scaled to unit variance before the components are computed, as by
    /// scanpy's `scale`; `None` leaves them as they are.
    pub max_value: Option<f32>,
    /// The number of principal components.
    pub n_pcs: usize,
    /// The number of neighbors of a cell in the graph. As in scanpy, the cell itself is one of them.
    pub n_neighbors: usize,
    /// The resolution of the clusters: higher values give more clusters.
    pub resolution: f64,
    /// The minimum distance of points in the map.
    pub min_dist: f64,
    /// The seed of all random numbers.
    pub random_state: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            n_top_genes: 2000,
            max_value: None,
            n_pcs: 50,
            n_neighbors: 15,
            resolution: 1.0,
            min_dist: 0.5,
            random_state: 0,
        }
    }
}
