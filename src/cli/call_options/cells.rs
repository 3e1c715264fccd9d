//! Options that select cells. In: a list of names, or rows. Out: a set of the run's cells.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::rows::{CellError, RowRange};
use crate::{
    domain::text::excerpt,
    files,
    results::{CellNames, CellSet, Results},
};

/// The maximum number of unknown names listed; the others are counted.
const LISTED: usize = 20;

/// The maximum size in bytes of a list of cell names, which is some ten million names.
const LONGEST_LIST: u64 = 256 << 20;

/// Options that select cells.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CellArguments {
    /// Only the cells named in a file (- for standard input), one name per line
    #[arg(long, value_name = "FILE", conflicts_with = "rows")]
    cells: Option<PathBuf>,
    /// Only these rows, counted from 0, B not included; either end may be left out
    #[arg(long, value_name = "A..B")]
    rows: Option<RowRange>,
}

impl CellArguments {
    /// Returns whether a selection was given.
    pub fn is_given(&self) -> bool {
        self.cells.is_some() || self.rows.is_some()
    }

    /// Returns the selected cells of a run.
    pub fn choose(&self, results: &Results) -> anyhow::Result<CellSet> {
        if let Some(rows) = self.rows {
            let cells = results.run().manifest().input.cells_in_file();
            return Ok(rows.of(cells, results.rows_in_file().map(AsRef::as_ref))?);
        }
        match &self.cells {
            Some(path) if path == Path::new("-") => {
                let text = files::read_text_stream(io::stdin(), LONGEST_LIST);
                let text = text.context("cannot read names from standard input")?;
                Ok(named("standard input", &text, results.names())?)
            }
            Some(path) => {
                let shown = path.display().to_string();
                let text = files::read_text(path, LONGEST_LIST);
                let text = text.with_context(|| format!("cannot read names from {shown}"))?;
                Ok(named(&shown, &text, results.names())?)
            }
            None => Ok(CellSet::All),
        }
    }
}

/// Returns the cells with the given names. A name shared by several cells selects all of them.
fn named(list: &str, text: &str, names: &CellNames) -> Result<CellSet, CellError> {
    let asked: HashSet<&str> = text.lines().filter(|name| !name.is_empty()).collect();
    if asked.is_empty() {
        return Err(CellError::Empty { list: list.to_owned() });
    }
    let mut rows: HashMap<&str, Vec<usize>> = HashMap::with_capacity(asked.len());
    for (row, name) in names.iter().enumerate().filter(|(_, name)| asked.contains(name)) {
        rows.entry(name).or_default().push(row);
    }
    let mut unknown: Vec<&str> = asked.into_iter().filter(|name| !rows.contains_key(name)).collect();
    if unknown.is_empty() {
        return Ok(CellSet::of(rows.into_values().flatten()));
    }
    unknown.sort_unstable();
    let count = unknown.len();
    let names = unknown.into_iter().take(LISTED).map(excerpt).collect();
    Err(CellError::Unknown { list: list.to_owned(), count, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_selects_all_cells_with_it_and_unknown_names_are_listed() {
        let names: CellNames = ["a", "b", "a", "c"].into_iter().collect();
        assert_eq!(named("l", "a\r\nc\n\na\n", &names).unwrap(), CellSet::of([0, 2, 3]));
        let error = named("l.txt", "a\nx\x1b\n", &names).unwrap_err().to_string();
        assert_eq!(error, "1 names in l.txt are not cells of the run: x\u{FFFD}");
        assert!(matches!(named("l", "\n", &names), Err(CellError::Empty { .. })));
    }
}
