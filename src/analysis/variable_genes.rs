//! Highly variable genes, as found by scanpy's `highly_variable_genes` with flavor `seurat` (Satija et al. 2015,
//! doi:10.1038/nbt.3192). In: counts. Out: the dispersion of each gene, and the selected genes.
//!
//! The dispersion of a gene is the variance of its normalized counts divided by their mean. Genes are put into
//! 20 bins of equal width by the logarithm of their mean. The logarithms of the dispersions are standardized within
//! each bin.

use super::{Counts, Error, counts::NormalizedRows, watch::Stage};

/// The number of bins of mean expression.
const BINS: usize = 20;

/// The relative spread of the ends of the first bin, so that it includes the smallest mean (as in `pandas.cut`).
const MARGIN: f64 = 0.001;

/// The mean that replaces 0 in the denominator of a dispersion.
const SMALLEST_MEAN: f64 = 1e-12;

/// The variance relative to the squared mean that counts as rounding error of `f32`.
const ROUNDING: f64 = 1e-12;

/// The variability of all genes, and the selection of the most variable ones. A value that is undefined is NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableGenes {
    /// The logarithm of one plus the mean of the normalized counts, for each gene.
    pub means: Vec<f64>,
    /// The logarithm of each gene's dispersion; NaN for a constant gene.
    pub dispersions: Vec<f64>,
    /// The dispersion relative to genes of a similar mean.
    pub dispersions_norm: Vec<f64>,
    /// The selected genes, ascending.
    pub selected: Vec<u32>,
    /// The mean and the standard deviation of each selected gene's log-normalized counts.
    pub spreads: Vec<Spread>,
}

/// The distribution of a gene's log-normalized counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// Reads all counts and selects genes. Genes that tie with the last selected gene are selected too, as in scanpy.
///
/// # Errors
/// Fails if the counts cannot be read, if no gene varies, or if the analysis was canceled.
pub fn select(counts: &Counts<'_>, n_top_genes: usize, stage: Stage<'_>) -> Result<VariableGenes, Error> {
    let mut values = Moments::new(counts.genes());
    let mut logarithms = Moments::new(counts.genes());
    // scanpy reverts the logarithm in the same way.
    let read = |window: NormalizedRows| {
        [f32::exp_m1 as fn(f32) -> f32, std::convert::identity]
            .map(|value: fn(f32) -> f32| Moments::of(counts.genes(), &window, value))
    };
    counts.for_each_window(stage, read, |windows| {
        for [more_values, more_logarithms] in &windows {
            values.add(more_values);
            logarithms.add(more_logarithms);
        }
    })?;
    VariableGenes::of(&values, &logarithms, n_top_genes)
}

/// Sums over cells of each gene's values and of their squares.
#[derive(Clone, Debug)]
struct Moments {
    cells: usize,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    fn new(genes: usize) -> Self {
        Self { cells: 0, sums: vec![0.0; genes], squares: vec![0.0; genes] }
    }

    fn of(genes: usize, window: &NormalizedRows, value: fn(f32) -> f32) -> Self {
        let mut moments = Self { cells: window.rows.len(), ..Self::new(genes) };
        for (&gene, logarithm) in window.rows.indices.iter().zip(&window.rows.data) {
            let value = f64::from(value(*logarithm));
            moments.sums[gene as usize] += value;
            moments.squares[gene as usize] += value * value;
        }
        moments
    }

    fn add(&mut self, other: &Self) {
        self.cells += other.cells;
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, more)| *sum += more);
        self.squares.iter_mut().zip(&other.squares).for_each(|(sum, more)| *sum += more);
    }

    fn mean(&self, gene: usize) -> f64 {
        self.sums[gene] / self.cells as f64
    }

    /// Returns the sample variance, or 0 if it is only rounding error.
    fn variance(&self, gene: usize) -> f64 {
        let cells = self.cells as f64;
        let mean = self.mean(gene);
        let variance = (self.squares[gene] - cells * mean * mean) / (cells - 1.0);
        if variance > ROUNDING * mean * mean { variance } else { 0.0 }
    }
}

impl VariableGenes {
    fn of(moments: &Moments, logarithms: &Moments, n_top_genes: usize) -> Result<Self, Error> {
        let genes = moments.sums.len();
        let means: Vec<f64> = (0..genes).map(|gene| moments.mean(gene).max(SMALLEST_MEAN)).collect();
        let dispersion = |gene: usize| match moments.variance(gene) / means[gene] {
            dispersion if dispersion > 0.0 => dispersion.ln(),
            _ => f64::NAN,
        };
        let dispersions: Vec<f64> = (0..genes).map(dispersion).collect();
        let means: Vec<f64> = means.into_iter().map(f64::ln_1p).collect();
        let dispersions_norm = standardize(&dispersions, &bins(&means));
        let selected = most_variable(&dispersions_norm, n_top_genes);
        if selected.is_empty() {
            return Err(Error::NoVariance);
        }
        let spread = |gene: &u32| {
            let gene = *gene as usize;
            Spread { mean: logarithms.mean(gene), deviation: logarithms.variance(gene).sqrt() }
        };
        let spreads = selected.iter().map(spread).collect();
        Ok(Self { means, dispersions, dispersions_norm, selected, spreads })
    }
}

/// Returns the bin of each mean, as `pandas.cut` with a number of bins.
fn bins(means: &[f64]) -> Vec<usize> {
    let (mut least, mut most) = means
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), mean| (least.min(*mean), most.max(*mean)));
    let margin = if least == most { 0.0 } else { (most - least) * MARGIN };
    if least == most {
        least -= MARGIN * least.abs();
        most += MARGIN * most.abs();
    }
    let step = (most - least) / BINS as f64;
    let mut edges: Vec<f64> = (0..=BINS).map(|edge| edge as f64 * step + least).collect();
    edges[0] -= margin;
    edges[BINS] = most;
    means.iter().map(|mean| edges.partition_point(|edge| edge < mean).clamp(1, BINS) - 1).collect()
}

/// Standardizes the dispersions within each bin. A dispersion alone in its bin becomes 1.
fn standardize(dispersions: &[f64], bins: &[usize]) -> Vec<f64> {
    let mut members = vec![Vec::new(); BINS];
    for (dispersion, bin) in dispersions.iter().zip(bins).filter(|(dispersion, _)| !dispersion.is_nan()) {
        members[*bin].push(*dispersion);
    }
    let of_bin = |members: &Vec<f64>| {
        let mean = members.iter().sum::<f64>() / members.len() as f64;
        let squares: f64 = members.iter().map(|dispersion| (dispersion - mean).powi(2)).sum();
        match members.len() {
            1 => (0.0, mean),
            count => (mean, (squares / (count as f64 - 1.0)).sqrt()),
        }
    };
    let statistics: Vec<(f64, f64)> = members.iter().map(of_bin).collect();
    dispersions
        .iter()
        .zip(bins)
        .map(|(dispersion, bin)| (dispersion - statistics[*bin].0) / statistics[*bin].1)
        .collect()
}

/// Returns the genes whose dispersion is at least the `count`-th highest one, in order.
fn most_variable(dispersions: &[f64], count: usize) -> Vec<u32> {
    let mut descending: Vec<f64> = dispersions.iter().copied().filter(|dispersion| !dispersion.is_nan()).collect();
    descending.sort_unstable_by(|a, b| b.total_cmp(a));
    let Some(cutoff) = descending.get(count.min(descending.len()).saturating_sub(1)) else { return Vec::new() };
    (0u32..).zip(dispersions).filter(|(_, dispersion)| *dispersion >= cutoff).map(|(gene, _)| gene).collect()
}
