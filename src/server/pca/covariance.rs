//! The covariance of genes as an operator on blocks of vectors, applied in one pass over the cells.
//!
//! Cells are processed in blocks, and each block is transposed to gene-major order. The vectors, tens of megabytes,
//! are then read sequentially once per block. Only the scores of the block's cells, which fit into a core's cache, are
//! accessed in random order.

use faer::{Mat, MatRef};
use rayon::prelude::*;

use crate::server::counts::PackedCounts;

/// The number of vectors that a thread processes at once.
const PANEL: usize = 16;

/// The number of cells per block; their scores take 64 kB per panel.
const BLOCK: usize = 512;

/// The number of blocks transposed together.
const BATCH: usize = 8;

type Panel = Vec<[f64; PANEL]>;

/// The operator `C = (A - 1μᵀ)ᵀ (A - 1μᵀ) / n` for log-normalized counts `A` of `n` cells with means `μ`.
pub struct Covariance<'a> {
    counts: &'a PackedCounts,
    means: Vec<f64>,
}

/// A panel of vectors with the operator's partial result.
struct Work {
    vectors: Panel,
    offset: [f64; PANEL],
    result: Panel,
    scores_sum: [f64; PANEL],
}

/// The entries of some cells in gene-major order.
struct Block {
    cells: usize,
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl<'a> Covariance<'a> {
    /// Computes the means.
    pub fn new(counts: &'a PackedCounts) -> Self {
        let mut means = vec![0.0; counts.gene_count()];
        let mut row = Vec::new();
        for cell in 0..counts.cell_count() {
            counts.decode(cell, &mut row);
            row.iter().for_each(|&(gene, value)| means[gene as usize] += f64::from(value));
        }
        means.iter_mut().for_each(|sum| *sum /= counts.cell_count().max(1) as f64);
        Self { counts, means }
    }

    /// Returns the mean of each gene.
    pub fn into_means(self) -> Vec<f64> {
        self.means
    }

    /// Applies the operator to the columns of a matrix. Each panel of columns belongs to one thread and sees the cells
    /// in order, so no sum depends on the number of threads.
    pub fn apply(&self, vectors: MatRef<'_, f64>) -> Mat<f64> {
        let starts = (0..vectors.ncols()).step_by(PANEL);
        let mut panels: Vec<_> = starts.map(|start| Work::new(panel(vectors, start), &self.means)).collect();
        let firsts: Vec<usize> = (0..self.counts.cell_count()).step_by(BLOCK).collect();
        for firsts in firsts.chunks(BATCH) {
            let blocks: Vec<Block> = firsts.par_iter().map(|&first| Block::transpose(self.counts, first)).collect();
            panels.par_iter_mut().for_each(|work| blocks.iter().for_each(|block| work.add(block)));
        }
        let cells = self.counts.cell_count() as f64;
        let results: Vec<Panel> = panels.into_par_iter().map(|work| work.finish(&self.means, cells)).collect();
        Mat::from_fn(vectors.nrows(), vectors.ncols(), |gene, j| results[j / PANEL][gene][j % PANEL])
    }
}

impl Work {
    fn new(vectors: Panel, means: &[f64]) -> Self {
        let mut offset = [0.0; PANEL];
        vectors.iter().zip(means).for_each(|(vector, mean)| add_scaled(&mut offset, *mean, vector));
        Self { result: vec![[0.0; PANEL]; vectors.len()], vectors, offset, scores_sum: [0.0; PANEL] }
    }

    /// Adds `Σ a (a - μ)ᵀ V` over the cells `a` of a block.
    fn add(&mut self, block: &Block) {
        add_block(self, block);
    }

    /// Subtracts `μ Σ (a - μ)ᵀ V` and divides by the number of cells.
    fn finish(mut self, means: &[f64], cells: f64) -> Panel {
        for (sums, mean) in self.result.iter_mut().zip(means) {
            add_scaled(sums, -mean, &self.scores_sum);
            sums.iter_mut().for_each(|sum| *sum /= cells);
        }
        self.result
    }
}

/// Adds a block; see [`Work::add`]. Also compiled for wider vectors, selected at run time; the sums are the same.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn add_block(work: &mut Work, block: &Block) {
    let mut scores = vec![work.offset.map(|offset| -offset); block.cells];
    for (vector, entries) in work.vectors.iter().zip(block.genes()) {
        // The copy stays in registers, because the compiler knows that it does not alias a score.
        let vector = *vector;
        for &(cell, value) in entries {
            let score = &mut scores[cell as usize];
            *score = plus_scaled(*score, f64::from(value), &vector);
        }
    }
    scores.iter().for_each(|scores| add_scaled(&mut work.scores_sum, 1.0, scores));
    for (sums, entries) in work.result.iter_mut().zip(block.genes()) {
        *sums = entries
            .iter()
            .fold(*sums, |sums, &(cell, value)| plus_scaled(sums, f64::from(value), &scores[cell as usize]));
    }
}

impl Block {
    /// Decodes the cells from `first` on and sorts their entries by gene with a counting sort.
    fn transpose(counts: &PackedCounts, first: usize) -> Self {
        let last = counts.cell_count().min(first + BLOCK);
        let (mut row, mut by_cell) = (Vec::new(), Vec::new());
        let mut starts = vec![0; counts.gene_count() + 1];
        for cell in first..last {
            counts.decode(cell, &mut row);
            row.iter().for_each(|&(gene, _)| starts[gene as usize + 1] += 1);
            by_cell.extend(row.iter().map(|&(gene, value)| (gene, (cell - first) as u32, value)));
        }
        for gene in 1..starts.len() {
            starts[gene] += starts[gene - 1];
        }
        let mut ends = starts.clone();
        let mut entries = vec![(0, 0.0); by_cell.len()];
        for (gene, cell, value) in by_cell {
            let end = &mut ends[gene as usize];
            entries[*end] = (cell, value);
            *end += 1;
        }
        Self { cells: last - first, starts, entries }
    }

    fn genes(&self) -> impl Iterator<Item = &[(u32, f32)]> {
        self.starts.windows(2).map(|ends| &self.entries[ends[0]..ends[1]])
    }
}

/// Returns columns from `start` in row order, padded with zeros.
fn panel(vectors: MatRef<'_, f64>, start: usize) -> Panel {
    let value = |gene, column| if column < vectors.ncols() { vectors[(gene, column)] } else { 0.0 };
    (0..vectors.nrows()).map(|gene| std::array::from_fn(|j| value(gene, start + j))).collect()
}

fn add_scaled(sum: &mut [f64; PANEL], factor: f64, values: &[f64; PANEL]) {
    *sum = plus_scaled(*sum, factor, values);
}

#[inline(always)]
fn plus_scaled(mut sum: [f64; PANEL], factor: f64, values: &[f64; PANEL]) -> [f64; PANEL] {
    for j in 0..PANEL {
        sum[j] += factor * values[j];
    }
    sum
}
