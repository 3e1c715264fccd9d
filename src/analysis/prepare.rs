//! From counts to principal components. In: counts and parameters. Out: coordinates, and the map from a cell's counts
//! to its coordinates.

use std::ops::RangeInclusive;

use faer::Mat;

use crate::matrix::RowSlice;

use super::{
    Coordinates, Counts, Error, Parameters, Step, Watch,
    counts::NormalizedRows,
    pca::{self, gram::Gram},
    variable_genes::{self, Spread, VariableGenes},
    watch::Stage,
};

/// The accepted numbers of variable genes. The covariance matrix of the largest takes 512 MiB.
const GENES: RangeInclusive<usize> = 1..=8192;

/// The accepted numbers of components.
const COMPONENTS: RangeInclusive<usize> = 1..=1000;

/// The maximum size in bytes of the entries of the selected genes in memory. If they take more, they are read from the
/// file again.
const CACHE: usize = 512 << 20;

/// A linear map from a cell's log-normalized counts to its coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// The row of each gene in `loadings`, or [`Projection::NONE`] for a gene without influence.
    pub slots: Vec<u32>,
    /// The largest value of each selected gene that makes a difference.
    pub caps: Vec<f32>,
    /// The number of components.
    pub components: usize,
    /// The loadings, selected genes × components, row by row.
    pub loadings: Vec<f32>,
    /// The image of the mean cell, subtracted to center the points.
    pub offset: Vec<f64>,
}

/// The result of preparing a matrix.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The coordinates of the cells.
    pub coordinates: Coordinates,
    /// The map from counts to coordinates.
    pub projection: Projection,
    /// The variable genes.
    pub genes: VariableGenes,
    /// The variance of each component.
    pub variances: Vec<f64>,
    /// The sum of each cell's counts.
    pub totals: Vec<f64>,
}

/// Computes the coordinates of all cells; see [`fit`].
///
/// # Errors
/// Fails under the same conditions as [`fit`].
pub fn prepare(counts: &Counts<'_>, parameters: &Parameters, watch: Watch<'_>) -> Result<Coordinates, Error> {
    Ok(fit(counts, parameters, watch)?.coordinates)
}

/// Normalizes counts, selects variable genes and computes principal components. Reads the matrix twice, or three times
/// if the selected genes do not fit into memory.
///
/// # Errors
/// Fails if the counts cannot be read or do not vary, if there is only one cell, if a parameter is out of range, or if
/// the analysis was canceled.
pub fn fit(counts: &Counts<'_>, parameters: &Parameters, watch: Watch<'_>) -> Result<Prepared, Error> {
    check("n_top_genes", parameters.n_top_genes, GENES)?;
    check("n_pcs", parameters.n_pcs, COMPONENTS)?;
    if counts.cells() < 2 {
        return Err(Error::TooFewCells { cells: counts.cells(), needed: 2 });
    }
    let mut genes = variable_genes::select(counts, parameters.n_top_genes, watch.of(Step::VariableGenes))?;
    genes.selected.truncate(*GENES.end());
    genes.spreads.truncate(*GENES.end());
    let scaling = Scaling::new(&genes.spreads, parameters.max_value);
    let selection = Selection { slots: slots(counts.genes(), &genes.selected), caps: scaling.caps };
    let read = Selected::read(counts, &selection, watch.of(Step::Components))?;
    let mut covariance = read.gram.covariance();
    pca::scale(&mut covariance, &scaling.factors);
    let mut components = pca::components(&covariance, parameters.n_pcs, parameters.random_state)?;
    for column in components.loadings.col_iter_mut() {
        column.iter_mut().zip(&scaling.factors).for_each(|(loading, factor)| *loading *= factor);
    }
    let projection = Projection::new(selection, &components.loadings, &read.gram.means());
    let values = match &read.cache {
        Some(windows) => windows.iter().flat_map(|window| projection.project_slots(window)).collect(),
        None => project_all(counts, &projection, watch.of(Step::Components))?,
    };
    let coordinates = Coordinates::new(projection.components, values);
    Ok(Prepared { coordinates, projection, genes, variances: components.variances, totals: read.totals })
}

fn check(name: &'static str, value: usize, accepted: RangeInclusive<usize>) -> Result<(), Error> {
    let (least, most) = (*accepted.start(), *accepted.end());
    if accepted.contains(&value) { Ok(()) } else { Err(Error::Parameter { name, value, least, most }) }
}

fn slots(genes: usize, selected: &[u32]) -> Vec<u32> {
    let mut slots = vec![Projection::NONE; genes];
    (0u32..).zip(selected).for_each(|(slot, gene)| slots[*gene as usize] = slot);
    slots
}

/// The scaling of genes to unit variance, if it is requested.
struct Scaling {
    factors: Vec<f64>,
    caps: Vec<f32>,
}

impl Scaling {
    fn new(spreads: &[Spread], max_value: Option<f32>) -> Self {
        let Some(most) = max_value else {
            return Self { factors: vec![1.0; spreads.len()], caps: vec![f32::INFINITY; spreads.len()] };
        };
        let factor = |spread: &Spread| if spread.deviation > 0.0 { 1.0 / spread.deviation } else { 0.0 };
        let cap = |spread: &Spread| (spread.mean + f64::from(most) * spread.deviation) as f32;
        Self { factors: spreads.iter().map(factor).collect(), caps: spreads.iter().map(cap).collect() }
    }
}

/// The selected genes: the slot of each gene, and the largest value of each slot.
struct Selection {
    slots: Vec<u32>,
    caps: Vec<f32>,
}

/// The selected genes of all cells.
struct Selected {
    gram: Gram,
    totals: Vec<f64>,
    /// The rows, with slots for genes; `None` if they would take too much memory.
    cache: Option<Vec<RowSlice>>,
}

impl Selected {
    fn read(counts: &Counts<'_>, selection: &Selection, stage: Stage<'_>) -> Result<Self, Error> {
        let Selection { slots, caps } = selection;
        let mut found = Self { gram: Gram::new(caps.len()), totals: Vec::new(), cache: Some(Vec::new()) };
        let mut size = 0;
        let read = |window: NormalizedRows| (select(&window.rows, slots, caps), window.totals);
        counts.for_each_window(stage, read, |windows| {
            let (windows, totals): (Vec<_>, Vec<_>) = windows.into_iter().unzip();
            found.gram.add(&windows.iter().collect::<Vec<_>>());
            found.totals.extend(totals.into_iter().flatten());
            size += windows.iter().map(|window| window.data.len() * 8).sum::<usize>();
            found.cache = found.cache.take().filter(|_| size <= CACHE);
            if let Some(cache) = &mut found.cache {
                cache.extend(windows);
            }
        })?;
        Ok(found)
    }
}

/// Returns the entries of the selected genes, with slots for genes.
fn select(rows: &RowSlice, slots: &[u32], caps: &[f32]) -> RowSlice {
    let mut selected = RowSlice { first_cell: rows.first_cell, indptr: vec![0], ..RowSlice::default() };
    for (genes, values) in rows.iter() {
        for (&gene, &value) in genes.iter().zip(values) {
            let slot = slots[gene as usize];
            if slot != Projection::NONE {
                selected.indices.push(slot);
                selected.data.push(value.min(caps[slot as usize]));
            }
        }
        selected.indptr.push(selected.indices.len());
    }
    selected.indices.shrink_to_fit();
    selected.data.shrink_to_fit();
    selected
}

fn project_all(counts: &Counts<'_>, projection: &Projection, stage: Stage<'_>) -> Result<Vec<f32>, Error> {
    let mut values = Vec::with_capacity(counts.cells() * projection.components);
    let read =
        |window: NormalizedRows| projection.project_slots(&select(&window.rows, &projection.slots, &projection.caps));
    counts.for_each_window(stage, read, |windows| windows.iter().for_each(|window| values.extend(window)))?;
    Ok(values)
}

impl Projection {
    /// The slot of a gene that is not selected.
    pub const NONE: u32 = u32::MAX;

    fn new(Selection { slots, caps }: Selection, loadings: &Mat<f64>, means: &[f64]) -> Self {
        let (genes, components) = (loadings.nrows(), loadings.ncols());
        let offset = (0..components).map(|j| (0..genes).map(|i| means[i] * loadings[(i, j)]).sum()).collect();
        let rows = (0..genes).flat_map(|i| (0..components).map(move |j| (i, j)));
        let loadings = rows.map(|place| loadings[place] as f32).collect();
        Self { slots, caps, components, loadings, offset }
    }

    /// Returns the number of selected genes.
    pub fn selected(&self) -> usize {
        self.loadings.len() / self.components
    }

    /// Appends the coordinates of a cell, given by its genes and their log-normalized values.
    pub fn project(&self, genes: &[u32], values: &[f32], coordinates: &mut Vec<f32>) {
        let slots = genes.iter().map(|gene| self.slots[*gene as usize]);
        self.add(slots.zip(values.iter().copied()).filter(|(slot, _)| *slot != Projection::NONE), coordinates);
    }

    fn project_slots(&self, rows: &RowSlice) -> Vec<f32> {
        let mut coordinates = Vec::with_capacity(rows.len() * self.components);
        for (slots, values) in rows.iter() {
            self.add(slots.iter().copied().zip(values.iter().copied()), &mut coordinates);
        }
        coordinates
    }

    fn add(&self, entries: impl Iterator<Item = (u32, f32)>, coordinates: &mut Vec<f32>) {
        let mut sum: Vec<f64> = self.offset.iter().map(|offset| -offset).collect();
        for (slot, value) in entries {
            let loadings = &self.loadings[slot as usize * self.components..][..self.components];
            let value = f64::from(value.min(self.caps[slot as usize]));
            sum.iter_mut().zip(loadings).for_each(|(sum, loading)| *sum += value * f64::from(*loading));
        }
        coordinates.extend(sum.into_iter().map(|value| value as f32));
    }
}
