//! Comparison of calls with known labels. In: a run and the true term of each cell. Out: confusion counts and
//! F-measures for each k, as the official benchmark (the newer command line of the official client) defines them.
//!
//! For k > 1, a cell whose true term is among its first k calls counts as correct; otherwise its first call counts.
//! Cells without an answer or without a label are left out and counted; the official benchmark fails on them. A cell
//! without a call counts as called CL:0000000, as in the official benchmark, and is also counted separately.

mod confusion;
mod files;
mod npz;
mod truth;

pub(crate) use confusion::{Confusion, FMeasure, HierarchicalFMeasure};
pub use files::write;
pub use truth::Truth;

use std::path::{Path, PathBuf};

use super::{
    CallOptions, CallRule, CellCall, Error, Results,
    calls::call_all,
    infer::{self, CellSource},
    labels::MappedColumn,
};
use crate::domain::{Ontology, TermId, TermIndex};

/// The comparison of a run's calls with known labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Benchmark {
    /// The run's folder.
    pub run: PathBuf,
    /// The column with the known labels.
    pub truth: String,
    /// The run's model.
    pub model: String,
    /// The path of the run's input file.
    pub sample: String,
    /// The number of compared cells.
    pub cells: usize,
    /// The number of compared cells without a call: no term below the root reaches the threshold.
    pub no_call: usize,
    /// The origin of the compared labels.
    pub inferred: Inferred,
    /// The number of cells left out because they have no readable answer.
    pub unanswered: usize,
    /// The number of cells left out because they have no label.
    pub unlabeled: usize,
    /// The measures for k = 1, 2, ….
    pub by_k: Vec<Measures>,
}

/// The origin of the labels that are compared with the truth.
#[derive(Clone, Debug, PartialEq)]
pub enum Inferred {
    /// The calls of a run.
    Calls {
        /// The rule of the calls.
        rule: CallRule,
        /// The score that a term needs to be called.
        min_acceptable_score: f64,
    },
    /// The inferred calls of cells that were not sent.
    Nearby,
    /// A column of obs with the labels of another tool.
    Column(String),
}

impl Inferred {
    /// Returns the name of the rule or of the column.
    pub fn name(&self) -> &str {
        match self {
            Self::Calls { rule, .. } => rule.name(),
            Self::Nearby => "inferred",
            Self::Column(name) => name,
        }
    }

    /// Returns the rule and the threshold of calls; `None` for a column.
    pub fn calls(&self) -> Option<(CallRule, f64)> {
        match self {
            Self::Calls { rule, min_acceptable_score } => Some((*rule, *min_acceptable_score)),
            Self::Nearby | Self::Column(_) => None,
        }
    }
}

/// The cells whose labels are compared: a run, or a file.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The run's folder, or the file.
    pub path: &'a Path,
    /// The model or tool that made the labels.
    pub model: &'a str,
    /// The path of the input file.
    pub input: &'a Path,
}

impl<'a> Sample<'a> {
    /// Returns the cells of a run.
    fn of(results: &'a Results) -> Self {
        let manifest = results.run().manifest();
        Self { path: results.run().folder(), model: manifest.model.as_str(), input: &manifest.input.path }
    }

    /// Returns a comparison without cells.
    fn empty(self, truth: &Truth, inferred: Inferred) -> Benchmark {
        Benchmark {
            run: self.path.to_owned(),
            truth: truth.column.clone(),
            model: self.model.to_owned(),
            sample: self.input.display().to_string(),
            cells: 0,
            no_call: 0,
            inferred,
            unanswered: 0,
            unlabeled: 0,
            by_k: Vec::new(),
        }
    }
}

/// The measures for one k.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// Cells by true and called term.
    pub confusion: Confusion,
    /// Measures that distinguish only right and wrong.
    pub flat: FMeasure,
    /// Measures that also count shared ancestors.
    pub hierarchical: HierarchicalFMeasure,
}

impl Measures {
    fn of(confusion: Confusion, ontology: &Ontology) -> Result<Self, Error> {
        let hierarchical = HierarchicalFMeasure::of(&confusion, ontology)?;
        Ok(Self { flat: FMeasure::of(&confusion), hierarchical, confusion })
    }
}

/// Compares a run's calls with the truth, for each k up to the option `top_k`.
///
/// # Errors
/// Fails if the run is not ontology-aware, or the truth has another number of rows than the run.
pub fn benchmark(results: &Results, truth: &Truth, options: CallOptions) -> Result<Benchmark, Error> {
    let ontology = results.ontology()?;
    let CallOptions { rule, min_acceptable_score, top_k, .. } = options;
    let calls = call_all(results, options)?;
    if truth.terms.len() != calls.len() {
        return Err(Error::TruthLength { rows: truth.terms.len(), cells: calls.len() });
    }
    let mut confusions = vec![Confusion::default(); top_k];
    let (mut cells, mut no_call, mut unanswered, mut unlabeled) = (0, 0, 0, 0);
    for (row, known) in truth.terms.iter().enumerate() {
        let called: Vec<TermIndex> = calls.official_row(row).map(|call| call.term).collect();
        match known {
            None => unlabeled += 1,
            Some(_) if called.is_empty() => unanswered += 1,
            Some(known) => {
                cells += 1;
                no_call += usize::from(calls.of(row) == CellCall::NoCall);
                for (k, confusion) in (1..).zip(&mut confusions) {
                    let hit = called[..k].contains(known);
                    confusion.add(ontology.id(*known), ontology.id(if hit { *known } else { called[0] }), 1);
                }
            }
        }
    }
    Ok(Benchmark {
        cells,
        no_call,
        unanswered,
        unlabeled,
        by_k: confusions.into_iter().map(|confusion| Measures::of(confusion, ontology)).collect::<Result<_, _>>()?,
        ..Sample::of(results).empty(truth, Inferred::Calls { rule, min_acceptable_score })
    })
}

/// Compares a column of labels with the truth. A cell without a label in the column counts as called CL:0000000, like a cell
/// without a call.
///
/// # Errors
/// Fails if a label is not mapped, or the columns have different numbers of rows.
pub fn benchmark_column(
    sample: Sample<'_>,
    ontology: &Ontology,
    truth: &Truth,
    inferred: &MappedColumn,
) -> Result<Benchmark, Error> {
    inferred.require_all()?;
    if truth.terms.len() != inferred.terms.len() {
        return Err(Error::TruthLength { rows: truth.terms.len(), cells: inferred.terms.len() });
    }
    let root = ontology.find(&TermId::from(TermId::CELL)).ok_or(Error::NoRoot)?;
    let mut confusion = Confusion::default();
    let (mut cells, mut no_call, mut unlabeled) = (0, 0, 0);
    for (known, called) in truth.terms.iter().zip(&inferred.terms) {
        let Some(known) = known else {
            unlabeled += 1;
            continue;
        };
        cells += 1;
        no_call += usize::from(called.is_none());
        confusion.add(ontology.id(*known), ontology.id(called.unwrap_or(root)), 1);
    }
    Ok(Benchmark {
        cells,
        no_call,
        unlabeled,
        by_k: vec![Measures::of(confusion, ontology)?],
        ..sample.empty(truth, Inferred::Column(inferred.name.clone()))
    })
}

/// Compares the inferred calls of the cells that were not sent with the truth of all cells of the file. Cells without an
/// inferred call count as not answered.
///
/// # Errors
/// Fails if the run is not ontology-aware, or the truth has another number of rows than the file.
pub fn benchmark_inferred(results: &Results, inferred: &infer::Inferred, truth: &Truth) -> Result<Benchmark, Error> {
    let ontology = results.ontology()?;
    if truth.terms.len() != inferred.cells.len() {
        return Err(Error::TruthLength { rows: truth.terms.len(), cells: inferred.cells.len() });
    }
    let mut confusion = Confusion::default();
    let (mut cells, mut unanswered, mut unlabeled) = (0, 0, 0);
    for (known, cell) in truth.terms.iter().zip(&inferred.cells) {
        match (cell.source, known, cell.call) {
            (CellSource::Annotated, ..) => {}
            (CellSource::Inferred | CellSource::None, None, _) => unlabeled += 1,
            (CellSource::Inferred, Some(known), Some((called, _))) => {
                cells += 1;
                confusion.add(ontology.id(*known), ontology.id(called), 1);
            }
            (CellSource::Inferred | CellSource::None, Some(_), _) => unanswered += 1,
        }
    }
    Ok(Benchmark {
        cells,
        unanswered,
        unlabeled,
        by_k: vec![Measures::of(confusion, ontology)?],
        ..Sample::of(results).empty(truth, Inferred::Nearby)
    })
}

/// Sums the benchmarks of runs of one model, like the groups of the official benchmark. `ontology` is that of one of
/// the runs.
///
/// # Errors
/// Fails if a label is not in that ontology.
pub fn group(benchmarks: &[&Benchmark], ontology: &Ontology) -> Result<Vec<Measures>, Error> {
    let most = benchmarks.iter().map(|benchmark| benchmark.by_k.len()).max().unwrap_or(0);
    let mut sums = vec![Confusion::default(); most];
    for benchmark in benchmarks {
        for (place, sum) in sums.iter_mut().enumerate() {
            // A run with fewer calls than k has the same hits at k as at its last call.
            if let Some(measures) = benchmark.by_k.get(place).or(benchmark.by_k.last()) {
                measures.confusion.iter().for_each(|(truth, called, cells)| sum.add(truth, called, cells));
            }
        }
    }
    sums.into_iter().map(|confusion| Measures::of(confusion, ontology)).collect()
}

/// Returns the terms of a confusion, sorted by id.
pub fn classes(confusion: &Confusion) -> Vec<TermId> {
    let mut classes: Vec<TermId> =
        confusion.iter().flat_map(|(truth, called, _)| [truth.clone(), called.clone()]).collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

#[cfg(test)]
mod tests;
