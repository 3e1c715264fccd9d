//! Comma- and tab-separated text in the dialect of Python's `csv` module and pandas: fields are quoted only where
//! needed, lines end with a newline, and a missing value is empty.

use std::io::{self, Write};

use super::{
    sink::Sink,
    table::{Batch, Column, TableSink, Values},
};
use crate::results::{Error, number::PythonFloat};

/// Appends a field, quoted if it contains the delimiter, a quote or a line end.
pub(super) fn field(line: &mut Vec<u8>, text: &str, delimiter: u8) {
    let needs_quotes = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    if !text.bytes().any(needs_quotes) {
        line.extend_from_slice(text.as_bytes());
        return;
    }
    line.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            line.push(b'"');
        }
        line.push(byte);
    }
    line.push(b'"');
}

/// Returns a field of comma-separated text; see [`field`].
pub(in crate::results) fn csv_field(text: &str) -> String {
    let mut line = Vec::new();
    field(&mut line, text, b',');
    // Quotes were added and no byte was changed, so the text is still UTF-8.
    String::from_utf8(line).unwrap_or_else(|_| text.to_owned())
}

/// The first characters of text that a spreadsheet may take for a formula. Those of full width are in use in East Asia.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Appends a field, with an apostrophe before text that a spreadsheet would take for a formula.
pub(super) fn guarded_field(line: &mut Vec<u8>, text: &str, delimiter: u8) {
    if text.starts_with(FORMULA) {
        field(line, &format!("'{text}"), delimiter);
    } else {
        field(line, text, delimiter);
    }
}

/// A writer of batches as lines of text.
pub(super) struct Delimited<'a, 'f> {
    out: &'a mut Sink<'f>,
    delimiter: u8,
}

impl<'a, 'f> Delimited<'a, 'f> {
    /// Writes the header line.
    pub(super) fn new(out: &'a mut Sink<'f>, delimiter: u8, columns: &[Column]) -> Result<Self, Error> {
        let mut line = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                line.push(delimiter);
            }
            guarded_field(&mut line, &column.name, delimiter);
        }
        line.push(b'\n');
        out.write_all(&line)?;
        Ok(Self { out, delimiter })
    }
}

impl TableSink for Delimited<'_, '_> {
    fn write(&mut self, batch: Batch) -> Result<(), Error> {
        let mut line = Vec::new();
        for row in 0..batch.rows() {
            line.clear();
            for (place, values) in batch.columns.iter().enumerate() {
                if place > 0 {
                    line.push(self.delimiter);
                }
                value(&mut line, values, row, self.delimiter)?;
            }
            line.push(b'\n');
            self.out.write_all(&line)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

fn value(line: &mut Vec<u8>, values: &Values, row: usize, delimiter: u8) -> io::Result<()> {
    match values {
        Values::Text(values) => {
            if let Some(text) = &values[row] {
                guarded_field(line, text, delimiter);
            }
        }
        Values::Real(values) => {
            if let Some(number) = values[row] {
                write!(line, "{}", PythonFloat(number))?;
            }
        }
        Values::Whole(values) => {
            if let Some(number) = values[row] {
                write!(line, "{number}")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_like_python_and_formulas_get_an_apostrophe() {
        let shown = |text| {
            let mut line = Vec::new();
            guarded_field(&mut line, text, b',');
            String::from_utf8(line).unwrap()
        };
        assert_eq!(shown("CD4-positive, alpha-beta T cell"), "\"CD4-positive, alpha-beta T cell\"");
        assert_eq!(shown("a\"b\n"), "\"a\"\"b\n\"");
        assert_eq!(shown("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(shown("\u{ff1d}HYPERLINK(1)"), "'\u{ff1d}HYPERLINK(1)");
        assert_eq!(shown("\n=1"), "\"'\n=1\"");
        assert_eq!(shown("AAAC-1"), "AAAC-1");
    }
}
