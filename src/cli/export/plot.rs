//! `castui export --plot`: figures.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};

use super::{AnyFormat, ExportError};
use crate::{
    analysis::{Progress, Watch},
    cli::{
        Exit,
        context::{Context, print, say},
        progress::bar_of_cells,
        stored_run::StoredRun,
    },
    results::{
        export::check_output,
        figure::{Figure, FigureColors, FigureFormat, Ground},
        markers::Grouping,
        plot::{ColorBy, MARKERS, PlotKind, PlotRequest, PlotSource, ShownCells, draw},
    },
    store::files::write_output,
};

/// Options of figures.
#[derive(Debug, clap::Args)]
pub(super) struct FigureArguments {
    /// Draw a figure instead, as svg (the default) or png; sizes are in pixels of the svg
    #[arg(long, value_name = "FIGURE", value_parser = kind_parser())]
    plot: Option<PlotKind>,
    /// Color of the cells (embedding): call, cluster, confidence, flags, distance, counts, genes, gene:NAME, term:ID,
    /// or a column of obs
    #[arg(long, value_name = "WHAT", default_value = "call", requires = "plot")]
    color_by: ColorBy,
    /// Key in obsm (embedding) [default: UMAP or another usual one]
    #[arg(long, value_name = "KEY", requires = "plot")]
    embedding: Option<String>,
    /// Groups (dotplot, composition): call, cluster (the likeliest column), or a column of obs [default: call for
    /// dotplot, cluster for composition]
    #[arg(long, value_name = "call|cluster|COLUMN", requires = "plot")]
    by: Option<Grouping>,
    /// Genes (dotplot), separated by commas [default: marker genes of the groups]
    #[arg(long, value_name = "GENES", value_delimiter = ',', requires = "plot")]
    genes: Vec<String>,
    /// Number of marker genes for each group (dotplot)
    #[arg(long, value_name = "N", default_value_t = MARKERS, requires = "plot")]
    top: usize,
    /// Ground of the figure, with colors that suit it
    #[arg(long, value_name = "GROUND", value_enum, default_value_t, requires = "plot")]
    background: Background,
}

/// The ground of a figure.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Background {
    /// White, for papers
    #[default]
    Light,
    /// Dark, for slides
    Dark,
}

/// Returns a parser that knows all names, so that help and completion can list them.
fn kind_parser() -> impl TypedValueParser<Value = PlotKind> {
    let value = |kind: PlotKind| PossibleValue::new(kind.name()).help(kind.description());
    PossibleValuesParser::new(PlotKind::ALL.map(value))
        .try_map(|name| PlotKind::ALL.into_iter().find(|kind| kind.name() == name).ok_or("unknown figure"))
}

impl FigureArguments {
    pub(super) fn kind(&self) -> Option<PlotKind> {
        self.plot
    }

    /// Returns the colors of the user's theme.
    fn colors(&self, context: &Context) -> anyhow::Result<FigureColors> {
        let ground = match self.background {
            Background::Light => Ground::Light,
            Background::Dark => Ground::Dark,
        };
        Ok(FigureColors::with_overrides(ground, &context.settings.interface.theme)?)
    }
}

/// Draws a figure and writes it to a file.
pub(super) fn run(
    arguments: &super::Arguments,
    (kind, format): (PlotKind, Option<AnyFormat>),
    context: &Context,
) -> anyhow::Result<Exit> {
    let format = chosen(format, arguments.output.as_deref())?;
    check(arguments, kind)?;
    let run = arguments.run.open()?;
    let output = match (&arguments.output, &run.results.run().manifest().imported) {
        (Some(output), _) => output,
        (None, Some(imported)) => return Err(ExportError::NoTarget { from: imported.from.clone() }.into()),
        (None, None) => run.results.run().folder(),
    };
    let path = target(kind, format, output);
    if !arguments.force && path.symlink_metadata().is_ok() {
        return Err(ExportError::Exists { path }.into());
    }
    check_output(&path, arguments.existing())?;
    let cells = arguments.cells.choose(&run.results)?;
    let calls = arguments.calls.options(run.ontology())?;
    let plot = &arguments.plot;
    let mut request = PlotRequest::new(kind, calls, plot.colors(context)?);
    request.cells = cells;
    request.shown = if arguments.inferred { ShownCells::WithInferred } else { ShownCells::Annotated };
    request.color = plot.color_by.clone();
    request.axes = plot.embedding.clone().map(|name| (name, [0, 1]));
    request.by = plot.by.clone().unwrap_or(request.by);
    request.genes.clone_from(&plot.genes);
    request.top = plot.top.max(1);
    let figure = drawn(&run, &request)?;
    write_output(&path, |file| file.write_all(&format.write(&figure)))?;
    say(format_args!(
        "{} × {} pixels{}",
        figure.size[0],
        figure.size[1],
        if format == FigureFormat::Png { "; the file has twice the width and the height" } else { "" }
    ));
    if kind != PlotKind::Tree {
        run.mention_view(&request.calls);
    }
    let exit = run.exit_with(&run.results.unreadable().within(&request.cells));
    print(format_args!("{}", path.display()))?;
    Ok(exit)
}

/// Refuses options that the figure does not have.
fn check(arguments: &super::Arguments, kind: PlotKind) -> Result<(), ExportError> {
    if arguments.inferred && arguments.cells.is_given() {
        return Err(ExportError::AllInferred);
    }
    if !kind.takes_cells() && arguments.cells.is_given() {
        return Err(ExportError::AllCellsShown(kind));
    }
    if arguments.inferred && kind != PlotKind::Embedding {
        return Err(ExportError::OtherContent("of the figures, only the embedding shows inferred calls"));
    }
    if kind == PlotKind::Composition && arguments.plot.by == Some(Grouping::Call) {
        let why = "a composition shows the calls of groups; name a column with --by, such as --by cluster";
        return Err(ExportError::OtherContent(why));
    }
    let has_columns = arguments.levels || arguments.markers.is_some() || arguments.clusters.cluster_label.is_some();
    if has_columns {
        let why = "--levels, --markers and --cluster-label add to tables; leave them out to draw a figure";
        return Err(ExportError::OtherContent(why));
    }
    Ok(())
}

/// Draws a figure and shows the progress of passes over the counts.
fn drawn(run: &StoredRun, request: &PlotRequest) -> anyhow::Result<Figure> {
    let bar = bar_of_cells(run.results.cell_count());
    let report = |progress: Progress| bar.set_position(progress.done as u64);
    let source = PlotSource::new(&run.results, run.path());
    let figure = draw(&source, request, &Watch::new(&report, &|| false))?;
    bar.finish_and_clear();
    Ok(figure)
}

/// Returns the format: the requested one, otherwise that of the file's extension, otherwise SVG.
///
/// # Errors
/// Fails if data was requested, or if the extension is that of another format.
fn chosen(format: Option<AnyFormat>, output: Option<&Path>) -> Result<FigureFormat, ExportError> {
    match format {
        Some(AnyFormat::Figure(format)) => Ok(format),
        Some(AnyFormat::Data(_)) => {
            Err(ExportError::OtherContent("figures are written as svg or png; leave out --plot to write data"))
        }
        None => {
            let file = output.filter(|output| !output.is_dir());
            let Some(file) = file.filter(|file| file.extension().is_some()) else { return Ok(FigureFormat::default()) };
            let why = "figures are written as svg or png; end the name with .svg or .png, or add --format svg";
            FigureFormat::of_path(file).ok_or(ExportError::OtherContent(why))
        }
    }
}

/// Returns the file of a figure whose output path is a file or a folder.
fn target(kind: PlotKind, format: FigureFormat, output: &Path) -> PathBuf {
    if output.is_dir() { output.join(format!("{kind}.{format}")) } else { output.to_owned() }
}
