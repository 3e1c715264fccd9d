//! Aligned columns of text. In: text, possibly from untrusted sources. Out: lines without control characters.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::domain::text::clean;

/// The number of spaces between columns.
const GAP: usize = 2;

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Left, for text.
    Left,
    /// Right, for numbers.
    Right,
}

/// Rows of cells that are aligned when displayed. The last cell of a row with fewer cells does not affect the width of
/// its column.
pub(super) struct Table {
    indent: usize,
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates an empty table with a left margin of `indent` spaces.
    pub fn new(indent: usize, sides: impl Into<Vec<Side>>) -> Self {
        Self { indent, sides: sides.into(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|cell| clean(&cell.into()).into_owned()).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.sides.len()];
        for row in self.rows.iter().filter(|row| row.len() == self.sides.len()) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        widths
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = " ".repeat(self.indent);
            for ((cell, width), side) in row.iter().zip(&widths).zip(&self.sides) {
                let space = " ".repeat(width.saturating_sub(cell.width()));
                match side {
                    Side::Left => line.extend([cell, &*space]),
                    Side::Right => line.extend([&*space, cell]),
                }
                line.push_str(&" ".repeat(GAP));
            }
            let end = if number + 1 < self.rows.len() { "\n" } else { "" };
            write!(f, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_for_any_text() {
        let mut table = Table::new(2, [Side::Left, Side::Right, Side::Left]);
        table.row(["naïve", "1,000", "end"]);
        table.row(["細胞", "7", ""]);
        table.row(["a row that ends early"]);
        table.row(["\x1b[2J", "12", "x"]);
        assert_eq!(
            table.to_string(),
            "  naïve  1,000  end\n  細胞       7\n  a row that ends early\n  \u{FFFD}[2J      12  x"
        );
    }
}
