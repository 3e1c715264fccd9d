//! Export formats and their names.

use std::{fmt, str::FromStr};

use super::{TableFormat, Tool};
use crate::domain::OperationKind;

/// A format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The official client's output folder.
    Official,
    /// The official client's `inferred_labels.csv`.
    InferredLabels,
    /// The answers of the chosen cells, in the official client's JSON.
    Json,
    /// A table with one row per cell.
    Cells(TableFormat),
    /// A table with one row per match or neighbor.
    Matches(TableFormat),
    /// A table with one row for each dataset among the neighbors of a cell.
    Datasets(TableFormat),
    /// A copy of the input with scores and calls added.
    AnnotatedH5ad,
    /// A folder with labels for another tool.
    Tool(Tool),
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 17] = [
        Self::Official,
        Self::InferredLabels,
        Self::Json,
        Self::Cells(TableFormat::Csv),
        Self::Cells(TableFormat::Tsv),
        Self::Cells(TableFormat::Parquet),
        Self::Matches(TableFormat::Csv),
        Self::Matches(TableFormat::Tsv),
        Self::Matches(TableFormat::Parquet),
        Self::Datasets(TableFormat::Csv),
        Self::Datasets(TableFormat::Tsv),
        Self::Datasets(TableFormat::Parquet),
        Self::AnnotatedH5ad,
        Self::Tool(Tool::CellRanger),
        Self::Tool(Tool::Cellxgene),
        Self::Tool(Tool::Seurat),
        Self::Tool(Tool::Portal),
    ];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::InferredLabels => "inferred-labels",
            Self::Json => "json",
            Self::Cells(TableFormat::Csv) => "cells-csv",
            Self::Cells(TableFormat::Tsv) => "cells-tsv",
            Self::Cells(TableFormat::Parquet) => "cells-parquet",
            Self::Matches(TableFormat::Csv) => "matches-csv",
            Self::Matches(TableFormat::Tsv) => "matches-tsv",
            Self::Matches(TableFormat::Parquet) => "matches-parquet",
            Self::Datasets(TableFormat::Csv) => "datasets-csv",
            Self::Datasets(TableFormat::Tsv) => "datasets-tsv",
            Self::Datasets(TableFormat::Parquet) => "datasets-parquet",
            Self::AnnotatedH5ad => "h5ad",
            Self::Tool(tool) => tool.name(),
        }
    }

    /// Returns an alternative name. The name of a table format alone means one row per cell.
    pub fn short_name(self) -> Option<&'static str> {
        match self {
            Self::Cells(TableFormat::Csv) => Some("csv"),
            Self::Cells(TableFormat::Tsv) => Some("tsv"),
            Self::Cells(TableFormat::Parquet) => Some("parquet"),
            Self::Official
            | Self::InferredLabels
            | Self::Json
            | Self::Matches(_)
            | Self::Datasets(_)
            | Self::AnnotatedH5ad
            | Self::Tool(_) => None,
        }
    }

    /// Returns a one-line description for users.
    pub fn description(self) -> &'static str {
        match self {
            Self::Official => "the official client's output folder: response, ontology resource, metadata",
            Self::InferredLabels => "the official client's inferred_labels.csv: the top calls of each cell",
            Self::Json => "the answers of the chosen cells, as the official client writes them",
            Self::Cells(TableFormat::Csv | TableFormat::Tsv) => "a text table with one row per cell",
            Self::Cells(TableFormat::Parquet) => "a Parquet table with one row per cell",
            Self::Matches(TableFormat::Csv | TableFormat::Tsv) => "a text table with one row per match or neighbor",
            Self::Matches(TableFormat::Parquet) => "a Parquet table with one row per match or neighbor",
            Self::Datasets(TableFormat::Csv | TableFormat::Tsv) => {
                "a text table with one row per cell, cell type and dataset of its neighbors"
            }
            Self::Datasets(TableFormat::Parquet) => {
                "a Parquet table with one row per cell, cell type and dataset of its neighbors"
            }
            Self::Tool(Tool::CellRanger) => "a folder with Cell Ranger's cell_types.csv and files for Loupe Browser",
            Self::Tool(Tool::Cellxgene) => "a folder with the cell type columns of the CELLxGENE schema",
            Self::Tool(Tool::Seurat) => "a folder with metadata for Seurat and the R code that adds it",
            Self::Tool(Tool::Portal) => "a folder with metadata and cluster files of the Single Cell Portal",
            Self::AnnotatedH5ad => "a copy of the input with obsm['cas_cl_scores'] and the calls in obs",
        }
    }

    /// Returns the name of the file in a run folder; `None` for a folder of several files.
    pub fn file_name(self, kind: OperationKind) -> Option<&'static str> {
        match self {
            Self::Official | Self::Tool(_) => None,
            Self::InferredLabels => Some("inferred_labels.csv"),
            Self::Json => Some(super::official::response_name(kind)),
            Self::Cells(TableFormat::Csv) => Some("cells.csv"),
            Self::Cells(TableFormat::Tsv) => Some("cells.tsv"),
            Self::Cells(TableFormat::Parquet) => Some("cells.parquet"),
            Self::Matches(TableFormat::Csv) => Some("matches.csv"),
            Self::Matches(TableFormat::Tsv) => Some("matches.tsv"),
            Self::Matches(TableFormat::Parquet) => Some("matches.parquet"),
            Self::Datasets(TableFormat::Csv) => Some("datasets.csv"),
            Self::Datasets(TableFormat::Tsv) => Some("datasets.tsv"),
            Self::Datasets(TableFormat::Parquet) => Some("datasets.parquet"),
            Self::AnnotatedH5ad => Some("annotated.h5ad"),
        }
    }

    /// Returns whether a run of a kind can be exported in this format.
    pub fn applies_to(self, kind: OperationKind) -> bool {
        match self {
            Self::InferredLabels | Self::AnnotatedH5ad | Self::Tool(_) => kind == OperationKind::OntologyAware,
            Self::Datasets(_) => kind == OperationKind::SummaryStatistics,
            Self::Official | Self::Json | Self::Cells(_) | Self::Matches(_) => true,
        }
    }

    /// Returns the formats in which a run of a kind can be exported.
    pub fn of(kind: OperationKind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |format| format.applies_to(kind))
    }

    /// Returns whether the export can be restricted to some cells. Otherwise all cells are written.
    pub fn takes_cells(self) -> bool {
        match self {
            Self::Official | Self::AnnotatedH5ad => false,
            Self::InferredLabels
            | Self::Json
            | Self::Cells(_)
            | Self::Matches(_)
            | Self::Datasets(_)
            | Self::Tool(_) => true,
        }
    }

    /// Returns whether the export reads the run's input file.
    pub fn reads_input(self) -> bool {
        match self {
            Self::AnnotatedH5ad => true,
            Self::Tool(tool) => tool.reads_input(),
            Self::Official
            | Self::InferredLabels
            | Self::Json
            | Self::Cells(_)
            | Self::Matches(_)
            | Self::Datasets(_) => false,
        }
    }

    /// Returns whether the export contains calls of cells.
    pub fn has_calls(self, kind: OperationKind) -> bool {
        match self {
            Self::AnnotatedH5ad | Self::Tool(_) => true,
            Self::InferredLabels | Self::Cells(_) => kind == OperationKind::OntologyAware,
            Self::Official | Self::Json | Self::Matches(_) | Self::Datasets(_) => false,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An unknown format name.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not an export format; formats are: {all}", all = Format::ALL.map(Format::name).join(", "))]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name || format.short_name() == Some(name));
        found.ok_or_else(|| UnknownFormat(crate::domain::text::excerpt(name)))
    }
}
