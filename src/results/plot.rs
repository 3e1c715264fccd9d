//! Figures of a run. In: a run, its file and a request. Out: a figure (see [`super::figure`]).
//!
//! ```text
//! PlotSource (run, file) + PlotRequest ──▶ embedding · dot_plot · tree · composition ──▶ Figure
//! ```

mod composition;
mod dot_plot;
mod embedding;
mod error;
mod kind;
mod request;
mod source;
mod tree;

pub use composition::overview;
pub use dot_plot::check_size;
pub use embedding::axes_name;
pub use error::PlotError;
pub use kind::PlotKind;
pub use request::{ColorBy, MARKERS, PlotRequest, ShownCells};
pub use source::PlotSource;

use super::figure::Figure;
use crate::analysis::Watch;

/// Draws the figure of a request.
///
/// # Errors
/// Fails if the run or its file lacks what the figure shows, or the watch cancels the work.
pub fn draw(source: &PlotSource<'_>, request: &PlotRequest, watch: &Watch<'_>) -> Result<Figure, PlotError> {
    let kind = source.results().kind();
    if !request.kind.applies_to(kind) {
        return Err(PlotError::OtherRun { kind, plot: request.kind });
    }
    match request.kind {
        PlotKind::Embedding => embedding::draw(source, request, watch),
        PlotKind::DotPlot => dot_plot::draw(source, request, watch),
        PlotKind::Tree => tree::draw(source.results(), &request.cells, &request.colors),
        PlotKind::Composition => composition::draw(source, request),
    }
}
