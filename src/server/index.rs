//! The search index of a reference. In: counts. Out: an embedding for queries, and the reference's points in it.

use rayon::prelude::*;

use crate::matrix::RowSource;

use super::{
    Error,
    counts::PackedCounts,
    neighbors::{Points, Searchable},
    pca::{self, Components},
};

/// The number of cells embedded together.
const BATCH: usize = 512;

/// A linear map from log-normalized counts to a few dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// The number of dimensions.
    pub dimensions: usize,
    /// The loadings, genes × dimensions, row by row.
    pub loadings: Vec<f32>,
    /// The image of the mean cell, subtracted to center the points.
    pub offset: Vec<f64>,
}

impl Embedding {
    fn new(components: &Components) -> Self {
        let (genes, dimensions) = (components.loadings.nrows(), components.loadings.ncols());
        let loading = |gene, dimension| components.loadings[(gene, dimension)] as f32;
        let loadings: Vec<f32> =
            (0..genes).flat_map(|gene| (0..dimensions).map(move |d| (gene, d))).map(|(g, d)| loading(g, d)).collect();
        let mut embedding = Self { dimensions, loadings, offset: vec![0.0; dimensions] };
        embedding.offset = embedding.sum(components.means.iter().copied().zip(0u32..).map(|(mean, gene)| (gene, mean)));
        embedding
    }

    /// Returns the number of genes that a cell must have.
    pub fn gene_count(&self) -> usize {
        self.loadings.len() / self.dimensions
    }

    /// Appends the point of a cell, given as pairs of gene and log-normalized value.
    pub fn embed(&self, row: &[(u32, f32)], points: &mut Vec<f32>) {
        let sum = self.sum(row.iter().map(|&(gene, value)| (gene, f64::from(value))));
        points.extend(sum.into_iter().zip(&self.offset).map(|(value, offset)| (value - offset) as f32));
    }

    fn sum(&self, row: impl Iterator<Item = (u32, f64)>) -> Vec<f64> {
        let mut sum = vec![0.0; self.dimensions];
        for (gene, value) in row {
            let loadings = &self.loadings[gene as usize * self.dimensions..][..self.dimensions];
            sum.iter_mut().zip(loadings).for_each(|(sum, loading)| *sum += value * f64::from(*loading));
        }
        sum
    }
}

/// The data needed for a search, and each reference cell's total count.
#[derive(Clone, Debug)]
pub struct Index {
    /// The embedding of queries.
    pub embedding: Embedding,
    /// The points of the reference cells.
    pub reference: Searchable,
    /// The sum of each reference cell's counts.
    pub totals: Vec<f64>,
}

impl Index {
    /// Reads the counts and computes the index.
    ///
    /// # Errors
    /// Fails if the matrix cannot be read, has values that are not counts, or all its cells are the same.
    pub fn build(source: &dyn RowSource) -> Result<Self, Error> {
        let counts = PackedCounts::read(source)?;
        let embedding = Embedding::new(&pca::components(&counts)?);
        let cells: Vec<usize> = (0..counts.cell_count()).collect();
        let batches: Vec<Vec<f32>> =
            cells.par_chunks(BATCH).map(|cells| embed_batch(&embedding, &counts, cells)).collect();
        let reference = Searchable::new(Points::new(embedding.dimensions, batches.concat()));
        Ok(Self { embedding, reference, totals: counts.totals().to_vec() })
    }
}

fn embed_batch(embedding: &Embedding, counts: &PackedCounts, cells: &[usize]) -> Vec<f32> {
    let mut points = Vec::with_capacity(cells.len() * embedding.dimensions);
    let mut row = Vec::new();
    for &cell in cells {
        counts.decode(cell, &mut row);
        embedding.embed(&row, &mut points);
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::fake::FakeCounts;

    #[test]
    fn points_are_centered_and_cells_of_a_kind_are_neighbors() {
        let index = Index::build(&FakeCounts::clustered(80, 400)).unwrap();
        let points = index.reference.points();
        for dimension in 0..points.dimensions() {
            let mean: f64 =
                points.values().iter().skip(dimension).step_by(points.dimensions()).map(|v| f64::from(*v)).sum::<f64>()
                    / 80.0;
            assert!(mean.abs() < 1e-4, "{mean}");
        }
        for (cell, neighbors) in index.reference.nearest(points, 10).iter().enumerate() {
            assert_eq!((neighbors[0].cell, neighbors[0].distance), (cell, 0.0));
            assert!(neighbors.iter().all(|neighbor| neighbor.cell % 4 == cell % 4));
        }
    }
}
