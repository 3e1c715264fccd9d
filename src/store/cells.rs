//! The list of a run's cells: their names in the order of the file and, in a run of selected cells, their row numbers
//! in the file. Independent of the data file.

use std::{
    io::{self, BufRead, BufReader, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::files::{Trust, inflate, is_refused, open};

/// Maximum size of the name of a cell and its row number in bytes of JSON.
const LONGEST_LINE: u64 = 4 << 10;
/// Size in bytes that every list may have.
const SMALL_LIST: u64 = 16 << 20;
/// Maximum compression ratio of a list, at least ten times that of typical names.
const MOST_INFLATED: u64 = 256;

/// Number of cells that every list may have.
const SMALL_COUNT: u64 = 4_000_000;
/// Maximum number of cells per stored byte of a longer list. Consecutive numbers, the most compressible different names,
/// take about 3 per byte.
const MOST_CELLS_PER_BYTE: u64 = 4;

/// The cells of a run, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub struct CellList<'a> {
    /// One name per cell.
    pub names: &'a [String],
    /// The row number of each cell in the file, in ascending order; `None` if the run has all cells of the file.
    pub rows: Option<&'a [u32]>,
}

impl<'a> From<&'a Vec<String>> for CellList<'a> {
    fn from(names: &'a Vec<String>) -> Self {
        Self { names, rows: None }
    }
}

impl<'a> From<&'a [String]> for CellList<'a> {
    fn from(names: &'a [String]) -> Self {
        Self { names, rows: None }
    }
}

/// A line of the list.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line<T> {
    Name(T),
    Placed(u32, T),
}

/// Writes the list, one line per cell.
pub(super) fn write(list: CellList<'_>, mut out: impl Write) -> io::Result<()> {
    for (place, name) in list.names.iter().enumerate() {
        let row = list.rows.and_then(|rows| rows.get(place));
        let line = row.map_or(Line::Name(name), |&row| Line::Placed(row, name));
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Calls `show` with the name of each cell and, in a run of selected cells, its row number in the file. A list of more
/// than `cells` cells is damaged.
pub(super) fn read(path: &Path, cells: usize, mut show: impl FnMut(String, Option<u32>)) -> Result<(), Error> {
    let damaged = |source| Error::DamagedPart { path: path.to_owned(), source };
    let file = match open(path, Trust::Anybody) {
        Err(error) if error.kind() == io::ErrorKind::NotFound || is_refused(&error) => return Err(damaged(error)),
        opened => opened.map_err(Error::io("open", path))?,
    };
    let size = file.metadata().map_err(Error::io("read", path))?.len();
    let limit = (cells as u64).saturating_mul(LONGEST_LINE).min(size.saturating_mul(MOST_INFLATED).max(SMALL_LIST));
    let most_cells = size.saturating_mul(MOST_CELLS_PER_BYTE).max(SMALL_COUNT);
    let decoder = inflate(file, limit).map_err(damaged)?;
    for (place, line) in BufReader::new(decoder).lines().enumerate() {
        let line = line.map_err(damaged)?;
        if place >= cells {
            return Err(damaged(io::Error::new(io::ErrorKind::InvalidData, "it lists more cells than the run has")));
        }
        if place as u64 >= most_cells {
            let why = "it lists more cells than a file of its size can name";
            return Err(damaged(io::Error::new(io::ErrorKind::InvalidData, why)));
        }
        match serde_json::from_str(&line).map_err(|error| damaged(error.into()))? {
            Line::Name(name) => show(name, None),
            Line::Placed(row, name) => show(name, Some(row)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_bytes_cannot_name_many_millions_of_cells() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cells.jsonl.zst");
        let count = |cells: usize| {
            std::fs::write(&path, zstd::encode_all("\"\"\n".repeat(cells).as_bytes(), 1).unwrap()).unwrap();
            let mut read_cells = 0;
            read(&path, cells, |_, _| read_cells += 1).map(|()| read_cells)
        };
        assert_eq!(count(SMALL_COUNT as usize).unwrap(), SMALL_COUNT as usize);
        assert!(matches!(count(SMALL_COUNT as usize + 1), Err(Error::DamagedPart { .. })));
    }
}
