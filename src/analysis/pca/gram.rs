//! The covariance of the selected genes, accumulated in one pass over the cells.
//!
//! Each thread owns some rows of the matrix and sees the cells in order, so no sum depends on the number of threads.
//! The rows of a panel, two megabytes for 2,000 genes, stay in a core's cache.

use faer::Mat;
use rayon::prelude::*;

use crate::matrix::RowSlice;

/// The number of rows that a thread processes at once.
const PANEL: usize = 125;

/// Sums over cells of the products of all pairs of genes.
pub struct Gram {
    genes: usize,
    cells: usize,
    sums: Vec<f64>,
    /// Genes × genes, row by row; only the upper triangle is used.
    products: Vec<f64>,
}

impl Gram {
    /// Creates sums over no cells.
    pub fn new(genes: usize) -> Self {
        Self { genes, cells: 0, sums: vec![0.0; genes], products: vec![0.0; genes * genes] }
    }

    /// Adds cells.
    pub fn add(&mut self, windows: &[&RowSlice]) {
        let rows = || windows.iter().flat_map(|window| window.iter());
        self.cells += windows.iter().map(|window| window.len()).sum::<usize>();
        for (genes, values) in rows() {
            genes.iter().zip(values).for_each(|(gene, value)| self.sums[*gene as usize] += f64::from(*value));
        }
        let panels = self.products.par_chunks_mut(PANEL * self.genes.max(1)).enumerate();
        panels.for_each(|(panel, products)| {
            rows().for_each(|(genes, values)| add_cell(products, panel * PANEL, self.genes, Entries { genes, values }));
        });
    }

    /// Returns the mean of each gene.
    pub fn means(&self) -> Vec<f64> {
        self.sums.iter().map(|sum| sum / self.cells.max(1) as f64).collect()
    }

    /// Returns the sample covariance.
    pub fn covariance(&self) -> Mat<f64> {
        let means = self.means();
        let cells = self.cells as f64;
        let entry = |i: usize, j: usize| {
            let (low, high) = (i.min(j), i.max(j));
            (self.products[low * self.genes + high] - cells * means[i] * means[j]) / (cells - 1.0).max(1.0)
        };
        Mat::from_fn(self.genes, self.genes, entry)
    }
}

/// The entries of a cell.
struct Entries<'a> {
    genes: &'a [u32],
    values: &'a [f32],
}

/// Adds the products of a cell to the rows of a panel.
fn add_cell(products: &mut [f64], first: usize, row_length: usize, cell: Entries<'_>) {
    let Entries { genes, values } = cell;
    let start = genes.partition_point(|gene| (*gene as usize) < first);
    let end = genes.partition_point(|gene| (*gene as usize) < first + PANEL);
    for i in start..end {
        let row = &mut products[(genes[i] as usize - first) * row_length..][..row_length];
        let factor = f64::from(values[i]);
        for (gene, value) in genes[i..].iter().zip(&values[i..]) {
            row[*gene as usize] += factor * f64::from(*value);
        }
    }
}
