//! Requests for figures.

use std::str::FromStr;

use super::PlotKind;
use crate::results::{CallOptions, CellSet, figure::FigureColors, markers::Grouping};

/// The number of marker genes per group in a dot plot, unless another one is requested.
pub const MARKERS: usize = 3;

/// The property that colors an embedding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColorBy {
    /// The first call, or the vote of the neighbors; the clusters in a search.
    Call,
    /// The column with the clusters.
    Cluster,
    /// The score of a term: id or label.
    Term(String),
    /// The score of the call, or the share of neighbors.
    Confidence,
    /// The flags of the call.
    Flags,
    /// The distance of the nearest neighbor.
    Distance,
    /// The counts per cell.
    Counts,
    /// The genes with a count per cell.
    Genes,
    /// The expression of a gene.
    Gene(String),
    /// A column of obs.
    Column(String),
}

impl FromStr for ColorBy {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once(':') {
            Some(("gene", gene)) => Self::Gene(gene.to_owned()),
            Some(("term", term)) => Self::Term(term.to_owned()),
            Some(("obs", column)) => Self::Column(column.to_owned()),
            Some(_) | None => match text {
                "call" => Self::Call,
                "cluster" => Self::Cluster,
                "confidence" => Self::Confidence,
                "flags" => Self::Flags,
                "distance" => Self::Distance,
                "counts" => Self::Counts,
                "genes" => Self::Genes,
                column => Self::Column(column.to_owned()),
            },
        })
    }
}

/// A request for a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotRequest {
    /// The kind.
    pub kind: PlotKind,
    /// The calling rule.
    pub calls: CallOptions,
    /// The column with the clusters of an embedding; `None` for the likeliest one.
    pub clusters: Option<String>,
    /// The cells of an embedding or a tree.
    pub cells: CellSet,
    /// The cells that an embedding shows.
    pub shown: ShownCells,
    /// The property that colors an embedding.
    pub color: ColorBy,
    /// The embedding and its dimensions; `None` for the usual one.
    pub axes: Option<(String, [usize; 2])>,
    /// The groups of a dot plot or a composition.
    pub by: Grouping,
    /// The genes of a dot plot; if empty, the markers of its groups.
    pub genes: Vec<String>,
    /// The number of markers for each group.
    pub top: usize,
    /// The colors.
    pub colors: FigureColors,
}

impl PlotRequest {
    /// Creates a request with the defaults of a kind: colors by call, dots by call, bars by cluster.
    pub fn new(kind: PlotKind, calls: CallOptions, colors: FigureColors) -> Self {
        let by = if kind == PlotKind::Composition { Grouping::LikelyClusters } else { Grouping::Call };
        Self {
            kind,
            calls,
            clusters: None,
            cells: CellSet::All,
            shown: ShownCells::Annotated,
            color: ColorBy::Call,
            axes: None,
            by,
            genes: Vec::new(),
            top: MARKERS,
            colors,
        }
    }
}

/// The cells that an embedding shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShownCells {
    /// The cells of the run.
    #[default]
    Annotated,
    /// The cells of the run, and those of its file with a stored inferred call.
    WithInferred,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_named_and_other_names_are_columns() {
        let color = |text: &str| text.parse::<ColorBy>().unwrap();
        assert_eq!(color("gene:CD3E"), ColorBy::Gene("CD3E".into()));
        assert_eq!(color("term:CL:0000084"), ColorBy::Term("CL:0000084".into()));
        assert_eq!([color("call"), color("obs:call")], [ColorBy::Call, ColorBy::Column("call".into())]);
        assert_eq!(color("donor:id"), ColorBy::Column("donor:id".into()));
    }
}
