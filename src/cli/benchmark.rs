//! `castui benchmark`

use std::{num::NonZeroU32, path::PathBuf};

use serde_json::{Map, Value, json};

use super::{
    Exit,
    call_rule::RuleArguments,
    context::{print, print_json, say},
    stored_run::StoredRun,
    table::{Side, Table},
};
use crate::{
    domain::CellOntology,
    results::{
        CallOptions,
        benchmark::{self, Benchmark, FMeasure, HierarchicalFMeasure, Measures, Truth},
        export::Existing,
        number::score_text,
    },
};

/// Arguments of `benchmark`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Run folders
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Column of obs with the known cell types: term ids, labels or synonyms of the Cell Ontology. Missing and empty
    /// values, unknown, na, nan and none mean that a cell has no label
    #[arg(long, value_name = "COLUMN")]
    truth: String,
    /// Folder for the tables and the confusion matrices
    #[arg(short = 'o', long = "output-dir", value_name = "DIR")]
    output: PathBuf,
    /// A cell is right if its known type is among its first K calls; measured for every number up to K
    #[arg(long, value_name = "K", default_value = "1")]
    top_k: NonZeroU32,
    #[command(flatten)]
    rule: RuleArguments,
    /// The run's file, if it has moved; for a single run
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The error of an `--input` given for several runs.
#[derive(Debug, thiserror::Error)]
#[error("--input names the file of one run, but {0} runs were given; benchmark them one by one")]
pub(super) struct OneFileOnly(usize);

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    if arguments.input.is_some() && arguments.runs.len() > 1 {
        return Err(OneFileOnly(arguments.runs.len()).into());
    }
    let cell_ontology = CellOntology::embedded();
    let (mut benchmarks, mut others) = (Vec::new(), Vec::new());
    let mut ontology = None;
    let mut exit = Exit::Ok;
    for folder in &arguments.runs {
        let run = StoredRun::open(folder, arguments.input.as_deref())?;
        let terms = run.results.ontology()?;
        let column = run.column(&arguments.truth)?;
        let truth = Truth::new(&arguments.truth, &column, terms, |name| cell_ontology.resolve(name))?;
        let calls = arguments.rule.options(arguments.top_k.get(), Some(terms))?;
        let other = CallOptions { rule: calls.rule.other(), ..calls.clone() };
        others.push(benchmark::benchmark(&run.results, &truth, other)?);
        run.mention_view(&calls);
        let found = benchmark::benchmark(&run.results, &truth, calls)?;
        if found.no_call > 0 {
            say(format_args!(
                "{} of {} cells of {} have no call at {}; they count as called \"cell\", as in the official benchmark",
                found.no_call,
                found.cells,
                folder.display(),
                score_text(found.min_acceptable_score)
            ));
        }
        if let Exit::Partial = run.exit_with(&run.results.unreadable()) {
            exit = Exit::Partial;
        }
        benchmarks.push(found);
        ontology.get_or_insert_with(|| terms.clone());
    }
    // Proof: clap requires at least one run.
    let Some(ontology) = ontology else { anyhow::bail!("there is no run to benchmark") };
    let existing = if arguments.force { Existing::Replace } else { Existing::Refuse };
    let files = benchmark::write(&benchmarks, &ontology, &arguments.output, existing)?;
    if arguments.json {
        let both = |((run, found), other): ((&PathBuf, &Benchmark), &Benchmark)| {
            let mut value = as_json(run, found);
            value["other_rule"] = rule_json(other);
            value
        };
        let runs: Vec<Value> = arguments.runs.iter().zip(&benchmarks).zip(&others).map(both).collect();
        print_json(
            &json!({ "runs": runs, "files": files.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>() }),
        )?;
    } else {
        let all: Vec<_> = arguments.runs.iter().zip(benchmarks.iter().zip(&others)).collect();
        print(format_args!("{}", table(&all)))?;
        let rule = benchmarks.first().map_or("", |found| found.rule.name());
        say(format_args!("{} files in {}, of the {rule} rule", files.len(), arguments.output.display()));
    }
    Ok(exit)
}

/// Returns a table of the measures of each run, under the requested rule and under the other one.
fn table(runs: &[(&PathBuf, (&Benchmark, &Benchmark))]) -> Table {
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
        "rule",
        "run",
    ]);
    let rules = runs.iter().flat_map(|(run, (found, other))| [(run, found), (run, other)]);
    for (run, benchmark) in rules {
        for (k, measures) in (1..).zip(&benchmark.by_k) {
            let Measures { flat, hierarchical, .. } = measures;
            let f1 = [flat.f1_micro, flat.f1_macro, flat.f1_weighted, hierarchical.h_f1_micro, hierarchical.h_f1_macro];
            let counts = [k, benchmark.cells, benchmark.unanswered, benchmark.unlabeled].map(|count| count.to_string());
            let values = counts.into_iter().chain(f1.map(|value| format!("{value:.3}")));
            table.row(values.chain([benchmark.rule.to_string(), run.display().to_string()]));
        }
    }
    table
}

fn rule_json(benchmark: &Benchmark) -> Value {
    json!({
        "call_rule": benchmark.rule.name(),
        "cells_without_call": benchmark.no_call,
        "by_k": benchmark.by_k.iter().map(measures_json).collect::<Vec<_>>(),
    })
}

fn as_json(run: &std::path::Path, benchmark: &Benchmark) -> Value {
    json!({
        "run": run.to_string_lossy(),
        "model_name": benchmark.model,
        "test_sample": benchmark.sample,
        "cells": benchmark.cells,
        "call_rule": benchmark.rule.name(),
        "min_acceptable_score": benchmark.min_acceptable_score,
        "cells_without_call": benchmark.no_call,
        "cells_without_answer": benchmark.unanswered,
        "cells_without_label": benchmark.unlabeled,
        "by_k": benchmark.by_k.iter().map(measures_json).collect::<Vec<_>>(),
    })
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
