//! Aligned columns of text. In come cells of text, foreign ones included; out come lines that cannot steer a terminal.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use crate::domain::text::clean;

/// Spaces between two columns.
const GAP: usize = 2;

/// To which side a column's cells are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells, set in columns when displayed. A row may end early; its last cell then takes no part in the
/// width of its column.
pub(super) struct Table {
    indent: usize,
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows, so many spaces from the left.
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
    fn columns_line_up_whatever_is_in_them() {
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
