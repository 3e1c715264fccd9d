//! `castui cluster`

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    Exit,
    context::{can_draw, print, say},
    stored_run::{is_run, open_run},
};
use crate::{
    analysis::{Clustering, Parameters, Progress, Step, Watch, WithMap},
    domain::{shell, text::numbered},
    engine::{
        ClusterOptions, cluster_file, cluster_run,
        clustering::{self, CLUSTER_COLUMN, MAP_NAME},
        signals::EndSignals,
    },
    results::export::{ClusterTable, Existing, TableFormat},
    store::Run,
};

/// Arguments of `cluster`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "For a run, the clusters and the map are stored in its folder: all panes and commands then have \
    the obs column castui_leiden and the embedding X_castui_umap. For a file, they are written as a table."
)]
pub(super) struct Arguments {
    /// Run folder, or a file or folder with raw counts, as for annotate
    #[arg(value_name = "RUN|FILE")]
    path: PathBuf,
    /// The run's file, if it has moved
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Number of highly variable genes
    #[arg(long, value_name = "N", default_value_t = Parameters::default().n_top_genes)]
    n_top_genes: usize,
    /// Number of principal components
    #[arg(long, value_name = "N", default_value_t = Parameters::default().n_pcs)]
    n_pcs: usize,
    /// Number of cells in a neighborhood, with the cell itself
    #[arg(long, value_name = "N", default_value_t = Parameters::default().n_neighbors)]
    n_neighbors: usize,
    /// Resolution: a higher one gives more clusters
    #[arg(long, value_name = "R", default_value_t = Parameters::default().resolution)]
    resolution: f64,
    /// Seed of the random numbers
    #[arg(long, value_name = "N", default_value_t = Parameters::default().random_state)]
    random_state: u64,
    /// Compute clusters only
    #[arg(long)]
    no_umap: bool,
    /// Table to write, in the format of its ending: .csv, .tsv or .parquet; for a file always needed
    #[arg(short = 'o', long, value_name = "TABLE")]
    output: Option<PathBuf>,
    /// Replace an existing table
    #[arg(long)]
    force: bool,
}

/// The reasons why a table cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    /// No table is named.
    #[error("name the table to write: `castui cluster {word} -o clusters.csv`", word = shell::path(path))]
    NoName {
        /// The file.
        path: PathBuf,
    },
    /// The ending of the name is unknown.
    #[error("{path} does not end in .csv, .tsv or .parquet", path = path.display())]
    Ending {
        /// The name.
        path: PathBuf,
    },
    /// The table exists already.
    #[error("{path} exists; choose another name with -o, or replace it with --force", path = path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let table = arguments.table()?;
    let is_canceled = Arc::new(AtomicBool::new(false));
    let (display, canceled) = (Arc::new(Display::default()), is_canceled.clone());
    let shown = display.clone();
    let mut work = tokio::task::spawn_blocking(move || arguments.work(table.as_ref(), &shown, &canceled));
    let mut signals = EndSignals::listen()?;
    let mut first = None;
    let ended = loop {
        tokio::select! {
            ended = &mut work => break ended,
            signal = signals.next() => {
                is_canceled.store(true, Ordering::Relaxed);
                if first.is_some() {
                    display.clear();
                    return Ok(Exit::of_signal(signal));
                }
                first = Some(signal);
            }
        }
    };
    display.clear();
    match (ended?, first) {
        (Err(error), Some(signal)) if error.downcast_ref().is_some_and(clustering::is_canceled) => {
            say(format_args!("canceled; nothing was stored"));
            Ok(Exit::of_signal(signal))
        }
        (ended, _) => ended,
    }
}

impl Arguments {
    fn options(&self) -> ClusterOptions {
        let Self { n_top_genes, n_pcs, n_neighbors, resolution, random_state, .. } = *self;
        let parameters =
            Parameters { n_top_genes, n_pcs, n_neighbors, resolution, random_state, ..Parameters::default() };
        ClusterOptions { parameters, with_map: if self.no_umap { WithMap::No } else { WithMap::Yes } }
    }

    /// Returns the path and the format of the table. Checks them before the analysis.
    fn table(&self) -> Result<Option<(PathBuf, TableFormat)>, TableError> {
        let Some(path) = &self.output else {
            let has_counts = self.path.exists() && !is_run(&self.path);
            return if has_counts { Err(TableError::NoName { path: self.path.clone() }) } else { Ok(None) };
        };
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let format = ending.as_deref().and_then(TableFormat::of_ending);
        let format = format.ok_or_else(|| TableError::Ending { path: path.clone() })?;
        if !self.force && path.symlink_metadata().is_ok() {
            return Err(TableError::Exists { path: path.clone() });
        }
        Ok(Some((path.clone(), format)))
    }

    fn work(
        &self,
        table: Option<&(PathBuf, TableFormat)>,
        display: &Display,
        is_canceled: &AtomicBool,
    ) -> anyhow::Result<Exit> {
        let (report, canceled) = (|progress| display.show(progress), || is_canceled.load(Ordering::Relaxed));
        let watch = Watch::new(&report, &canceled);
        let began = Instant::now();
        let (names, clusters, map, run) = if !is_run(&self.path) {
            let (names, Clustering { clusters, map }) = cluster_file(&self.path, &self.options(), watch)?;
            (names, clusters.of_cell, map, None)
        } else {
            let run = open_run(&self.path)?;
            let input = self.input.clone().unwrap_or_else(|| run.input_path());
            let stored = cluster_run(&run, &input, &self.options(), watch)?;
            (run.cell_names()?, stored.clusters, stored.map, Some(run))
        };
        display.clear();
        if let Some((path, format)) = table {
            let existing = if self.force { Existing::Replace } else { Existing::Refuse };
            let content = ClusterTable { names: &names, clusters: &clusters, map: map.as_deref() };
            content.write(path, (*format, existing))?;
        }
        let count = clusters.iter().max().map_or(0, |largest| *largest as usize + 1);
        report_end(names.len(), count, began.elapsed());
        if let Some(run) = &run {
            report_stored(run, map.is_some());
        }
        let written = table.map(|(path, _)| path.as_path()).or(run.as_ref().map(Run::folder));
        print(format_args!("{}", written.unwrap_or(Path::new("")).display()))?;
        Ok(Exit::Ok)
    }
}

fn report_end(cells: usize, clusters: usize, time: Duration) {
    let (cells, clusters) = (numbered(cells, "cell", "cells"), numbered(clusters, "cluster", "clusters"));
    say(format_args!("{cells} in {clusters}, after {:.1} s", time.as_secs_f64()));
}

fn report_stored(run: &Run, has_map: bool) {
    let folder = run.folder().display();
    let map = if has_map { format!(" and the embedding {MAP_NAME}") } else { String::new() };
    say(format_args!("stored in {folder} as the obs column {CLUSTER_COLUMN}{map}"));
}

/// A display of progress on standard error: a bar on a terminal, a line per step elsewhere.
#[derive(Default)]
struct Display(Mutex<Option<Shown>>);

struct Shown {
    step: Step,
    bar: ProgressBar,
}

impl Display {
    fn show(&self, progress: Progress) {
        let Progress { step, done, total } = progress;
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref().is_none_or(|shown| shown.step != step) {
            if let Some(Shown { bar, .. }) = shown.take() {
                bar.finish_and_clear();
            }
            if !can_draw() {
                say(format_args!("{}", in_words(step)));
            }
            *shown = Some(Shown { step, bar: bar(step) });
        }
        if let Some(Shown { bar, .. }) = shown.as_ref() {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
    }

    fn clear(&self) {
        if let Some(Shown { bar, .. }) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

fn bar(step: Step) -> ProgressBar {
    let target = if can_draw() { ProgressDrawTarget::stderr_with_hz(5) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target).with_message(in_words(step));
    // Proof: the template is a valid constant. The fallback is the default style.
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("##-"));
    bar
}

fn in_words(step: Step) -> &'static str {
    match step {
        Step::VariableGenes => "selecting variable genes",
        Step::Components => "computing principal components",
        Step::Neighbors => "searching neighbors",
        Step::Clusters => "finding clusters",
        Step::Map => "laying out the map",
        Step::Expression | Step::Markers => "reading the counts",
    }
}
