//! The figure of a tree. In: a run and cells. Out: the terms and scores that the official viewer shows.

use super::PlotError;
use crate::results::{
    AggregateOptions, CellSet, Results,
    aggregate::{TreeOptions, aggregate, rooted_tree},
    figure::{
        Figure, FigureColors,
        tree::{TreePlot, figure},
    },
};

/// Draws the tree of some cells.
pub(super) fn draw(results: &Results, cells: &CellSet, colors: &FigureColors) -> Result<Figure, PlotError> {
    let (ontology, options) = (results.ontology()?, AggregateOptions::VIEWER);
    let aggregated = aggregate(results, cells, options)?;
    let shown = TreeOptions { min_fraction: TreeOptions::VIEWER_MIN_FRACTION, ..TreeOptions::default() };
    let tree = rooted_tree(&aggregated, ontology, &shown)?;
    let plot = TreePlot { tree: &tree, ontology, cells: aggregated.cells, threshold: options.threshold };
    Ok(figure(&plot, colors))
}
