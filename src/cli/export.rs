//! `castui export`

mod check;
mod data;
mod error;
mod format;
mod plot;

use std::path::PathBuf;

use super::{
    Exit,
    call_options::{CellArguments, ClusterArguments, prefix},
    call_rule::CallArguments,
    context::Context,
    markers::Test,
    stored_run::RunArguments,
};
use crate::results::{
    export::{CALL_PREFIX, Existing},
    markers::Grouping,
};

use data::data;
pub(super) use error::ExportError;
use format::{AnyFormat, format_parser};

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

impl Arguments {
    fn existing(&self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Refuse }
    }
}
