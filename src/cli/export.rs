//! `castui export`

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::{
    Exit,
    call_options::{CallArguments, CellArguments, ClusterArguments},
    context::{print, say},
    stored_run::{RunArguments, StoredRun},
};
use crate::{
    domain::OperationKind,
    results::{
        calls::{ClusterCalls, by_cluster},
        export::{self, Existing, Format, LabelOptions, official::response_name},
    },
};

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// What to write
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Format,
    /// File to write, or a folder for it [default: the format's own name in the run folder]
    #[arg(short = 'o', long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace what stands there
    #[arg(long)]
    force: bool,
    #[command(flatten, next_help_heading = "Cells")]
    cells: CellArguments,
    #[command(flatten, next_help_heading = "Calls (inferred-labels, cells-…, h5ad)")]
    calls: CallArguments,
    #[command(flatten)]
    clusters: ClusterArguments,
}

/// What an export cannot do.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// The run has other answers.
    #[error("a run of {kind} cannot be written as {format}; for it there are: {formats}", kind = kind.name())]
    OtherRun {
        /// What the run is.
        kind: OperationKind,
        /// What was asked for.
        format: Format,
        /// What there is.
        formats: String,
    },
    /// The format is of all cells.
    #[error("{0} has all cells of the run; leave --cells and --rows out")]
    AllCells(Format),
    /// The format has no calls.
    #[error("{0} of this run has no calls of clusters; leave --cluster-label out")]
    NoCalls(Format),
    /// Something is there already.
    #[error("{path} exists; choose another name with -o, or replace it with --force", path = path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
}

/// Knows all names, so that help, completion and errors can list them.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    let value = |format: Format| PossibleValue::new(format.name()).help(format.description());
    PossibleValuesParser::new(Format::ALL.map(value)).try_map(|name| name.parse::<Format>())
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let run = arguments.run.open()?;
    arguments.check(run.results.kind())?;
    let cells = arguments.cells.choose(&run.results)?;
    let called = arguments.cluster_calls(&run)?;
    let target = arguments.target(&run)?;
    run.warn_of_missing(&cells);
    let clusters = called.as_ref().map(|called| (arguments.clusters.cluster_prefix.as_str(), &called.table));
    let labels = LabelOptions { cells: &cells, calls: arguments.calls.options(), clusters };
    let paths = arguments.write(&run, target, &labels)?;
    let count = cells.count_within(0..run.results.cell_count());
    say(format_args!("{count} cells written as {}", arguments.format));
    for path in paths {
        print(format_args!("{}", path.display()))?;
    }
    Ok(Exit::Ok)
}

impl Arguments {
    fn check(&self, kind: OperationKind) -> Result<(), ExportError> {
        let format = self.format;
        if !format.applies_to(kind) {
            let formats = Format::ALL.into_iter().filter(|format| format.applies_to(kind)).map(Format::name);
            return Err(ExportError::OtherRun { kind, format, formats: formats.collect::<Vec<_>>().join(", ") });
        }
        let (has_all_cells, has_calls) = match format {
            Format::Official => (true, false),
            Format::AnnotatedH5ad => (true, true),
            Format::InferredLabels | Format::Cells(_) => (false, kind == OperationKind::OntologyAware),
            Format::Json | Format::Matches(_) => (false, false),
        };
        if has_all_cells && self.cells.is_given() {
            return Err(ExportError::AllCells(format));
        }
        if !has_calls && self.clusters.cluster_label.is_some() {
            return Err(ExportError::NoCalls(format));
        }
        Ok(())
    }

    fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Refuse }
    }

    fn cluster_calls(&self, run: &StoredRun) -> anyhow::Result<Option<ClusterCalls>> {
        let Some(name) = &self.clusters.cluster_label else { return Ok(None) };
        let clusters = run.clusters(name)?;
        Ok(Some(by_cluster(&run.results, &clusters, self.clusters.options(self.calls.options()))?))
    }

    /// Where to write. What a run folder has of its own answers may be made anew at any time.
    fn target(&self, run: &StoredRun) -> Result<PathBuf, ExportError> {
        let (kind, folder) = (run.results.kind(), run.results.run().folder());
        let output = self.output.as_deref().unwrap_or(folder);
        let (target, watched) = match self.format.file_name(kind) {
            None => (output.to_owned(), output.join(response_name(kind))),
            Some(name) if output.is_dir() => (output.join(name), output.join(name)),
            Some(_) => (output.to_owned(), output.to_owned()),
        };
        let is_made_anew = self.format == Format::Official && target == folder;
        if self.force || is_made_anew || watched.symlink_metadata().is_err() {
            Ok(target)
        } else {
            Err(ExportError::Exists { path: watched })
        }
    }

    fn write(&self, run: &StoredRun, target: PathBuf, labels: &LabelOptions<'_>) -> anyhow::Result<Vec<PathBuf>> {
        let (results, path, existing) = (&run.results, target.as_path(), self.existing());
        match self.format {
            Format::Official => return Ok(export::official(results.run(), path)?.paths),
            Format::InferredLabels => export::inferred_labels(results, path, existing, labels)?,
            Format::Json => export::response(results.run(), path, existing, labels.cells)?,
            Format::Cells(table) => export::cell_table(results, path, (table, existing), labels)?,
            Format::Matches(table) => export::match_table(results, path, (table, existing), labels.cells)?,
            Format::AnnotatedH5ad => export::annotated_h5ad(results, (run.file()?, path), existing, labels)?,
        }
        Ok(vec![target])
    }
}
