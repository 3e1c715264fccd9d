//! Measures the local service's index of a large reference: building, opening, searching, and the calls compared with
//! those of an exact search.
//!
//! `cargo bench --bench reference -- generate FILE.h5ad [CELLS]` writes a labeled reference of 36,601 genes, by default of
//! a million cells (about 7 GB). `cargo bench --bench reference -- measure FILE.h5ad [EXACT_UP_TO]` builds its index.
//!
//! The cells are of 25 types in 6 lineages. The expected counts of a cell are a random mixture of four programs of its
//! type, so that types are continuous and overlap.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on says where")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use castui::{
    analysis::{
        Coordinates, Search,
        counts::Scale,
        lists::Parts,
        neighbors::{Nearest, Searchable},
    },
    domain::{CellOntology, OntologyAwareOptions},
    matrix::{CellBlock, FileWriter, GeneFrame, hdf5_thread},
    results::{
        CallOptions, CellScores,
        calls::{CallRule, Caller},
    },
    server::{IndexOptions, Reference},
};
use hdf5::types::VarLenUnicode;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

const GENES: usize = 36_601;
const TYPES: [&str; 25] = [
    "CL:0000057",
    "CL:0000066",
    "CL:0000084",
    "CL:0000097",
    "CL:0000115",
    "CL:0000127",
    "CL:0000128",
    "CL:0000129",
    "CL:0000192",
    "CL:0000232",
    "CL:0000233",
    "CL:0000235",
    "CL:0000236",
    "CL:0000451",
    "CL:0000540",
    "CL:0000542",
    "CL:0000576",
    "CL:0000623",
    "CL:0000624",
    "CL:0000625",
    "CL:0000738",
    "CL:0000767",
    "CL:0000771",
    "CL:0000775",
    "CL:0000786",
];
const LINEAGES: usize = 6;
const PROGRAMS: usize = 4;
/// The median number of counts of a cell.
const DEPTH: f64 = 5500.0;
/// The number of cells generated at a time.
const BLOCK: usize = 1000;
/// The number of query cells.
const QUERIES: usize = 1000;
/// The seed of the query cells; those of the reference are below.
const QUERY_SEED: u64 = 1 << 40;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["generate", path] => generate(Path::new(path), 1_000_000),
        ["generate", path, cells] => generate(Path::new(path), cells.parse().unwrap()),
        ["measure", path] => measure(Path::new(path), IndexOptions::EXACT_UP_TO),
        ["measure", path, exact_up_to] => measure(Path::new(path), exact_up_to.parse().unwrap()),
        _ => println!("reference: name what to do, see its documentation"),
    }
}

/// A distribution of genes, to be sampled in constant time (Walker 1977).
struct Program {
    keep: Vec<f32>,
    alias: Vec<u32>,
}

impl Program {
    fn new(shares: &[f64]) -> Self {
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let mut left: Vec<f64> = shares.iter().map(|share| share / mean).collect();
        let (mut keep, mut alias) = (vec![1.0; left.len()], vec![0; left.len()]);
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..left.len()).partition(|gene| left[*gene] < 1.0);
        while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
            (keep[low], alias[low]) = (left[low] as f32, high as u32);
            left[high] -= 1.0 - left[low];
            if left[high] < 1.0 {
                small.extend(large.pop());
            }
        }
        Self { keep, alias }
    }

    fn sample(&self, random: &mut StdRng) -> u32 {
        let gene = random.random_range(0..self.keep.len());
        if random.random::<f32>() < self.keep[gene] { gene as u32 } else { self.alias[gene] }
    }
}

fn normal(random: &mut StdRng) -> f64 {
    (-2.0 * random.random_range(f64::MIN_POSITIVE..1.0).ln()).sqrt()
        * random.random_range(0.0..std::f64::consts::TAU).cos()
}

/// Multiplies the shares of some genes by random factors.
fn changed(shares: &[f64], fraction: f64, strength: f64, random: &mut StdRng) -> Vec<f64> {
    let mut change =
        |share: &f64| if random.random_bool(fraction) { share * (strength * normal(random)).exp() } else { *share };
    shares.iter().map(&mut change).collect()
}

/// Returns the programs of each type.
fn programs() -> Vec<Vec<Program>> {
    let mut random = StdRng::seed_from_u64(0);
    let base: Vec<f64> = (0..GENES).map(|_| (2.2 * normal(&mut random)).exp()).collect();
    let lineages: Vec<_> = (0..LINEAGES).map(|_| changed(&base, 0.1, 1.0, &mut random)).collect();
    let of_type = |number: usize| {
        let shares = changed(&lineages[number % LINEAGES], 0.05, 0.7, &mut random);
        (0..PROGRAMS).map(|_| Program::new(&changed(&shares, 0.05, 0.6, &mut random))).collect()
    };
    (0..TYPES.len()).map(of_type).collect()
}

/// Generated cells, with the columns and counts of each.
#[derive(Default)]
struct Block {
    types: Vec<i8>,
    indptr: Vec<usize>,
    genes: Vec<u32>,
    counts: Vec<f32>,
    totals: Vec<f32>,
}

impl Block {
    fn new(programs: &[Vec<Program>], cells: usize, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut block = Self { indptr: vec![0], ..Self::default() };
        let mut counts = vec![0u32; GENES];
        for _ in 0..cells {
            let kind = random.random_range(0..TYPES.len());
            let weights: [f64; PROGRAMS] = std::array::from_fn(|_| -random.random_range(f64::MIN_POSITIVE..1.0).ln());
            let total = (DEPTH * (0.4 * normal(&mut random)).exp()).max(200.0);
            let scale = total / weights.iter().sum::<f64>();
            let mut genes = Vec::new();
            for (program, weight) in programs[kind].iter().zip(weights) {
                for _ in 0..(weight * scale) as usize {
                    let gene = program.sample(&mut random);
                    counts[gene as usize] += 1;
                    if counts[gene as usize] == 1 {
                        genes.push(gene);
                    }
                }
            }
            genes.sort_unstable();
            let values: Vec<f32> =
                genes.iter().map(|gene| std::mem::take(&mut counts[*gene as usize]) as f32).collect();
            block.types.push(kind as i8);
            block.totals.push(values.iter().sum());
            block.genes.extend(genes);
            block.counts.extend(values);
            block.indptr.push(block.genes.len());
        }
        block
    }
}

fn generate(path: &Path, cells: usize) {
    let (programs, began) = (programs(), Instant::now());
    let genes: Vec<String> = (0..GENES).map(|gene| format!("ENSG{gene:011}")).collect();
    let names: Vec<String> = (0..cells).map(|cell| format!("cell-{cell}")).collect();
    let mut writer = FileWriter::create(path, &GeneFrame::new(&genes, None), &names).unwrap();
    let (mut types, mut values) = (Vec::with_capacity(cells), 0);
    let firsts: Vec<usize> = (0..cells).step_by(BLOCK).collect();
    for firsts in firsts.chunks(4) {
        let block = |first: &usize| Block::new(&programs, BLOCK.min(cells - first), *first as u64);
        let blocks: Vec<Block> = firsts.par_iter().map(block).collect();
        for (first, block) in firsts.iter().zip(blocks) {
            let Block { indptr, genes, counts, totals, .. } = &block;
            let block_of = CellBlock { first_cell: *first, indptr, indices: genes, data: counts, totals };
            writer.append(&block_of).unwrap();
            values += counts.len();
            types.extend(&block.types);
        }
    }
    writer.finish().unwrap();
    hdf5_thread::run(|| label(path, &types)).unwrap();
    let size = path.metadata().unwrap().len() as f64 / 1e9;
    println!("{cells} cells, {} values a cell, {size:.1} GB, after {:.0?}", values / cells, began.elapsed());
}

/// Adds the column with the types.
fn label(path: &Path, types: &[i8]) -> hdf5::Result<()> {
    let file = hdf5::File::append(path)?;
    let obs = file.group("obs")?;
    let text = |text: &str| text.parse::<VarLenUnicode>().unwrap();
    let mark = |owner: &hdf5::Location, name: &str, value: &str| {
        owner.new_attr::<VarLenUnicode>().create(name)?.write_scalar(&text(value))
    };
    let column = obs.create_group("cell_type_ontology_term_id")?;
    mark(&column, "encoding-type", "categorical")?;
    mark(&column, "encoding-version", "0.2.0")?;
    column.new_attr::<bool>().create("ordered")?.write_scalar(&false)?;
    let codes = column.new_dataset_builder().with_data(types).create("codes")?;
    mark(&codes, "encoding-type", "array")?;
    mark(&codes, "encoding-version", "0.2.0")?;
    let categories = column.new_dataset_builder().with_data(&TYPES.map(text)).create("categories")?;
    mark(&categories, "encoding-type", "string-array")?;
    mark(&categories, "encoding-version", "0.2.0")?;
    obs.delete_attr("column-order")?;
    let order = ["total_mrna_umis", "cell_type_ontology_term_id"].map(text);
    obs.new_attr_builder().with_data(&order).create("column-order")?;
    Ok(())
}

fn measure(path: &Path, exact_up_to: usize) {
    let options = IndexOptions { exact_up_to, ..IndexOptions::default() };
    let folder = path.parent().unwrap().to_owned();
    let _ = std::fs::remove_file(path.with_extension("castui-index"));
    let open = || timed(|| Reference::open(path, &folder, options).unwrap());
    let (reference, building) = open();
    println!("{}", reference.description);
    println!("built in {building:.1?}, at most {} MB", peak());
    drop(reference);
    let (reference, opening) = open();
    assert!(reference.kept_in.is_none(), "the index was read from its file");
    println!("opened in {opening:.3?}");
    let Search::Lists(lists) = &reference.index.reference else { panic!("the reference is not divided into lists") };
    let queries = queries(&reference);
    for _ in 0..3 {
        let (_, searching) = timed(|| lists.nearest(&queries, reference.neighbors));
        println!("{QUERIES} cells searched in {searching:.3?}, k = {}", reference.neighbors);
    }
    let found = lists.nearest(&queries, reference.neighbors);
    let (exact, searching) = timed(|| exact(lists.parts(), &queries, reference.neighbors));
    println!("exactly in {searching:.3?}");
    println!("recall of new cells: {:.4}", recall(&exact, &found));
    for rule in [CallRule::Official, CallRule::BestPath] {
        let same = calls(&reference, rule, &exact).into_iter().zip(calls(&reference, rule, &found));
        println!(
            "{rule:?}: {:.4} of the calls are identical",
            same.filter(|(a, b)| a == b).count() as f64 / QUERIES as f64
        );
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    (work(), began.elapsed())
}

/// Returns the peak memory of this process in megabytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

/// Returns the points of new cells.
fn queries(reference: &Reference) -> Coordinates {
    let block = Block::new(&programs(), QUERIES, QUERY_SEED);
    let projection = &reference.index.projection;
    let mut points = Vec::new();
    for (cell, ends) in block.indptr.windows(2).enumerate() {
        let scale = Scale::of(f64::from(block.totals[cell]));
        let counts = &block.counts[ends[0]..ends[1]];
        let values: Vec<f32> = counts.iter().map(|count| scale.log_normalized(*count)).collect();
        projection.project(&block.genes[ends[0]..ends[1]], &values, &mut points);
    }
    Coordinates::new(projection.components, points)
}

fn exact(parts: &Parts, queries: &Coordinates, k: usize) -> Vec<Vec<Nearest>> {
    let points = Coordinates::new(queries.components(), parts.points.to_vec());
    let mut found = Searchable::new(points).nearest(queries, k);
    found.iter_mut().flatten().for_each(|near| near.cell = parts.cells[near.cell] as usize);
    found
}

fn recall(exact: &[Vec<Nearest>], found: &[Vec<Nearest>]) -> f64 {
    let common =
        |(exact, found): (&Vec<Nearest>, &Vec<Nearest>)| exact.iter().filter(|near| found.contains(near)).count();
    let common: usize = exact.iter().zip(found).map(common).sum();
    common as f64 / exact.iter().map(Vec::len).sum::<usize>() as f64
}

/// Returns the identifier of each cell's first call.
fn calls(reference: &Reference, rule: CallRule, nearest: &[Vec<Nearest>]) -> Vec<Option<String>> {
    let ontology = CellOntology::embedded().ontology();
    let caller = Caller::new(&ontology, CallOptions { rule, top_k: 1, ..CallOptions::OFFICIAL }).unwrap();
    let call = |nearest: &Vec<Nearest>| {
        let scores = reference.consensus.annotate(nearest, &reference.types.terms, OntologyAwareOptions::default());
        let (terms, scores): (Vec<_>, Vec<_>) = scores.terms.into_iter().unzip();
        let call = caller.call(CellScores { terms: &terms, scores: &scores });
        call.first().map(|call| ontology.id(call.term).as_str().to_owned())
    };
    nearest.iter().map(call).collect()
}
