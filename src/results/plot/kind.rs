//! The kinds of figures.

use std::fmt;

use crate::domain::OperationKind;

/// The kind of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlotKind {
    /// The cells in two dimensions.
    Embedding,
    /// The expression of genes in groups.
    DotPlot,
    /// The aggregated scores of cell types.
    Tree,
    /// The cell types of groups.
    Composition,
}

impl PlotKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Embedding, Self::DotPlot, Self::Tree, Self::Composition];

    /// Returns the name on the command line, which is also the name of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedding => "embedding",
            Self::DotPlot => "dotplot",
            Self::Tree => "tree",
            Self::Composition => "composition",
        }
    }

    /// Returns a one-line description for users.
    pub fn description(self) -> &'static str {
        match self {
            Self::Embedding => {
                "the cells in two dimensions (980 x 690), colored by call or another property; over 5,000 as an image"
            }
            Self::DotPlot => "genes in groups of cells: marker genes or given ones (22 for each gene and group)",
            Self::Tree => "the tree of cell types with their scores (970 wide, 20 for each term)",
            Self::Composition => "the cell types of each group (24 for each group)",
        }
    }

    /// Returns whether a figure of this kind can be made of a run.
    pub fn applies_to(self, kind: OperationKind) -> bool {
        match self {
            Self::Embedding => true,
            Self::DotPlot | Self::Composition => kind != OperationKind::Search,
            Self::Tree => kind == OperationKind::OntologyAware,
        }
    }

    /// Returns whether the figure can be restricted to some cells.
    pub fn takes_cells(self) -> bool {
        matches!(self, Self::Embedding | Self::Tree)
    }
}

impl fmt::Display for PlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
