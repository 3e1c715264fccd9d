//! Reading of a table of cells.

use std::{
    cell::Cell,
    collections::HashMap,
    io::{self, Cursor, Read},
    path::Path,
};

use csv::ByteRecord;
use serde::{Deserialize, Serialize};

use super::{CoordinateColumns, Error, ObsTable, Values};
use crate::{
    domain::text::excerpt,
    matrix::text_table::{self, Compression},
};

/// Maximum size of a table in bytes.
const MAX_BYTES: u64 = 1 << 30;
/// Maximum size of a compressed table's text relative to the file. Tables of barcodes reach less than 20.
const MOST_INFLATED: u64 = 64;
/// Size in bytes of a text that any compressed table may have.
const SMALL_TEXT: u64 = 16 << 20;
/// Maximum length of a row in bytes. A quoted value may contain line breaks.
const MAX_ROW: u64 = 1 << 20;
/// Maximum number of rows, as of the cells of a file.
const MAX_ROWS: usize = 50_000_000;
/// Maximum number of columns.
const MAX_COLUMNS: usize = 512;
/// Number of bytes in which the first line is looked for.
const BEGIN: u64 = 1 << 16;
/// Maximum number of columns that a message names.
const LISTED: usize = 40;

/// The column with the names of the cells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyColumn {
    /// The first column.
    #[default]
    First,
    /// The column called `barcode`, otherwise the first.
    Barcode,
    /// The column with this name.
    Named(String),
}

impl ObsTable {
    /// Reads a table. Commas, tabs or semicolons separate its columns; it may be compressed. `coordinates` names columns
    /// that become embeddings, in addition to those with names such as `UMAP_1` and `UMAP_2`.
    ///
    /// # Errors
    /// Fails if the file cannot be read, is not a table, lacks a named column, or has two rows of the same cell.
    pub fn read(path: &Path, key: &KeyColumn, coordinates: &[CoordinateColumns]) -> Result<Self, Error> {
        let (compression, mut text) = text_table::open(path)?;
        let size = path.metadata().map_or(0, |found| found.len());
        let limit = largest_text(compression, size);
        if compression == Compression::None && size > limit {
            return Err(Error::TooLarge { path: path.to_owned(), limit, unit: "bytes" });
        }
        let mut begin = Vec::new();
        let refused = |source: io::Error| Error::Open(text_table::unreadable(path, source));
        (&mut text).take(BEGIN).read_to_end(&mut begin).map_err(refused)?;
        if begin.starts_with(&[0xff, 0xfe]) || begin.starts_with(&[0xfe, 0xff]) {
            return Err(Error::Utf16 { path: path.to_owned() });
        }
        let begin = begin.strip_prefix("\u{feff}".as_bytes()).map(<[u8]>::to_vec).unwrap_or(begin);
        let delimiter = delimiter(&begin);
        let left = Cell::new(MAX_ROW);
        let text = Limited { text: Cursor::new(begin).chain(text).take(limit + 1), left: &left };
        let lines = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
        let table = Lines { path, lines, limit, left: &left }.table(key)?.with_coordinates(coordinates)?;
        Ok(Self { coordinates: coordinates.to_vec(), ..table })
    }
}

/// Returns the maximum size of the text of a table in bytes. Memory is a multiple of it, so a small file cannot have a
/// large text.
fn largest_text(compression: Compression, size: u64) -> u64 {
    match compression {
        Compression::None => MAX_BYTES,
        Compression::Gzip | Compression::Zstd => size.saturating_mul(MOST_INFLATED).clamp(SMALL_TEXT, MAX_BYTES),
    }
}

/// Returns the separator of the first line.
fn delimiter(begin: &[u8]) -> u8 {
    let line = begin.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    [b'\t', b',', b';'].into_iter().find(|separator| line.contains(separator)).unwrap_or(b',')
}

/// Lists names of columns for a message.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.take(LISTED + 1).map(excerpt).collect();
    if names.len() > LISTED {
        names[LISTED] = "…".to_owned();
    }
    names.join(", ")
}

/// A text with a limit that is set again after each row.
struct Limited<'a, R> {
    text: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left.get()).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.text.read(&mut buffer[..wanted])?;
        self.left.set(self.left.get() - read as u64);
        Ok(read)
    }
}

/// The lines of a table.
struct Lines<'a, R> {
    path: &'a Path,
    lines: csv::Reader<R>,
    /// The maximum size of the text in bytes.
    limit: u64,
    /// The number of bytes that may still be read for the row.
    left: &'a Cell<u64>,
}

impl<R: Read> Lines<'_, R> {
    fn next(&mut self, line: &mut ByteRecord) -> Result<bool, Error> {
        let path = || self.path.to_owned();
        self.left.set(MAX_ROW);
        let is_there = self.lines.read_byte_record(line).map_err(|source| match self.left.get() {
            0 => Error::TooLarge { path: path(), limit: MAX_ROW, unit: "bytes in a row" },
            _ => Error::Read { path: path(), source },
        })?;
        if self.lines.position().byte() > self.limit {
            return Err(Error::TooLarge { path: path(), limit: self.limit, unit: "bytes" });
        }
        Ok(is_there)
    }

    fn table(mut self, wanted: &KeyColumn) -> Result<ObsTable, Error> {
        let path = self.path.to_owned();
        let (mut header, mut line) = (ByteRecord::new(), ByteRecord::new());
        if !self.next(&mut header)? || !self.next(&mut line)? {
            return Err(Error::Empty { path });
        }
        let names = column_names(&header, line.len());
        if names.len() < 2 {
            return Err(Error::OnlyNames { path });
        }
        if names.len() > MAX_COLUMNS {
            return Err(Error::TooLarge { path, limit: MAX_COLUMNS as u64, unit: "columns" });
        }
        let key = key_place(&names, wanted).map_err(|column| Error::NoColumn {
            path: path.clone(),
            column,
            columns: listed(names.iter().map(String::as_str)),
        })?;
        let expected = names.len();
        let mut columns: Vec<(String, Values)> = names.into_iter().map(|name| (name, Values::default())).collect();
        columns.remove(key);
        let mut rows = Rows::default();
        // The second line of a file for the Single Cell Portal has the types of the columns.
        let mut is_line = !is_line_of_types(&line, key) || self.next(&mut line)?;
        while is_line {
            let number = line.position().map_or(0, csv::Position::line);
            if line.len() != expected {
                return Err(Error::Ragged { path, line: number, found: line.len(), expected });
            }
            if !rows.add(&String::from_utf8_lossy(&line[key]), number) {
                let name = String::from_utf8_lossy(&line[key]).into_owned();
                let first = rows.line_of(&name);
                return Err(Error::Duplicate { path, name, first, second: number });
            }
            if rows.lines.len() > MAX_ROWS {
                return Err(Error::TooLarge { path, limit: MAX_ROWS as u64, unit: "rows" });
            }
            let fields = line.iter().enumerate().filter(|(place, _)| *place != key).map(|(_, field)| field);
            fields.zip(&mut columns).for_each(|(field, (_, values))| values.push(&String::from_utf8_lossy(field)));
            is_line = self.next(&mut line)?;
        }
        if rows.lines.is_empty() {
            return Err(Error::Empty { path });
        }
        Ok(ObsTable {
            path,
            key: wanted.clone(),
            coordinates: Vec::new(),
            rows: rows.rows,
            columns,
            embeddings: Vec::new(),
        })
    }
}

/// Returns the names of all columns. R writes a header without a name for the names of rows. Names that occur twice get a
/// number, as in pandas.
fn column_names(header: &ByteRecord, fields: usize) -> Vec<String> {
    let unnamed = (header.len() + 1 == fields).then(String::new);
    let texts = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned());
    let mut names: Vec<String> = Vec::with_capacity(fields);
    for (place, name) in unnamed.into_iter().chain(texts).enumerate() {
        let name = if name.is_empty() && place > 0 { format!("column {}", place + 1) } else { name };
        let numbered = (1..).map(|number| format!("{name}.{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

/// Returns the place of the column with the names of the cells, or the requested name if it does not exist.
fn key_place(names: &[String], key: &KeyColumn) -> Result<usize, String> {
    match key {
        KeyColumn::First => Ok(0),
        KeyColumn::Barcode => Ok(names.iter().position(|name| name.eq_ignore_ascii_case("barcode")).unwrap_or(0)),
        KeyColumn::Named(wanted) => names.iter().position(|name| name == wanted).ok_or_else(|| wanted.clone()),
    }
}

/// Returns whether a line has the types of columns, as in files for the Single Cell Portal.
fn is_line_of_types(line: &ByteRecord, key: usize) -> bool {
    let is_type = |(place, field): (usize, &[u8])| place == key || matches!(field, b"group" | b"numeric");
    line.get(key) == Some(b"TYPE") && line.iter().enumerate().all(is_type)
}

/// The rows of a table by the names of their cells.
#[derive(Default)]
struct Rows {
    rows: HashMap<Box<str>, u32>,
    /// The number of the line of each row.
    lines: Vec<u64>,
}

impl Rows {
    /// Adds the next row; returns whether its name is new.
    fn add(&mut self, name: &str, line: u64) -> bool {
        let row = self.lines.len() as u32;
        self.lines.push(line);
        *self.rows.entry(name.into()).or_insert(row) == row
    }

    fn line_of(&self, name: &str) -> u64 {
        self.rows.get(name).and_then(|&row| self.lines.get(row as usize)).copied().unwrap_or_default()
    }
}
