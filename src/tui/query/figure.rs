//! Figures of panes, as they are shown. In: the data of a pane. Out: a figure as a file.

use std::sync::Arc;

use super::Source;
use crate::{
    domain::{Ontology, text::sentence},
    results::{
        Overview,
        aggregate::TreeNode,
        coloring::Coloring,
        figure::{
            Figure, FigureColors, FigureFormat, Ground, composition,
            dot_plot::{self, Dots},
            embedding::{self, EmbeddingPlot},
            tree::{self, TreePlot},
        },
        plot::PlotKind,
    },
    tui::{facts::Failure, text},
};

/// The data of a pane that has a figure.
#[derive(Clone, Debug)]
pub enum PaneFigure {
    /// Points and their colors.
    Embedding {
        /// The name of the embedding and its dimensions.
        name: String,
        /// The coordinates of each cell.
        points: Arc<Vec<[f32; 2]>>,
        /// The color of each cell.
        coloring: Arc<Coloring>,
        /// The only category in color.
        only: Option<u16>,
    },
    /// Genes in groups.
    DotPlot(Arc<Dots>),
    /// The ontology of a group of cells.
    Tree {
        /// The tree at the shown thresholds.
        tree: Arc<TreeNode>,
        /// The ontology, for labels.
        ontology: Arc<Ontology>,
        /// The number of cells.
        cells: usize,
        /// The threshold of the shares of cells.
        threshold: f64,
    },
    /// The cell types of groups.
    Composition {
        /// The numbers.
        overview: Arc<Overview>,
        /// The column that defines groups.
        column: String,
    },
}

/// A figure to write.
#[derive(Clone, Debug)]
pub struct FigureFile {
    /// The data.
    pub figure: PaneFigure,
    /// The format.
    pub format: FigureFormat,
    /// The ground.
    pub ground: Ground,
}

impl PaneFigure {
    /// Returns the kind, which is also the name of the file.
    pub fn kind(&self) -> PlotKind {
        match self {
            Self::Embedding { .. } => PlotKind::Embedding,
            Self::DotPlot(_) => PlotKind::DotPlot,
            Self::Tree { .. } => PlotKind::Tree,
            Self::Composition { .. } => PlotKind::Composition,
        }
    }

    /// Returns the content in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Embedding { name, points, coloring, only } => {
                let plot = EmbeddingPlot { name, points, coloring, only: *only };
                format!("{name} colored by {}, {}", plot.colored_by(), text::counted(points.len() as u64, "cell"))
            }
            Self::DotPlot(dots) => {
                let genes = text::counted(dots.genes.len() as u64, "gene");
                format!("{genes} in {}", text::counted(dots.groups.len() as u64, "group"))
            }
            Self::Tree { cells, .. } => format!("the ontology of {}", text::counted(*cells as u64, "cell")),
            Self::Composition { overview, column } => {
                let groups = text::counted(overview.groups.len() as u64, "group");
                format!("the cell types of {groups} of {column}")
            }
        }
    }

    /// Draws the figure.
    pub fn draw(&self, colors: &FigureColors) -> Figure {
        match self {
            Self::Embedding { name, points, coloring, only } => {
                embedding::figure(&EmbeddingPlot { name, points, coloring, only: *only }, colors)
            }
            Self::DotPlot(dots) => dot_plot::figure(dots, colors),
            Self::Tree { tree, ontology, cells, threshold } => {
                let (cells, threshold) = (*cells, *threshold);
                tree::figure(&TreePlot { tree, ontology, cells, threshold }, colors)
            }
            Self::Composition { overview, column } => composition::figure((overview, column), colors),
        }
    }
}

impl FigureFile {
    /// Returns the file and the size of the figure, in the colors of the user's theme.
    ///
    /// # Errors
    ///
    /// Fails if the theme has something else than colors.
    pub fn draw(&self, source: &Source) -> Result<(Vec<u8>, [f64; 2]), Failure> {
        let colors = FigureColors::with_overrides(self.ground, source.figure_theme())
            .map_err(|error| Failure::new(sentence(&error), "Correct the table [theme] of the configuration file."))?;
        let figure = self.figure.draw(&colors);
        Ok((self.format.write(&figure), figure.size))
    }
}
