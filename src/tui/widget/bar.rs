//! Horizontal bars.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::tui::theme::Theme;

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Returns the full part of a bar, exact to an eighth of a column, and the number of columns left.
pub fn filled(share: f64, width: usize) -> (String, usize) {
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let eighths = (share * width as f64 * 8.0).round() as usize;
    let (whole, part) = (eighths / 8, eighths % 8);
    let text = "█".repeat(whole) + EIGHTHS[part];
    (text, width - whole - usize::from(part > 0))
}

/// Returns a thin bar for rows of tables, exact to half a column, on a thinner rest. Its length is readable without
/// color.
pub fn bar(share: f64, width: usize, style: Style, theme: &Theme) -> [Span<'static>; 2] {
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let halves = (share * width as f64 * 2.0).round() as usize;
    let (whole, half) = (halves / 2, halves % 2);
    let full = "━".repeat(whole) + ["", "╸"][half];
    [Span::styled(full, style), Span::styled("─".repeat(width - whole - half), theme.gauge_rest)]
}

/// Returns a gauge: a bar on a solid rest.
pub fn gauge(share: f64, width: usize, style: Style, theme: &Theme) -> Line<'static> {
    let (full, rest) = filled(share, width);
    Line::from(vec![Span::styled(full, style), Span::styled("░".repeat(rest), theme.gauge_rest)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    #[test]
    fn a_bar_is_exact_to_an_eighth_and_never_too_long() {
        assert_eq!(filled(0.5, 4), ("██".into(), 2));
        assert_eq!(filled(0.53125, 4), ("██▏".into(), 1));
        assert_eq!(filled(7.0, 3), ("███".into(), 0));
        assert_eq!(filled(f64::NAN, 3), (String::new(), 3));
        assert_eq!(filled(-1.0, 0), (String::new(), 0));
    }

    #[test]
    fn a_thin_bar_always_has_its_width() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        let drawn = |share| bar(share, 4, theme.text, &theme).map(|span| span.content.into_owned()).concat();
        assert_eq!([drawn(0.0), drawn(0.4), drawn(1.0), drawn(f64::NAN)], ["────", "━╸──", "━━━━", "────"]);
    }
}
