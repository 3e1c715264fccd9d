//! Scores as all panes show them: a number, and a bar that says the same without colours.

use ratatui::text::Span;

use crate::tui::{theme::Theme, widget};

/// A score as a number of two digits and a bar of so many columns.
pub(super) fn score(score: f64, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(format!("{score:>4.2} "))];
    spans.extend(widget::bar(score, width, theme.score(score), theme));
    spans
}

/// A share as percent and a bar of so many columns.
pub(super) fn share(share: f64, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(format!("{:>4.0} % ", share * 100.0))];
    spans.extend(widget::bar(share, width, theme.gauge, theme));
    spans
}
