//! The query for a benchmark of the calls against known labels.

use super::{Query, Source, source::failure};
use crate::{
    domain::{Ontology, TermId},
    results::{
        CallOptions, NO_CALL,
        benchmark::{self, Benchmark, Confusion, Truth},
        labels::LabelMapper,
    },
    tui::facts::Failure,
};

/// Query for a benchmark of the calls against a column of known cell types.
#[derive(Debug)]
pub struct Measure {
    /// The column of term ids, labels or synonyms of the Cell Ontology.
    pub column: String,
    /// The options of the calls.
    pub calls: CallOptions,
}

/// A benchmark of the calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The column of known cell types.
    pub column: String,
    /// The measures.
    pub benchmark: Benchmark,
    /// The measures under the other calling rule.
    pub other: Benchmark,
    /// For each k, the known and called terms, the most frequent first.
    pub classes: Vec<Vec<Class>>,
}

/// A known or called term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The term.
    pub term: TermId,
    /// The label of the term.
    pub label: String,
    /// The number of cells with this known term.
    pub cells: u64,
}

impl Query for Measure {
    type Output = Measured;

    fn answer(&self, source: &Source) -> Result<Measured, Failure> {
        let (results, cell_ontology) = (source.results(), source.cell_ontology());
        let ontology = results.ontology().map_err(|error| failure(&error))?;
        let column = source.column(&self.column)?;
        let truth = Truth::of(LabelMapper::new(ontology, cell_ontology).column(&self.column, &column));
        let truth = truth.map_err(|error| Failure { fix: ANOTHER.into(), ..failure(&error) })?;
        let measure = |calls| benchmark::benchmark(results, &truth, calls).map_err(|error| failure(&error));
        let benchmark = measure(self.calls.clone())?;
        let other = measure(CallOptions { rule: self.calls.rule.other(), ..self.calls.clone() })?;
        let classes = benchmark.by_k.iter().map(|measures| classes(&measures.confusion, ontology)).collect();
        Ok(Measured { column: self.column.clone(), benchmark, other, classes })
    }
}

const ANOTHER: &str = "B chooses another column: one of term ids (CL:…), labels or synonyms of the Cell Ontology.";

fn classes(confusion: &Confusion, ontology: &Ontology) -> Vec<Class> {
    let label = |term: &TermId| match ontology.find(term) {
        // A cell called as the root has no call.
        Some(_) if term.as_str() == TermId::CELL => NO_CALL.to_owned(),
        Some(found) => ontology.label(found).to_owned(),
        None => term.as_str().to_owned(),
    };
    let cells = |term: &TermId| confusion.iter().filter(|(truth, ..)| *truth == term).map(|(.., cells)| cells).sum();
    let class = |term: TermId| Class { label: label(&term), cells: cells(&term), term };
    let mut classes: Vec<Class> = benchmark::classes(confusion).into_iter().map(class).collect();
    classes.sort_by_key(|class| std::cmp::Reverse(class.cells));
    classes
}
