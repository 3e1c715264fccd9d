//! The command line that is equivalent to a run of the interface, or to a stored run. In: the options of a run. Out: a
//! command that the parser reads back as the same options.

use std::{
    ffi::OsStr,
    fmt,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use super::obs_options::table_words;
use crate::{
    chunk::{GeneNames, ValuePolicy},
    domain::{
        CommandLine, ModelName, OntologyAwareOptions, Operation, OperationKind, SampleBy, SampleRequest, sample::FLOOR,
        shell,
    },
    engine::{DriveOptions, NonCountPolicy, RunOptions},
    matrix::{ColumnName, CountSource, TableReference},
    store::{Manifest, Run},
};

/// The words of a command under construction.
struct Line {
    words: Vec<String>,
}

/// The settings expressed by a command line.
struct Asked<'a> {
    input: &'a Path,
    folder: Option<&'a Path>,
    server: Option<&'a str>,
    model: Option<&'a ModelName>,
    operation: Operation,
    chunk_size: Option<NonZeroUsize>,
    count_matrix: Option<&'a CountSource>,
    feature_ids: Option<&'a ColumnName>,
    feature_names: Option<&'a ColumnName>,
    maps_symbols: bool,
    min_counts: Option<u64>,
    sample: Option<&'a SampleRequest>,
    beyond: &'a [PathBuf],
    tables: Vec<TableReference>,
    allows_non_counts: bool,
    /// The options for driving the run, and the configured ones, which are not repeated.
    drive: Option<(&'a DriveOptions, &'a DriveOptions)>,
}

/// Returns the command that starts a run with these options on a server. Options for driving the run are included only
/// if they differ from the configured ones.
pub fn of_options(options: &RunOptions, server: &str, configured: &DriveOptions) -> CommandLine {
    Line::of(&Asked {
        input: &options.input,
        folder: Some(&options.folder),
        server: Some(server),
        model: options.model.as_ref(),
        operation: options.operation,
        chunk_size: options.chunk_size,
        count_matrix: options.count_matrix.as_ref(),
        feature_ids: options.feature_ids.as_ref(),
        feature_names: options.feature_names.as_ref(),
        maps_symbols: options.genes == GeneNames::Symbols,
        min_counts: options.min_counts,
        sample: options.sample.as_ref(),
        beyond: &options.beyond,
        tables: options.tables.references(),
        allows_non_counts: options.values == ValuePolicy::NonNegative,
        drive: Some((&options.drive, configured)),
    })
}

/// Returns the command that repeats a stored run in the default folder, with its tables if they may have the groups of
/// its sample.
pub fn of_run(run: &Run) -> CommandLine {
    of_manifest(run.manifest(), tables_of(run))
}

/// Returns the tables of a run that may have the groups of its sample.
pub(super) fn tables_of(run: &Run) -> Vec<TableReference> {
    let by = run.manifest().input.sample.as_ref().map(|sample| &sample.request.by);
    match by {
        Some(SampleBy::Column(_) | SampleBy::Clusters) => run.table_references(),
        Some(SampleBy::Sketch) | None => Vec::new(),
    }
}

/// Returns the command that repeats a stored run in the default folder, with tables joined to its cells.
pub(super) fn of_manifest(manifest: &Manifest, tables: Vec<TableReference>) -> CommandLine {
    let input = &manifest.input;
    Line::of(&Asked {
        input: &input.path,
        folder: None,
        // Output of the official client does not name its server.
        server: Some(manifest.server.as_str()).filter(|server| !server.is_empty()),
        model: Some(&manifest.model),
        operation: manifest.operation,
        chunk_size: Some(manifest.chunk_size),
        count_matrix: Some(&input.count_matrix),
        feature_ids: Some(&input.feature_ids),
        feature_names: input.feature_names.as_ref(),
        maps_symbols: input.symbol_table.is_some(),
        // Without the option, castui would decide whether to leave out cells that seem empty.
        min_counts: Some(input.kept.map_or(0, |kept| kept.min_counts.get())),
        sample: input.sample.as_ref().map(|sample| &sample.request),
        beyond: &[],
        tables,
        allows_non_counts: input.allow_non_counts,
        drive: None,
    })
}

impl Line {
    fn of(asked: &Asked<'_>) -> CommandLine {
        let command = match asked.operation {
            Operation::Search => "search",
            Operation::OntologyAware(_) | Operation::SummaryStatistics { .. } => "annotate",
        };
        let mut line = Self { words: vec!["castui".into(), command.into(), shell::path(asked.input)] };
        line.option("--output-dir", asked.folder);
        line.option("--server", asked.server);
        line.option("--cas-model-name", asked.model.map(ModelName::as_str));
        line.operation(asked.operation);
        let usual_size = asked.operation.kind().default_chunk_size();
        line.number("--chunk-size", asked.chunk_size.map(NonZeroUsize::get).filter(|size| *size != usual_size));
        line.number("--count-matrix-input", asked.count_matrix);
        line.number("--feature-ids-column-name", asked.feature_ids);
        line.number("--feature-names-column-name", asked.feature_names);
        line.switch("--map-symbols", asked.maps_symbols);
        line.number("--min-counts", asked.min_counts);
        if let Some(sample) = asked.sample {
            line.sample(sample, asked.beyond);
        }
        line.words.extend(table_words(&asked.tables));
        line.switch("--allow-non-counts", asked.allows_non_counts);
        if let Some((drive, usual)) = asked.drive {
            line.drive(drive, usual);
        }
        CommandLine::new(line.words)
    }

    fn operation(&mut self, operation: Operation) {
        match operation {
            Operation::OntologyAware(options) => {
                let usual = OntologyAwareOptions::default();
                let unusual = |value: f64, usual: f64| Some(value).filter(|value| *value != usual);
                self.number("--prune-threshold", unusual(options.prune_threshold, usual.prune_threshold));
                self.number("--weighting-prefactor", unusual(options.weighting_prefactor, usual.weighting_prefactor));
            }
            Operation::SummaryStatistics { include_extended_statistics } => {
                self.option("--strategy", Some(OperationKind::SummaryStatistics.name()));
                self.switch("--no-include-extended-statistics", !include_extended_statistics);
            }
            Operation::Search => {}
        }
    }

    fn sample(&mut self, sample: &SampleRequest, beyond: &[PathBuf]) {
        self.number("--sample", Some(sample.size));
        self.number("--by", Some(&sample.by));
        self.number("--floor", Some(sample.floor).filter(|floor| *floor != FLOOR));
        self.number("--seed", Some(sample.seed).filter(|seed| *seed != 0));
        beyond.iter().for_each(|run| self.option("--beyond", Some(run)));
    }

    fn drive(&mut self, drive: &DriveOptions, usual: &DriveOptions) {
        self.number("--max-requests", Some(drive.max_requests).filter(|most| *most != usual.max_requests));
        let attempts = drive.backoff.attempts;
        self.number("--num-attempts-per-chunk", Some(attempts).filter(|attempts| *attempts != usual.backoff.attempts));
        self.switch("--skip-non-counts", drive.non_counts == NonCountPolicy::LeaveOut);
    }

    fn option<T: AsRef<OsStr> + ?Sized>(&mut self, name: &str, value: Option<&T>) {
        self.words.extend(value.map(|value| shell::option(name, value)));
    }

    fn number(&mut self, name: &str, value: Option<impl fmt::Display>) {
        self.option(name, value.map(|value| value.to_string()).as_ref());
    }

    fn switch(&mut self, name: &str, is_on: bool) {
        if is_on {
            self.words.push(name.into());
        }
    }
}
