//! The header of a Matrix Market file: the banner, comments, and a line with the sizes.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use crate::matrix::{Error, error::EntryProblem, text_table::unreadable};

/// The first word of a file.
pub(super) const BANNER: &[u8] = b"%%MatrixMarket";
/// Maximum length of the header in bytes, with all comments.
const MAX_HEADER: u64 = 1 << 20;
/// Maximum length of an axis.
const MAX_AXIS: u64 = 50_000_000;

/// The type of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Whole numbers.
    Integer,
    /// Real numbers.
    Real,
    /// None: each entry is a 1.
    Pattern,
}

/// The header of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) values: ValueKind,
    /// Numbers of rows and columns.
    pub(super) shape: [u64; 2],
    /// Number of entries.
    pub(super) entries: u64,
    /// Length of the header in bytes.
    pub(super) length: u64,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// Fails if it is not one of a sparse matrix of numbers.
    pub(super) fn read(path: &Path, text: impl Read) -> Result<Self, Error> {
        let mut text = BufReader::with_capacity(1 << 12, text.take(MAX_HEADER));
        let mut length = 0;
        let mut line = || {
            let mut line = Vec::new();
            let read = text.read_until(b'\n', &mut line).map_err(|source| unreadable(path, source))?;
            length += read as u64;
            let is_complete = line.ends_with(b"\n");
            Ok((String::from_utf8_lossy(&line).trim().to_owned(), length, is_complete))
        };
        let values = kind_of(path, &line()?.0)?;
        loop {
            let (text, length, is_complete) = line()?;
            if !is_complete {
                return Err(Error::Entry { path: path.to_owned(), byte: length, problem: EntryProblem::NoSizes });
            }
            if text.is_empty() || text.starts_with('%') {
                continue;
            }
            let wrong = |problem| Error::Entry { path: path.to_owned(), byte: length, problem };
            let [rows, columns, entries] = sizes(&text).ok_or_else(|| wrong(EntryProblem::NoSizes))?;
            if rows.max(columns) > MAX_AXIS || entries > rows * columns {
                return Err(wrong(EntryProblem::ImpossibleSizes { rows, columns, entries }));
            }
            return Ok(Self { values, shape: [rows, columns], entries, length });
        }
    }
}

fn sizes(line: &str) -> Option<[u64; 3]> {
    let numbers: Option<Vec<u64>> = line.split_ascii_whitespace().map(|word| word.parse().ok()).collect();
    numbers?.try_into().ok()
}

fn kind_of(path: &Path, banner: &str) -> Result<ValueKind, Error> {
    let lower = banner.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_ascii_whitespace().skip(1).collect();
    let wrong = |found| Err(Error::WrongFormat { path: path.to_owned(), found, fix: REWRITE.into() });
    match words[..] {
        ["matrix", "coordinate", values, "general"] => match values {
            "integer" | "unsigned-integer" => Ok(ValueKind::Integer),
            "real" | "double" => Ok(ValueKind::Real),
            "pattern" => Ok(ValueKind::Pattern),
            "complex" => wrong("a Matrix Market file with complex numbers, not counts"),
            _ => wrong("a Matrix Market file with an unknown type of values"),
        },
        ["matrix", "array", ..] => wrong("a Matrix Market file with a dense array"),
        ["matrix", "coordinate", _, _] => wrong("a Matrix Market file with a symmetric matrix, not counts of cells"),
        _ => wrong("a Matrix Market file with an incomplete first line"),
    }
}

const REWRITE: &str = "write the counts again as a sparse matrix, with scipy.io.mmwrite or Matrix::writeMM";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Header, String> {
        Header::read(Path::new("matrix.mtx"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn headers_of_known_writers_are_read() {
        let cell_ranger = "%%MatrixMarket matrix coordinate integer general\n%metadata_json: {\"format_version\": 2}\n33538 5 9\n1 1 1\n";
        let header = read(cell_ranger).unwrap();
        assert_eq!((header.values, header.shape, header.entries), (ValueKind::Integer, [33538, 5], 9));
        assert_eq!(&cell_ranger[header.length as usize..], "1 1 1\n");
        assert_eq!(read("%%matrixmarket MATRIX Coordinate Real General\r\n%\r\n2 3 4\r\n").unwrap().shape, [2, 3]);
        assert_eq!(
            read("%%MatrixMarket matrix coordinate pattern general\n2 3 4\n").unwrap().values,
            ValueKind::Pattern
        );
    }

    #[test]
    fn other_headers_are_refused_with_the_reason() {
        let message = |text: &str| read(text).unwrap_err();
        assert!(message("%%MatrixMarket matrix array real general\n2 3\n").contains("dense array"));
        assert!(message("%%MatrixMarket matrix coordinate complex general\n2 3 4\n").contains("complex"));
        assert!(message("%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n").contains("symmetric"));
        assert!(message("%%MatrixMarket\n").contains("incomplete"));
        for sizes in ["2 3", "a b c\n", "2 3 -4\n", "", "2 3 4"] {
            let text = format!("%%MatrixMarket matrix coordinate real general\n{sizes}");
            assert!(message(&text).contains("rows, columns and entries"), "{sizes}");
        }
        let too_many = message("%%MatrixMarket matrix coordinate integer general\n4 429 772476\n");
        assert!(too_many.contains("states 772476 entries, but 4 rows and 429 columns"), "{too_many}");
    }
}
