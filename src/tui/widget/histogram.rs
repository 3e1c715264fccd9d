//! A histogram in one or several lines.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    widgets::Widget,
};

use super::Axis;

const LEVELS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The frequencies of numbers in the columns of an axis.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    style: Style,
}

impl Histogram {
    /// Counts numbers by column, except those that are not finite.
    pub fn new(numbers: impl Iterator<Item = f64>, axis: &Axis, style: Style) -> Self {
        let mut counts = vec![0; axis.width];
        for number in numbers.filter(|number| number.is_finite()) {
            if let Some(count) = counts.get_mut(axis.column(number)) {
                *count += 1;
            }
        }
        Self { counts, style }
    }

    /// Returns the greatest frequency.
    pub fn greatest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }
}

impl Widget for &Histogram {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        let (greatest, height) = (self.greatest().max(1), u64::from(area.height));
        for (column, &count) in (area.left()..area.right()).zip(&self.counts) {
            // Any frequency above 0 is visible.
            let eighths = (count * height * 8 / greatest).max(u64::from(count > 0));
            for row in 0..height {
                let level = eighths.saturating_sub(row * 8).min(8) as usize;
                let place = Position::new(column, area.bottom() - 1 - row as u16);
                buffer[place].set_symbol(LEVELS[level]).set_style(self.style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_high_as_they_are_frequent() {
        let axis = Axis { from: 0.0, to: 3.0, width: 4 };
        let histogram = Histogram::new([0.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, f64::NAN].into_iter(), &axis, Style::new());
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 2));
        histogram.render(buffer.area, &mut buffer);
        let rows: Vec<String> =
            buffer.content.chunks(4).map(|row| row.iter().map(|cell| cell.symbol()).collect()).collect();
        assert_eq!(rows, ["   █", "▄█ █"]);
    }
}
