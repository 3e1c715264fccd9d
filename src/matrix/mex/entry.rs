//! Parsing of lines with an entry: row, column and value, separated by blanks and counted from 1.

use super::ValueKind;
use crate::matrix::error::EntryProblem;

/// The axis of a matrix with the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellAxis {
    /// Rows: cells × features.
    First,
    /// Columns: features × cells.
    Second,
}

/// An entry, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) cell: u32,
    pub(super) gene: u32,
    pub(super) value: f32,
}

/// Whether to go on to the next entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    Continue,
    Stop,
}

/// A parser of the lines of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineParser {
    pub(super) values: ValueKind,
    pub(super) cell_axis: CellAxis,
    pub(super) cells: usize,
    pub(super) genes: usize,
}

/// A position in text.
struct Cursor<'a> {
    text: &'a [u8],
    place: usize,
}

impl LineParser {
    /// Calls `visit` with the entry of each line and the position of the line, until it stops. Returns the position after the last entry visited, or
    /// the position of the first line that is not an entry.
    pub(super) fn each(
        &self,
        text: &[u8],
        mut visit: impl FnMut(Entry, usize) -> Scan,
    ) -> Result<usize, (usize, EntryProblem)> {
        let mut cursor = Cursor { text, place: 0 };
        loop {
            cursor.skip(|byte| byte.is_ascii_whitespace());
            let start = cursor.place;
            if start == text.len() {
                return Ok(start);
            }
            let entry = self.entry(&mut cursor).map_err(|problem| (start, problem))?;
            if visit(entry, start) == Scan::Stop {
                return Ok(cursor.place);
            }
        }
    }

    fn entry(&self, cursor: &mut Cursor<'_>) -> Result<Entry, EntryProblem> {
        let (first, second) = (cursor.index(), cursor.index());
        let (Some(first), Some(second)) = (first, second) else { return Err(EntryProblem::NotAnEntry) };
        let value = match self.values {
            ValueKind::Pattern => 1.0,
            ValueKind::Integer | ValueKind::Real => cursor.value().ok_or(EntryProblem::NotAnEntry)?,
        };
        cursor.skip(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        if cursor.peek().is_some_and(|byte| byte != b'\n') {
            return Err(EntryProblem::NotAnEntry);
        }
        let (cell, gene) = match self.cell_axis {
            CellAxis::First => (first, second),
            CellAxis::Second => (second, first),
        };
        // Zero becomes the largest number, which is out of range.
        let (cell, gene) = (cell.wrapping_sub(1), gene.wrapping_sub(1));
        if cell >= self.cells as u64 || gene >= self.genes as u64 {
            return Err(EntryProblem::OutOfRange);
        }
        Ok(Entry { cell: cell as u32, gene: gene as u32, value })
    }
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.place).copied()
    }

    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&is_skipped) {
            self.place += 1;
        }
    }

    /// Reads a number of at most 9 digits.
    fn index(&mut self) -> Option<u64> {
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
        let (start, mut number) = (self.place, 0);
        while let Some(digit) = self.peek().map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
            number = number * 10 + u64::from(digit);
            self.place += 1;
            if self.place - start > 9 {
                return None;
            }
        }
        (self.place > start).then_some(number)
    }

    /// Reads a value. Like scipy, it is read with double precision and then rounded.
    fn value(&mut self) -> Option<f32> {
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
        let start = self.place;
        if let Some(whole) = self.index()
            && self.peek().is_none_or(|byte| byte.is_ascii_whitespace())
        {
            return Some(whole as f32);
        }
        self.place = start;
        self.skip(|byte| !byte.is_ascii_whitespace());
        let word = std::str::from_utf8(&self.text[start..self.place]).ok()?;
        word.parse::<f64>().ok().map(|value| value as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARSER: LineParser = LineParser { values: ValueKind::Real, cell_axis: CellAxis::Second, cells: 5, genes: 9 };

    #[allow(clippy::type_complexity)] // the plain values are compared
    fn entries(parser: LineParser, text: &str) -> Result<Vec<(u32, u32, f32)>, (usize, EntryProblem)> {
        let mut found = Vec::new();
        let read = parser.each(text.as_bytes(), |Entry { cell, gene, value }, _| {
            found.push((cell, gene, value));
            Scan::Continue
        });
        read.map(|_| found)
    }

    #[test]
    fn numbers_in_all_notations_are_read() {
        let text = "1 1 3\n9\t2\t0.5\r\n2 5 1e3\n 3 5  16777217 \n\n4 5 -2\n5 5 1E-2\n6 5 nan";
        let found = entries(PARSER, text).unwrap();
        assert_eq!(found[..4], [(0, 0, 3.0), (1, 8, 0.5), (4, 1, 1000.0), (4, 2, 16_777_216.0)]);
        assert_eq!(found[4..6], [(4, 3, -2.0), (4, 4, 0.01)]);
        assert!(found[6].2.is_nan());
        let pattern = LineParser { values: ValueKind::Pattern, cell_axis: CellAxis::First, ..PARSER };
        assert_eq!(entries(pattern, "1 9\n5 1\n").unwrap(), [(0, 8, 1.0), (4, 0, 1.0)]);
    }

    #[test]
    fn lines_that_are_no_entries_are_refused_with_their_position() {
        for line in ["1 1", "1", "a 1 1", "1 1 x", "1 1 1 1", "1.0 1 1", "-1 1 1", "99999999999 1 1", "1 1 0x1"] {
            assert_eq!(entries(PARSER, &format!("1 1 1\n{line}\n")), Err((6, EntryProblem::NotAnEntry)), "{line}");
        }
        for line in ["0 1 1", "1 0 1", "10 1 1", "1 6 1"] {
            assert_eq!(entries(PARSER, line), Err((0, EntryProblem::OutOfRange)), "{line}");
        }
    }
}
