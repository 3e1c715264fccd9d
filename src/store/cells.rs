//! The list of a run's cells: their names in the order of the file and, in a run of selected cells, their row numbers
//! in the file. Independent of the data file.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::Error;

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

/// Calls `show` with the name of each cell and, in a run of selected cells, its row number in the file.
pub(super) fn read(path: &Path, mut show: impl FnMut(String, Option<u32>)) -> Result<(), Error> {
    let damaged = |source| Error::DamagedPart { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(damaged(error)),
        opened => opened.map_err(Error::io("open", path))?,
    };
    for line in BufReader::new(zstd::Decoder::new(file).map_err(damaged)?).lines() {
        match serde_json::from_str(&line.map_err(damaged)?).map_err(|error| damaged(error.into()))? {
            Line::Name(name) => show(name, None),
            Line::Placed(row, name) => show(name, Some(row)),
        }
    }
    Ok(())
}
