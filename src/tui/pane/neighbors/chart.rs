//! The histogram of the neighbors' distances.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::NeighborsPane;
use crate::{
    domain::quantile::median,
    tui::{
        pane::Look,
        theme::Theme,
        widget::{Axis, Histogram, table::fitted},
    },
};

/// Returns the distances in ascending order.
fn distances(pane: &NeighborsPane) -> Vec<f64> {
    let mut distances: Vec<f64> = pane.neighbors.iter().map(|neighbor| neighbor.distance).collect();
    distances.retain(|distance| distance.is_finite());
    distances.sort_unstable_by(f64::total_cmp);
    distances
}

/// Draws the histogram with an axis and the place of the selected neighbor.
pub(super) fn render(pane: &NeighborsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let distances = distances(pane);
    let (Some(least), Some(greatest)) = (distances.first(), distances.last()) else { return };
    if area.height < 3 {
        return;
    }
    let [bars, mark, numbers] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(1)]).areas(area);
    let axis = Axis { from: *least, to: *greatest, width: usize::from(area.width) };
    let histogram = Histogram::new(distances.iter().copied(), &axis, look.theme.gauge);
    frame.render_widget(&histogram, bars);
    let selected = pane.list.selected(pane.neighbors.len()).map(|row| axis.column(pane.neighbors[row].distance));
    frame.render_widget(baseline(selected, &axis, look.theme), mark);
    let median = median(&distances).unwrap_or(f64::NAN);
    let line = Line::from(vec![
        Span::styled("distance ", look.theme.muted),
        Span::raw(super::rows::distance(*least)),
        Span::styled(" … ", look.theme.muted),
        Span::raw(super::rows::distance(*greatest)),
        Span::styled("  median ", look.theme.muted),
        Span::raw(super::rows::distance(median)),
        Span::styled(format!("  max {} neighbors per bin", histogram.greatest()), look.theme.muted),
    ]);
    frame.render_widget(fitted(line, usize::from(numbers.width)), numbers);
}

fn baseline(selected: Option<usize>, axis: &Axis, theme: &Theme) -> Line<'static> {
    let at = selected.unwrap_or(usize::MAX);
    let columns = (0..axis.width).map(|column| match column {
        here if here == at => Span::styled("▲", theme.accent),
        _ => Span::styled("─", theme.border),
    });
    Line::from(columns.collect::<Vec<_>>())
}
