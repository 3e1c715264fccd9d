//! The analysis module against scanpy, and with input that leaves nothing to analyze.
//!
//! The expected values are stored in `tests/parity/golden/analysis.json`. If `CASTUI_PARITY_SCANPY` names a Python with
//! the packages of `tests/python/scanpy.in`, scanpy computes them anew (`tests/parity/analysis.py`).

#![allow(clippy::unwrap_used)] // a test that cannot go on should say where

use std::{ops::Range, path::Path, process::Command, sync::LazyLock};

use castui::{
    analysis::{Counts, Error, Parameters, Prepared, Step, Watch, neighbors, prepare::fit},
    chunk::ValuePolicy,
    engine::{CountChoice, CountInput},
    matrix::{self, CellBlock, GeneFrame, Matrix, RowSlice, RowSource, write_image},
};
use faer::Mat;
use serde_json::Value;

/// The number of components in the stored values.
const COMPONENTS: usize = 20;

static GOLDEN: LazyLock<Value> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let golden = root.join("golden/analysis.json");
    if let Some(python) = std::env::var_os("CASTUI_PARITY_SCANPY") {
        assert!(
            Command::new(python).arg(root.join("analysis.py")).arg(&golden).status().unwrap().success(),
            "see above"
        );
    }
    serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap()
});

/// A dense matrix in memory.
struct Dense(Vec<Vec<f32>>);

impl RowSource for Dense {
    fn cell_count(&self) -> usize {
        self.0.len()
    }

    fn gene_count(&self) -> usize {
        self.0.first().map_or(0, Vec::len)
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, matrix::Error> {
        let mut slice = RowSlice { first_cell: cells.start, indptr: vec![0], ..RowSlice::default() };
        for row in &self.0[cells] {
            for (gene, &value) in (0u32..).zip(row).filter(|(_, value)| **value != 0.0) {
                slice.indices.push(gene);
                slice.data.push(value);
            }
            slice.indptr.push(slice.indices.len());
        }
        Ok(slice)
    }
}

/// Returns the counts of `generated` in `tests/parity/analysis.py`.
fn generated(cells: u64, genes: u64) -> Dense {
    let count = |i: u64, j: u64| {
        let j = if j >= genes - 2 { j - (genes - 12) } else { j };
        let product = |value: u64, factor: u64| value.wrapping_mul(factor);
        let mut noise = product(i, 2_654_435_761).wrapping_add(product(j, 40_503));
        noise = noise.wrapping_add(product(i * j, 2_246_822_519)) & 0xffff_ffff;
        noise = product(noise ^ (noise >> 15), 2_246_822_519) & 0xffff_ffff;
        noise = (noise ^ (noise >> 13)) % 1000;
        let level = 1 + j * j % 7 + if i % 5 == j % 5 { j % 23 } else { 0 };
        if noise < level * 40 { (1 + noise % level) as f32 } else { 0.0 }
    };
    Dense((0..cells).map(|i| (0..genes).map(|j| count(i, j)).collect()).collect())
}

fn parameters(n_top_genes: usize, n_pcs: usize) -> Parameters {
    Parameters { n_top_genes, n_pcs, ..Parameters::default() }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    for (place, (found, expected)) in found.iter().zip(expected).enumerate() {
        let found = if found.is_nan() { 0.0 } else { *found };
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1.0), "{place}: {found} {expected}");
    }
}

/// Compares genes, components and neighbors with the stored values.
fn agree(found: &Prepared, expected: &Value) {
    let genes = &found.genes;
    let selected: Vec<f64> = genes.selected.iter().map(|gene| f64::from(*gene)).collect();
    assert_eq!(selected, numbers(&expected["selected"]));
    let mut order: Vec<usize> = (0..genes.means.len()).filter(|gene| !genes.dispersions_norm[*gene].is_nan()).collect();
    order.sort_by(|a, b| genes.dispersions_norm[*b].total_cmp(&genes.dispersions_norm[*a]));
    assert_eq!(order.iter().map(|gene| *gene as f64).collect::<Vec<_>>(), numbers(&expected["order"]));
    assert_near(&genes.means, &numbers(&expected["means"]), 1e-6);
    assert_near(&genes.dispersions_norm, &numbers(&expected["dispersions_norm"]), 1e-5);
    assert_near(&found.variances, &numbers(&expected["variances"]), 1e-4);
    let loadings = |values: &[f64]| Mat::from_fn(selected.len(), COMPONENTS, |i, j| values[i * COMPONENTS + j]);
    let ours: Vec<f64> = found.projection.loadings.iter().map(|value| f64::from(*value)).collect();
    let (ours, theirs) = (loadings(&ours), loadings(&numbers(&expected["loadings"])));
    // The sine is exact for small angles, unlike the cosine.
    let rest = &theirs - &ours * (ours.transpose() * &theirs);
    let sine = rest.singular_values().unwrap().into_iter().fold(0.0, f64::max);
    assert!(sine < 1e-3, "the sine of the largest principal angle is {sine}");
    for component in 0..COMPONENTS {
        let cosine: f64 = (0..selected.len()).map(|i| ours[(i, component)] * theirs[(i, component)]).sum();
        assert!(cosine > 0.999, "component {component} has the sign and direction of scanpy's: {cosine}");
    }
    let graph = neighbors::exact(&found.coordinates, 14, Watch::default().of(Step::Neighbors)).unwrap();
    for (cell, theirs) in expected["neighbors"].as_array().unwrap().iter().enumerate() {
        let ours: Vec<f64> = graph.neighbors(cell).iter().map(|near| f64::from(*near)).collect();
        assert_eq!(ours, numbers(theirs), "neighbors of cell {cell}");
    }
}

fn of_demo(parameters: &Parameters) -> Prepared {
    let matrix = Matrix::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/reference.h5ad")).unwrap();
    let input = CountInput::of(&matrix, &CountChoice::default()).unwrap();
    let rows = input.rows(&matrix).unwrap();
    fit(&input.counts(&*rows), parameters, Watch::default()).unwrap()
}

#[test]
fn genes_components_and_neighbors_of_the_demo_equal_those_of_scanpy() {
    agree(&of_demo(&parameters(150, COMPONENTS)), &GOLDEN["demo"]);
}

#[test]
fn genes_components_and_neighbors_of_generated_counts_equal_those_of_scanpy() {
    let source = generated(400, 500);
    let found = fit(&Counts::new(&source), &parameters(120, COMPONENTS), Watch::default()).unwrap();
    agree(&found, &GOLDEN["generated"]);
}

#[test]
fn components_of_scaled_genes_equal_those_of_scanpy() {
    let found = of_demo(&Parameters { max_value: Some(10.0), ..parameters(150, COMPONENTS) });
    assert_ne!(GOLDEN["demo"]["clipped"], 0, "some values are clipped");
    assert_near(&found.variances, &numbers(&GOLDEN["demo"]["variances_scaled"]), 1e-4);
    // The projection of the rows gives the same variances.
    for (component, variance) in found.variances.iter().enumerate() {
        let values = || found.coordinates.iter().map(|row| f64::from(row[component]));
        let squares = values().map(|value| value * value).sum::<f64>();
        assert!((squares / 478.0 - variance).abs() < 1e-4 * variance, "{component}");
    }
}

fn prepare(rows: Vec<Vec<f32>>) -> Result<Prepared, Error> {
    fit(&Counts::new(&Dense(rows)), &parameters(2000, 50), Watch::default())
}

#[test]
fn counts_without_variation_are_an_error() {
    // An empty cell differs from the others, so even a single gene varies.
    let of_one_gene = prepare(vec![vec![3.0], vec![5.0], vec![0.0], vec![1.0]]).unwrap();
    assert_eq!(of_one_gene.coordinates.components(), 1);
    assert!(of_one_gene.coordinates.values().iter().all(|value| value.is_finite()));
    for rows in [
        vec![vec![3.0], vec![5.0], vec![7.0]],
        vec![vec![1.0, 2.0, 3.0]; 5],
        vec![vec![0.0, 0.0]; 5],
        vec![vec![1.0, 3.0], vec![2.0, 6.0], vec![5.0, 15.0]],
    ] {
        let error = prepare(rows).unwrap_err();
        assert!(matches!(error, Error::NoVariance), "{error}");
        assert!(error.to_string().starts_with("no gene varies"));
    }
}

#[test]
fn too_few_cells_and_impossible_parameters_are_errors() {
    for rows in [vec![], vec![vec![1.0, 2.0]]] {
        let error = prepare(rows).unwrap_err();
        assert!(error.to_string().contains("at least 2 are needed"), "{error}");
    }
    let source = generated(20, 30);
    for (n_top_genes, n_pcs, name) in [(0, 5, "n_top_genes"), (100_000, 5, "n_top_genes"), (10, 0, "n_pcs")] {
        let error = fit(&Counts::new(&source), &parameters(n_top_genes, n_pcs), Watch::default()).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{name} must be between 1 and")), "{error}");
    }
}

#[test]
fn duplicate_and_empty_cells_and_constant_genes_give_finite_coordinates() {
    let mut rows = generated(30, 40).0;
    rows.extend(rows[..10].to_vec());
    rows.extend(vec![vec![0.0; 40]; 5]);
    rows.iter_mut().for_each(|row| row.extend([0.0, 0.0]));
    let found = prepare(rows).unwrap();
    assert!(found.coordinates.values().iter().all(|value| value.is_finite()));
    assert!(found.coordinates.components() <= 30, "duplicates and empty cells do not raise the rank");
    assert_eq!(found.totals[40..], [0.0; 5]);
    let graph = neighbors::exact(&found.coordinates, 4, Watch::default().of(Step::Neighbors)).unwrap();
    assert_eq!(graph.neighbors(44), [40, 41, 42, 43], "empty cells are each other's neighbors");
    assert_eq!((graph.neighbors(0)[0], graph.distances(0)[0]), (30, 0.0), "so are duplicates");
}

/// Returns a file with three cells of these values, for two human genes and one of a mouse.
fn file(data: [f32; 9]) -> Matrix {
    let genes = ["ENSG00000000003", "ENSG00000000005", "ENSMUSG00000000001"].map(str::to_owned);
    let (indptr, indices, totals) = ([0, 3, 6, 9], [0, 1, 2, 0, 1, 2, 0, 1, 2], [1.0; 3]);
    let block = CellBlock { first_cell: 0, indptr: &indptr, indices: &indices, data: &data, totals: &totals };
    Matrix::from_image("three cells", write_image(&GeneFrame::new(&genes, None), &block).unwrap()).unwrap()
}

#[test]
fn the_counts_of_a_file_are_chosen_by_the_rules_of_a_run() {
    let matrix = file([1.0, 5.0, 100.0, 4.0, 2.0, 200.0, 3.0, 3.0, 300.0]);
    let input = CountInput::of(&matrix, &CountChoice::default()).unwrap();
    assert_eq!(input.source, matrix::CountSource::X);
    let rows = input.rows(&matrix).unwrap();
    let found = fit(&input.counts(&*rows), &parameters(2000, 50), Watch::default()).unwrap();
    assert_eq!(found.totals, [6.0; 3], "genes of another species do not count");
    let normalized = file([0.5, 1.25, 0.7, 1.5, 0.3, 0.2, 0.9, 1.1, 0.4]);
    let error = CountInput::of(&normalized, &CountChoice::default()).err().unwrap();
    assert!(error.to_string().starts_with("the file has no raw counts: X has"), "{error}");
    let any = CountChoice { values: ValuePolicy::NonNegative, ..CountChoice::default() };
    assert_eq!(CountInput::of(&normalized, &any).unwrap().policy, ValuePolicy::NonNegative);
    let layer = CountChoice { matrix: Some(matrix::CountSource::Layer("counts".to_owned())), ..CountChoice::default() };
    let error = CountInput::of(&matrix, &layer).err().unwrap();
    assert_eq!(error.to_string(), "the file has no layers/counts");
}

#[test]
fn a_canceled_analysis_stops() {
    let source = generated(20, 30);
    let watch = Watch::new(&|_| {}, &|| true);
    assert!(matches!(fit(&Counts::new(&source), &parameters(10, 5), watch), Err(Error::Canceled)));
}
