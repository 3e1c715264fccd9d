//! The benchmark of a column of labels, compared with that of the official client 1.8.1. The stored values are written by
//! `tests/parity/column.py`.

use std::path::Path;

use serde_json::Value;

use super::{Sample, Truth, benchmark_column};
use crate::{
    domain::{CellOntology, TermId},
    matrix::Column,
    results::labels::LabelMapper,
};

const GOLDEN: &str = include_str!("../../../tests/parity/golden/benchmark_of_a_column.json");

/// The names of the measures, in castui's order.
const MEASURES: [&str; 12] = [
    "tp",
    "fp",
    "fn",
    "precision_micro",
    "recall_micro",
    "f1_micro",
    "f1_macro",
    "precision_macro",
    "recall_macro",
    "precision_weighted",
    "recall_weighted",
    "f1_weighted",
];

/// Fails if castui's measures differ from the official ones by more than 1e-12.
fn agree((counts, values): ([u64; 3], [f64; 9]), expected: &Value, prefix: &str) {
    let ours = counts.map(|count| count as f64).into_iter().chain(values);
    for (name, value) in MEASURES.into_iter().zip(ours) {
        let name = format!("{prefix}{name}");
        let official = expected[&name].as_f64().unwrap();
        assert!((value - official).abs() <= 1e-12 * official.abs(), "{name}: castui {value:?}, official {official:?}");
    }
}

#[test]
fn measures_of_a_column_equal_the_official_ones() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let cell_ontology = CellOntology::embedded();
    let ontology = cell_ontology.ontology();
    let mapper = LabelMapper::new(&ontology, &cell_ontology);
    let labels = |name: &str| {
        let listed = golden[name].as_array().unwrap().iter().map(|label| label.as_str().unwrap());
        // A cell without a label counts as called by the root, which the official benchmark has to be told.
        mapper.column(name, &Column::Text(listed.map(|id| (id != TermId::CELL).then(|| id.to_owned())).collect()))
    };
    let truth = Truth::of(labels("known")).unwrap();
    let sample = Sample { path: Path::new("a.h5ad"), model: "tool", input: Path::new("a.h5ad") };
    let found = benchmark_column(sample, &ontology, &truth, &labels("inferred")).unwrap();
    assert_eq!((found.cells, found.unlabeled, found.by_k.len()), (600, 0, 1));
    assert!(found.no_call > 50, "{}", found.no_call);
    agree(found.by_k[0].flat.values(), &golden["flat"], "");
    agree(found.by_k[0].hierarchical.values(), &golden["hierarchical"], "h_");
}
