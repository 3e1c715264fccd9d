//! `castui export`

mod plot;

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::{
    Exit,
    call_options::{CellArguments, ClusterArguments, check_prefixes, prefix},
    call_rule::CallArguments,
    context::{Context, print, say},
    markers::{Subject, Test, comparable, compare},
    stored_run::{RunArguments, StoredRun},
};
use crate::{
    analysis::markers::{Comparison, Selection},
    domain::OperationKind,
    matrix::RankedGenes,
    results::{
        CallOptions,
        calls::by_cluster,
        export::{self, CALL_PREFIX, Existing, Format, LabelOptions, Request, Target, ranked_genes},
        figure::FigureFormat,
        infer::CellSource,
        markers::Grouping,
        plot::PlotKind,
    },
};

/// The number of marker genes per group in an annotated copy.
const MARKERS: usize = 100;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    run: RunArguments,
    /// Format to write
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), required_unless_present = "plot")]
    format: Option<AnyFormat>,
    /// File to write, or a folder for it [default: the format's own name in the run folder]
    #[arg(short = 'o', long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    /// Add columns with the class, the subclass and the fine type of each cell (cells-csv, cells-tsv, cells-parquet)
    #[arg(long)]
    levels: bool,
    /// Add the calls that `castui infer` stored: the export lists all cells of the file, and the columns castui_source
    /// and castui_cell_type say which calls are inferred. All other columns have annotated calls only (cells-…, h5ad,
    /// cellranger, cellxgene, seurat, scp; with --plot embedding, they are hollow points)
    #[arg(long)]
    inferred: bool,
    #[command(flatten, next_help_heading = "Cells")]
    cells: CellArguments,
    #[command(flatten, next_help_heading = "Calls (inferred-labels, cells-…, h5ad)")]
    calls: CallArguments,
    /// Prefix of the columns with the calls of cells
    #[arg(long, value_name = "PREFIX", default_value = CALL_PREFIX, value_parser = prefix)]
    obs_prefix: String,
    #[command(flatten)]
    clusters: ClusterArguments,
    /// Groups of cells whose marker genes become uns['rank_genes_groups'], as by scanpy (h5ad): call, cluster (the
    /// likeliest column), or a column of obs
    #[arg(long, value_name = "call|cluster|COLUMN")]
    markers: Option<Grouping>,
    /// Test for --markers
    #[arg(long, value_name = "TEST", value_enum, default_value_t, requires = "markers")]
    markers_method: Test,
    #[command(flatten, next_help_heading = "Figures")]
    plot: plot::FigureArguments,
}

/// A format of data or figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AnyFormat {
    Data(Format),
    Figure(FigureFormat),
}

/// The reasons why an export is impossible.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// The run's operation does not support the format.
    #[error("{kind} run cannot be written as {format}; choose one of: {formats}", kind = kind.with_article())]
    OtherRun {
        /// The operation of the run.
        kind: OperationKind,
        /// The requested format.
        format: Format,
        /// The supported formats.
        formats: String,
    },
    /// The format always contains all cells.
    #[error("{0} always has all cells of the run; leave out --cells and --rows")]
    AllCells(Format),
    /// The format contains no marker genes.
    #[error("{0} has no marker genes; `castui markers` writes them as a table")]
    NoMarkers(Format),
    /// The format contains no calls.
    #[error("{0} has no calls for this run; leave out --cluster-label")]
    NoCalls(Format),
    /// The format has no columns for levels.
    #[error(
        "{0} has no columns for levels in this run; choose cells-csv, cells-tsv or cells-parquet of an ontology-aware run"
    )]
    NoLevels(Format),
    /// The run is output of the official client, which is only read.
    #[error("{from} is output of the official client, which is only read; name what to write with -o", from = from.display())]
    NoTarget {
        /// The folder or file.
        from: PathBuf,
    },
    /// The format has annotated cells only.
    #[error(
        "{0} has annotated cells only; for inferred calls, choose cells-csv, cells-tsv, cells-parquet, h5ad, cellranger, cellxgene, seurat or scp of an ontology-aware run"
    )]
    NoInferred(Format),
    /// Inferred calls were requested for some cells.
    #[error("with --inferred an export lists all cells of the file; leave out --cells and --rows")]
    AllInferred,
    /// A format of data was given with a figure, or the other way around.
    #[error("{0}")]
    OtherContent(&'static str),
    /// The figure always shows all cells.
    #[error("the {0} always shows all cells of the run; leave out --cells and --rows")]
    AllCellsShown(PlotKind),
    /// The target exists already.
    #[error("{path} exists; choose another name with -o, or replace it with --force", path = path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
}

/// Returns a parser that knows all names, so that help, completion and errors can list them.
fn format_parser() -> impl TypedValueParser<Value = AnyFormat> {
    let value =
        |format: Format| PossibleValue::new(format.name()).help(format.description()).aliases(format.short_name());
    let figure = |format: FigureFormat| {
        PossibleValue::new(format.name()).help(format!("{} (with --plot)", format.description()))
    };
    let values = Format::ALL.map(value).into_iter().chain(FigureFormat::ALL.map(figure));
    PossibleValuesParser::new(values.collect::<Vec<_>>()).try_map(|name| match name.parse::<FigureFormat>() {
        Ok(format) => Ok(AnyFormat::Figure(format)),
        Err(()) => name.parse::<Format>().map(AnyFormat::Data),
    })
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    match (arguments.format, arguments.plot.kind()) {
        (format, Some(kind)) => plot::run(arguments, (kind, format), context),
        (Some(AnyFormat::Data(format)), None) => data(arguments, format),
        (Some(AnyFormat::Figure(_)) | None, None) => Err(ExportError::OtherContent(
            "svg and png are formats of figures; name one with --plot, such as --plot embedding",
        )
        .into()),
    }
}

/// Writes data.
fn data(arguments: &Arguments, format: Format) -> anyhow::Result<Exit> {
    let run = arguments.run.open()?;
    arguments.check(format, run.results.kind())?;
    let cluster_prefix = arguments.clusters.cluster_label.as_ref().map(|_| arguments.clusters.cluster_prefix.as_str());
    check_prefixes(&arguments.obs_prefix, cluster_prefix)?;
    let cells = arguments.cells.choose(&run.results)?;
    let groups = arguments.clusters.cluster_label.as_deref().map(|name| run.clusters(name)).transpose()?;
    let calls = arguments.calls.options(run.ontology())?;
    let called =
        groups.as_ref().map(|groups| by_cluster(&run.results, groups, arguments.clusters.options(calls.clone())));
    let called = called.transpose()?;
    let target = arguments.target(format, &run)?;
    let inferred = arguments.inferred.then(|| run.inferred(&calls)).transpose()?;
    run.warn_of_missing(&cells);
    let clusters = called.as_ref().map(|called| (arguments.clusters.cluster_prefix.as_str(), &called.table));
    let prefix = Some(arguments.obs_prefix.as_str());
    let labels = LabelOptions {
        cells: &cells,
        calls: &calls,
        prefix,
        clusters,
        groups: groups.as_ref(),
        levels: arguments.levels,
        inferred: inferred.as_ref(),
    };
    let input = if format.reads_input() { run.file()? } else { &run.results.run().manifest().input.path };
    let existing = arguments.existing();
    let markers = arguments.markers.as_ref().map(|by| arguments.ranked(&run, by, &calls)).transpose()?;
    let markers = markers.as_ref();
    let written =
        export::write(&run.results, &Request { format, path: &target.path, existing, input, labels, markers })?;
    if let Some(inferred) = &inferred {
        let [annotated, count, none] = CellSource::ALL.map(|source| inferred.count(source));
        say(format_args!("{annotated} cells annotated, {count} inferred, {none} without a call; see castui_source"));
    }
    arguments.say_written((format, &run), cells.count_within(0..run.results.cell_count()), &calls);
    run.mention_unplaced_terms(&cells);
    let exit = run.exit_with(&written.unreadable);
    for path in written.paths {
        print(format_args!("{}", path.display()))?;
    }
    Ok(exit)
}

impl Arguments {
    fn check(&self, format: Format, kind: OperationKind) -> Result<(), ExportError> {
        if !format.applies_to(kind) {
            let formats = Format::of(kind).map(Format::name).collect::<Vec<_>>().join(", ");
            return Err(ExportError::OtherRun { kind, format, formats });
        }
        if !format.takes_cells() && self.cells.is_given() {
            return Err(ExportError::AllCells(format));
        }
        let takes_inferred = matches!(format, Format::Cells(_) | Format::AnnotatedH5ad | Format::Tool(_));
        if self.inferred && !(takes_inferred && kind == OperationKind::OntologyAware) {
            return Err(ExportError::NoInferred(format));
        }
        if self.inferred && self.cells.is_given() {
            return Err(ExportError::AllInferred);
        }
        if format != Format::AnnotatedH5ad && self.markers.is_some() {
            return Err(ExportError::NoMarkers(format));
        }
        let has_levels = matches!(format, Format::Cells(_)) && kind == OperationKind::OntologyAware;
        if self.levels && !has_levels {
            return Err(ExportError::NoLevels(format));
        }
        if !format.has_calls(kind) && self.clusters.cluster_label.is_some() {
            return Err(ExportError::NoCalls(format));
        }
        Ok(())
    }

    /// Ranks the genes of all groups against the rest of the cells.
    fn ranked(&self, run: &StoredRun, by: &Grouping, calls: &CallOptions) -> anyhow::Result<RankedGenes> {
        let Subject { reader, groups, column } = Subject::of_run(run, by, calls)?;
        let comparison = Comparison {
            groups: &groups,
            tested: comparable(&groups, None)?,
            reference: None,
            method: self.markers_method.into(),
            selection: Selection { top: Some(MARKERS), min_fraction: 0.0 },
        };
        let table = compare(&reader, &comparison)?;
        let column = column.unwrap_or_else(|| format!("{}_label_1", self.obs_prefix));
        Ok(ranked_genes(&table, &reader, &column))
    }

    fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Refuse }
    }

    /// Reports the number of written cells and the threshold of their calls.
    fn say_written(&self, (format, run): (Format, &StoredRun), cells: usize, calls: &CallOptions) {
        let is_called = format.has_calls(run.results.kind()) && run.results.kind() == OperationKind::OntologyAware;
        if is_called {
            let rule = calls.describe(run.ontology());
            say(format_args!("{cells} cells written as {format}, called at {rule}"));
            run.mention_view(calls);
        } else {
            say(format_args!("{cells} cells written as {format}"));
        }
    }

    fn target(&self, format: Format, run: &StoredRun) -> Result<Target, ExportError> {
        let folder = run.results.run().folder();
        if let (None, Some(imported)) = (&self.output, &run.results.run().manifest().imported) {
            return Err(ExportError::NoTarget { from: imported.from.clone() });
        }
        let target = Target::of(format, run.results.kind(), self.output.as_deref().unwrap_or(folder));
        if self.force || target.is_free(format, folder) {
            Ok(target)
        } else {
            Err(ExportError::Exists { path: target.watched })
        }
    }
}
