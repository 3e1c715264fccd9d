//! The measures of a benchmark as a table and as JSON.

use serde_json::{Map, Value, json};

use super::Compared;
use crate::{
    cli::table::{Side, Table},
    results::benchmark::{Benchmark, FMeasure, HierarchicalFMeasure, Measures},
};

/// Returns a table of the measures of each run: of its calls under the requested rule and under the other one, or of a
/// column of labels.
pub(super) fn table(compared: &[Compared]) -> Table {
    let mut sides = vec![Side::Right; 9];
    sides.extend([Side::Left, Side::Left]);
    let mut table = Table::new(0, sides);
    table.row([
        "k",
        "cells",
        "no answer",
        "no label",
        "F1 micro",
        "macro",
        "weighted",
        "hier F1",
        "macro",
        "labels",
        "run",
    ]);
    for run in compared {
        for benchmark in std::iter::once(&run.benchmark).chain(&run.other).chain(&run.nearby) {
            for (k, measures) in (1..).zip(&benchmark.by_k) {
                let Measures { flat, hierarchical, .. } = measures;
                let f1 =
                    [flat.f1_micro, flat.f1_macro, flat.f1_weighted, hierarchical.h_f1_micro, hierarchical.h_f1_macro];
                let counts =
                    [k, benchmark.cells, benchmark.unanswered, benchmark.unlabeled].map(|count| count.to_string());
                let values = counts.into_iter().chain(f1.map(|value| format!("{value:.3}")));
                table.row(values.chain([benchmark.inferred.name().to_owned(), run.path.display().to_string()]));
            }
        }
    }
    table
}

/// Returns the measures of a run, and those under the other rule.
pub(super) fn as_json(compared: &Compared) -> Value {
    let mut value = benchmark_json(&compared.benchmark);
    value["run"] = json!(compared.path.to_string_lossy());
    if let Some(other) = &compared.other {
        value["other_rule"] = benchmark_json(other);
    }
    if let Some(nearby) = &compared.nearby {
        value["inferred"] = benchmark_json(nearby);
    }
    value
}

fn benchmark_json(benchmark: &Benchmark) -> Value {
    let mut value = json!({
        "model_name": benchmark.model,
        "test_sample": benchmark.sample,
        "cells": benchmark.cells,
        "cells_without_call": benchmark.no_call,
        "cells_without_answer": benchmark.unanswered,
        "cells_without_label": benchmark.unlabeled,
        "by_k": benchmark.by_k.iter().map(measures_json).collect::<Vec<_>>(),
    });
    match benchmark.inferred.calls() {
        Some((rule, min_acceptable_score)) => {
            value["call_rule"] = json!(rule.name());
            value["min_acceptable_score"] = json!(min_acceptable_score);
        }
        None => value["inferred_label"] = json!(benchmark.inferred.name()),
    }
    value
}

fn measures_json(measures: &Measures) -> Value {
    let mut object = Map::new();
    let mut add = |names: &[&str], counts: [u64; 3], values: &[f64]| {
        let numbers = counts.into_iter().map(Value::from).chain(values.iter().map(|value| Value::from(*value)));
        object.extend(names.iter().map(|name| (*name).to_owned()).zip(numbers));
    };
    let (counts, values) = measures.flat.values();
    add(&FMeasure::COLUMNS, counts, &values);
    let (counts, values) = measures.hierarchical.values();
    add(&HierarchicalFMeasure::COLUMNS, counts, &values);
    object.into()
}
