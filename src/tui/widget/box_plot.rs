//! A box plot in one line, and its axis.

use ratatui::{
    style::Style,
    text::{Line, Span},
};

use crate::tui::theme::Theme;

/// A range of numbers over columns.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// The number at the left edge.
    pub from: f64,
    /// The number at the right edge.
    pub to: f64,
    /// The number of columns.
    pub width: usize,
}

/// Five numbers to draw: minimum, quartile, median, quartile, maximum.
#[derive(Clone, Copy, Debug)]
pub struct BoxPlot {
    /// The numbers, in ascending order.
    pub numbers: [f64; 5],
}

impl Axis {
    /// Returns an axis that spans some numbers, except those that are not finite.
    pub fn spanning(numbers: impl Iterator<Item = f64>, width: usize) -> Self {
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        let finite = numbers.filter(|number| number.is_finite());
        let (from, to) = finite.fold(start, |(from, to), number| (from.min(number), to.max(number)));
        if from <= to { Self { from, to, width } } else { Self { from: 0.0, to: 1.0, width } }
    }

    /// Returns the column of a number, within the axis.
    pub fn column(&self, number: f64) -> usize {
        let span = self.to - self.from;
        let share = if span > 0.0 { ((number - self.from) / span).clamp(0.0, 1.0) } else { 0.5 };
        let last = self.width.saturating_sub(1);
        // A server may send a number that is not finite, which is drawn at the left edge.
        (share * last as f64).round() as usize
    }
}

impl BoxPlot {
    /// Returns the line: whiskers, a box from quartile to quartile, a heavy stroke at the median.
    pub fn line(&self, axis: &Axis, style: Style, theme: &Theme) -> Line<'static> {
        let columns = self.numbers.map(|number| axis.column(number));
        let [least, low, median, high, greatest] = columns;
        let spans = (0..axis.width).map(|column| {
            let (symbol, style) = match column {
                _ if column == median => ("┃", Theme::bold(style)),
                _ if column == least && least < low => ("├", theme.muted),
                _ if column == greatest && greatest > high => ("┤", theme.muted),
                _ if (low..=high).contains(&column) => ("▒", style),
                _ if (least..=greatest).contains(&column) => ("─", theme.muted),
                _ => (" ", theme.text),
            };
            Span::styled(symbol, style)
        });
        Line::from(spans.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    fn drawn(numbers: [f64; 5], from: f64, to: f64) -> String {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        BoxPlot { numbers }.line(&Axis { from, to, width: 21 }, theme.text, &theme).to_string()
    }

    #[test]
    fn a_box_spans_its_quartiles() {
        assert_eq!(drawn([1.0, 4.0, 6.0, 10.0, 16.0], 0.0, 20.0), " ├──▒▒┃▒▒▒▒─────┤    ");
    }

    #[test]
    fn a_single_number_is_its_median() {
        assert_eq!(drawn([5.0; 5], 0.0, 20.0).trim(), "┃");
        assert_eq!(drawn([5.0; 5], 5.0, 5.0).trim(), "┃");
    }

    #[test]
    fn numbers_that_are_not_finite_do_not_panic() {
        assert_eq!(drawn([f64::NAN; 5], 0.0, 1.0).chars().count(), 21);
        assert_eq!(Axis::spanning([f64::NAN].into_iter(), 3).to, 1.0);
    }
}
