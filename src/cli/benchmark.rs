//! `castui benchmark`

mod show;

use std::{
    fs,
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use serde_json::json;

use super::{
    Exit,
    call_rule::RuleArguments,
    context::{print, print_json, say},
    label_options::{Labeled, MappingArguments},
    obs_options::RunFileArguments,
    remedy,
    run_options::at_least_one,
    stored_run::{StoredRun, is_run_folder},
};
use crate::{
    domain::{CellOntology, Ontology},
    engine::run_file,
    files,
    results::{
        CallOptions,
        benchmark::{self, Benchmark, Sample, Truth},
        export::Existing,
        infer::Inferred,
        labels::{LabelMapper, MappedColumn},
        number::score_text,
    },
};

/// The maximum size of a list of run folders in bytes.
const LONGEST_LIST: u64 = 16 << 20;

/// Arguments of `benchmark`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The inferred calls that `castui infer` stored are measured apart, in a row labeled inferred; the files have \
                  annotated cells only."
)]
pub(super) struct Arguments {
    /// Run folders; with --inferred also files
    #[arg(value_name = "RUN", required_unless_present = "annotate_dirs")]
    runs: Vec<PathBuf>,
    /// A folder of run folders, or a .txt file with a run folder on each line; in addition to RUN
    #[arg(long, value_name = "PATH")]
    annotate_dirs: Option<PathBuf>,
    /// Column of obs with the known cell types: term ids, labels or synonyms of the Cell Ontology. Missing and empty
    /// values, unknown, na, nan and none mean that a cell has no label
    #[arg(long, visible_alias = "gt-label", value_name = "COLUMN")]
    truth: String,
    /// Column of obs with the labels of another tool, to compare instead of the calls
    #[arg(long, visible_alias = "inferred-label", value_name = "COLUMN", conflicts_with = "top_k")]
    inferred: Option<String>,
    #[command(flatten)]
    mapping: MappingArguments,
    /// Folder for the tables and the confusion matrices
    #[arg(short = 'o', long = "output-dir", value_name = "DIR")]
    output: PathBuf,
    /// A cell is right if its known type is among its first K calls; measured for every number up to K
    #[arg(long, value_name = "K", default_value = "1", value_parser = at_least_one::<NonZeroU32>)]
    top_k: NonZeroU32,
    #[command(flatten)]
    rule: RuleArguments,
    #[command(flatten)]
    file: RunFileArguments,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The reasons why the arguments do not fit together.
#[derive(Debug, thiserror::Error)]
pub(super) enum BenchmarkError {
    /// `--input` was given for several runs.
    #[error("--input names the file of one run, but {0} runs were given; benchmark them one by one")]
    OneFileOnly(usize),
    /// `--annotate-dirs` has no runs.
    #[error("{path} has no run folders", path = path.display())]
    NoRuns {
        /// The folder or list.
        path: PathBuf,
    },
}

/// The comparison of a run, and of its calls under the other rule.
struct Compared {
    path: PathBuf,
    benchmark: Benchmark,
    /// `None` for a column of labels.
    other: Option<Benchmark>,
    /// The comparison of the inferred calls of cells that were not sent; `None` without any.
    nearby: Option<Benchmark>,
    ontology: Arc<Ontology>,
    exit: Exit,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let runs = arguments.runs()?;
    if arguments.file.input.is_some() && runs.len() > 1 {
        return Err(BenchmarkError::OneFileOnly(runs.len()).into());
    }
    let cell_ontology = CellOntology::embedded();
    let compared: Vec<Compared> =
        runs.iter().map(|path| arguments.compare(path, &cell_ontology)).collect::<anyhow::Result<_>>()?;
    // Proof: there is at least one run.
    let Some(first) = compared.first() else { anyhow::bail!("there is no run to benchmark") };
    let benchmarks: Vec<Benchmark> = compared.iter().map(|compared| compared.benchmark.clone()).collect();
    let existing = if arguments.force { Existing::Replace } else { Existing::Refuse };
    let files = benchmark::write(&benchmarks, &first.ontology, &arguments.output, existing)?;
    if arguments.json {
        let runs: Vec<_> = compared.iter().map(show::as_json).collect();
        let files: Vec<_> = files.iter().map(|path| path.to_string_lossy()).collect();
        print_json(&json!({ "runs": runs, "files": files }))?;
    } else {
        print(format_args!("{}", show::table(&compared)))?;
        let what = first.benchmark.inferred.name();
        say(format_args!("{} files in {}, of {what}", files.len(), arguments.output.display()));
    }
    let is_partial = |compared: &Compared| matches!(compared.exit, Exit::Partial);
    Ok(if compared.iter().any(is_partial) { Exit::Partial } else { Exit::Ok })
}

/// Compares the inferred calls of a run with a column of its whole file.
pub(super) fn benchmark_inferred(
    run: &StoredRun,
    inferred: &Inferred,
    mapper: &LabelMapper<'_>,
    column: &str,
) -> anyhow::Result<Benchmark> {
    let matrix = run_file::open_whole(run.results.run(), run.file()?)?;
    let truth = Truth::of(mapper.column(column, &matrix.obs_column(column)?))?;
    Ok(benchmark::benchmark_inferred(&run.results, inferred, &truth)?)
}

impl Arguments {
    /// Returns the runs: those named, and those of `--annotate-dirs`.
    fn runs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut runs = self.runs.clone();
        let Some(path) = &self.annotate_dirs else { return Ok(runs) };
        let shown = path.display();
        let mut listed: Vec<PathBuf> = if path.is_dir() {
            let entries = fs::read_dir(path).with_context(|| format!("cannot list {shown}"))?;
            let folders = entries.collect::<Result<Vec<_>, _>>().with_context(|| format!("cannot list {shown}"))?;
            folders.into_iter().map(|entry| entry.path()).filter(|path| is_run_folder(path)).collect()
        } else {
            let text = files::read_text(path, LONGEST_LIST).with_context(|| format!("cannot read {shown}"))?;
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(PathBuf::from).collect()
        };
        if path.is_dir() {
            listed.sort_unstable();
        }
        if listed.is_empty() {
            return Err(BenchmarkError::NoRuns { path: path.clone() }.into());
        }
        runs.append(&mut listed);
        Ok(runs)
    }

    fn compare(&self, path: &Path, cell_ontology: &CellOntology) -> anyhow::Result<Compared> {
        match &self.inferred {
            Some(inferred) => self.compare_column(path, inferred, cell_ontology),
            None => self.compare_calls(path, cell_ontology),
        }
    }

    fn compare_calls(&self, path: &Path, cell_ontology: &CellOntology) -> anyhow::Result<Compared> {
        let run = StoredRun::open(path, &self.file)?;
        let ontology = run.results.ontology()?.clone();
        let truth = self.mapping.mapper(&ontology, cell_ontology)?.column(&self.truth, &run.column(&self.truth)?);
        let truth = Truth::of(truth)?;
        let calls = self.rule.options(self.top_k.get(), Some(&ontology))?;
        let other = CallOptions { rule: calls.rule.other(), ..calls.clone() };
        let other = benchmark::benchmark(&run.results, &truth, other)?;
        run.mention_view(&calls);
        let threshold = score_text(calls.min_acceptable_score);
        let found = benchmark::benchmark(&run.results, &truth, calls.clone())?;
        if found.no_call > 0 {
            say(format_args!(
                "{} of {} cells of {} have no call at {threshold}; they count as called \"cell\", as in the official benchmark",
                found.no_call,
                found.cells,
                path.display(),
            ));
        }
        let exit = run.exit_with(&run.results.unreadable());
        let nearby = self.compare_inferred(&run, &calls, cell_ontology)?;
        Ok(Compared { path: path.to_owned(), benchmark: found, other: Some(other), nearby, ontology, exit })
    }

    /// Compares the inferred calls that a run has. They are measured apart from its answers.
    fn compare_inferred(
        &self,
        run: &StoredRun,
        calls: &CallOptions,
        cell_ontology: &CellOntology,
    ) -> anyhow::Result<Option<Benchmark>> {
        if !Inferred::is_stored(&run.results) {
            return Ok(None);
        }
        let inferred = match run.inferred(calls) {
            Ok(inferred) => inferred,
            Err(error) => {
                say(format_args!("note: inferred calls are not measured: {}", remedy::sentence(error.as_ref())));
                return Ok(None);
            }
        };
        let mapper = self.mapping.mapper(run.results.ontology()?, cell_ontology)?;
        Ok(Some(benchmark_inferred(run, &inferred, &mapper, &self.truth)?))
    }

    fn compare_column(&self, path: &Path, inferred: &str, cell_ontology: &CellOntology) -> anyhow::Result<Compared> {
        let source = Labeled::open(path, &self.file)?;
        let ontology = source.ontology(cell_ontology);
        let mapper = self.mapping.mapper(&ontology, cell_ontology)?;
        let column = |name: &str| -> anyhow::Result<MappedColumn> { Ok(mapper.column(name, &source.column(name)?)) };
        let truth = Truth::of(column(&self.truth)?)?;
        let inferred = column(inferred)?;
        let manifest = match &source {
            Labeled::Run(run) => Some(run.results.run().manifest()),
            Labeled::File(_) => None,
        };
        let sample = Sample {
            path,
            model: manifest.map_or(inferred.name.as_str(), |manifest| manifest.model.as_str()),
            input: manifest.map_or(path, |manifest| manifest.input.path.as_path()),
        };
        let found = benchmark::benchmark_column(sample, &ontology, &truth, &inferred)?;
        Ok(Compared {
            path: path.to_owned(),
            benchmark: found,
            other: None,
            nearby: None,
            ontology: ontology.clone(),
            exit: Exit::Ok,
        })
    }
}
