//! `castui infer`

use std::path::{Path, PathBuf};

use indicatif::HumanCount;
use serde_json::json;

use super::{
    Exit,
    call_rule::RuleArguments,
    context::{Context, print, print_json, say},
    stored_run::{RunArguments, StoredRun},
};
use crate::{
    analysis::Watch,
    domain::{CellOntology, Ontology, SampleBy, TermIndex},
    engine::{SampledMatrix, components::coordinates, likely, run_file, sample::groups},
    matrix::Matrix,
    results::{
        CellNames, CellSet, Results,
        benchmark::Truth,
        export::{self, Existing, LabelOptions, TableFormat},
        infer::{self, CellSource, InferOptions, Inference},
    },
    store::{Fingerprint, Input},
};

/// Arguments of `infer`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An inferred call is the weighted vote of nearby annotated cells. The calls are stored in the run folders, for one \
                  file, one set of answers and one calling rule; after a change of any of them, run castui infer again. \
                  `castui export RUN --inferred` and the key I of the interface show them, always marked as inferred; all other \
                  outputs have annotated cells only."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// Further runs of the same file, such as those made with --beyond
    #[arg(value_name = "RUN")]
    more: Vec<PathBuf>,
    /// Also write a table: .csv, .tsv or .parquet
    #[arg(short, long, value_name = "TABLE")]
    output: Option<PathBuf>,
    /// Replace an existing table
    #[arg(long)]
    force: bool,
    /// Annotated neighbors that decide about a cell [default: the number with the best agreement on annotated cells]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1000))]
    neighbors: Option<u32>,
    /// Column of obs with known cell types; the agreement is reported for annotated and inferred cells separately
    #[arg(long, value_name = "COLUMN")]
    truth: Option<String>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    rule: RuleArguments,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let existing = if arguments.force { Existing::Replace } else { Existing::Refuse };
    let target =
        arguments.output.as_deref().map(|path| Ok::<_, anyhow::Error>((path, format_of(path)?))).transpose()?;
    target.map(|(path, _)| export::check_output(path, existing)).transpose()?;
    let first = arguments.run.open()?;
    let mut runs = vec![first];
    for folder in &arguments.more {
        runs.push(StoredRun::open(folder, &arguments.run.file)?);
    }
    let path = runs[0].file()?.to_owned();
    let fingerprint = Fingerprint::of(&path)?;
    for run in &runs {
        let same = fingerprint.same_content(&run.results.run().manifest().input.fingerprint);
        anyhow::ensure!(same, "{} is a run of another file", run.results.run().folder().display());
    }
    let ontology = runs[0].results.ontology()?.clone();
    let matrix = run_file::open_whole(runs[0].results.run(), &path)?;
    let truth = arguments.truth.as_deref().map(|column| truth(column, &matrix, &ontology)).transpose()?;
    let calls = arguments.rule.options(1, Some(&ontology))?;
    let options =
        InferOptions { neighbors: arguments.neighbors.map(|neighbors| neighbors as usize), calls: calls.clone() };
    let results: Vec<_> = runs.into_iter().map(|run| run.results).collect();
    let inference = inference(&results, &matrix, &options, &context.settings.paths.cache)?;
    infer::store(&results, &inference, &calls)?;
    if let Some((path, format)) = target {
        let labels = LabelOptions {
            cells: &CellSet::All,
            calls: &calls,
            prefix: None,
            clusters: None,
            groups: None,
            levels: false,
            inferred: None,
        };
        let names: CellNames = matrix.cell_names()?.iter().collect();
        let table = export::InferredTable { inference: &inference, names: &names, labels: &labels };
        export::inferred_cells(&results[0], table, path, (format, existing))?;
    }
    report(&inference, truth.as_ref(), &ontology, arguments.json)?;
    if !arguments.json {
        results.iter().for_each(|run| say(format_args!("stored in {}", run.run().folder().display())));
        target.map(|(path, _)| print(format_args!("{}", path.display()))).transpose()?;
    }
    Ok(Exit::Ok)
}

/// Infers the calls of all cells of a file, which `matrix` has, from runs of some of them, in the groups of the first run's sample.
pub(super) fn inference(
    results: &[Results],
    matrix: &Matrix,
    options: &InferOptions,
    cache: &Path,
) -> anyhow::Result<Inference> {
    let Some(first) = results.first() else { anyhow::bail!("there is no run to infer from") };
    let input = &first.run().manifest().input;
    say(format_args!("computing the principal components of {} cells", HumanCount(matrix.cell_count() as u64)));
    let sampled =
        SampledMatrix { matrix, source: &input.count_matrix, values: input.value_policy(), cache: Some(cache) };
    let points = coordinates(sampled, Watch::default())?;
    let groups = groups_of(matrix, input)?;
    Ok(infer::infer(results, &points, groups.as_deref(), options)?)
}

/// Returns the format that the name of a table implies.
fn format_of(path: &Path) -> anyhow::Result<TableFormat> {
    let format = path.extension().and_then(|ending| ending.to_str()).and_then(TableFormat::of_ending);
    format.ok_or_else(|| anyhow::anyhow!("{} must end in .csv, .tsv or .parquet", path.display()))
}

/// Returns the groups of the run's sample; without any, those of the likely clustering.
fn groups_of(matrix: &Matrix, input: &Input) -> anyhow::Result<Option<Vec<Option<u32>>>> {
    let obs = matrix.obs_columns();
    let column = match input.sample.as_ref().map(|sample| &sample.request.by) {
        Some(SampleBy::Column(column)) => Some(column.as_str()),
        Some(SampleBy::Sketch) => None,
        Some(SampleBy::Clusters) | None => likely::clusters(&obs),
    };
    Ok(column.map(|column| groups(matrix, column)).transpose()?)
}

fn truth(column: &str, matrix: &Matrix, ontology: &Ontology) -> anyhow::Result<Truth> {
    let embedded = CellOntology::embedded();
    Ok(Truth::new(column, &matrix.obs_column(column)?, ontology, |name| embedded.resolve(name))?)
}

/// The agreement of the calls of one source with known cell types.
#[derive(Default)]
struct Agreement {
    cells: usize,
    exact: usize,
    same_branch: usize,
}

impl Agreement {
    fn of(source: CellSource, inference: &Inference, truth: &Truth, ontology: &Ontology) -> Self {
        let mut all = Self::default();
        for (cell, known) in inference.cells.iter().zip(&truth.terms) {
            let (true, Some(known)) = (cell.source == source, *known) else { continue };
            let call: Option<TermIndex> = cell.call.map(|(term, _)| term);
            all.cells += 1;
            all.exact += usize::from(call == Some(known));
            all.same_branch += usize::from(call.is_some_and(|call| ontology.same_branch(call, known)));
        }
        all
    }

    fn percent(&self, count: usize) -> f64 {
        100.0 * count as f64 / self.cells.max(1) as f64
    }
}

/// Reports the number of cells of each source, and the accuracy as far as it is known.
fn report(inference: &Inference, truth: Option<&Truth>, ontology: &Ontology, as_json: bool) -> anyhow::Result<()> {
    let count = |source| inference.cells.iter().filter(|cell| cell.source == source).count();
    let sources = CellSource::ALL;
    let expected = inference.expected_agreement();
    let agreement = |source| truth.map(|truth| Agreement::of(source, inference, truth, ontology));
    if as_json {
        let rows = sources.map(|source| {
            let found = agreement(source);
            json!({
                "source": source.name(),
                "cells": count(source),
                "labeled": found.as_ref().map(|found| found.cells),
                "exact": found.as_ref().map(|found| found.exact),
                "same_branch": found.as_ref().map(|found| found.same_branch),
            })
        });
        return print_json(&json!({
            "sources": rows,
            "expected_agreement": expected,
            "neighbors": inference.neighbors,
            "largest_distance": inference.limit,
        }));
    }
    for source in sources {
        let cells = HumanCount(count(source) as u64);
        match agreement(source).filter(|found| found.cells > 0) {
            Some(found) => say(format_args!(
                "{:<9}  {cells} cells; {:.1} % of {} labeled ones exact, {:.1} % on the same branch",
                source.name(),
                found.percent(found.exact),
                found.cells,
                found.percent(found.same_branch)
            )),
            None => say(format_args!("{:<9}  {cells} cells", source.name())),
        }
    }
    if let Some(expected) = expected {
        let percent = 100.0 * expected;
        say(format_args!(
            "expected agreement of inferred calls with the server's: {percent:.1} % on the same branch, as measured on \
             annotated cells that were inferred from {} others",
            inference.neighbors
        ));
    }
    Ok(())
}
