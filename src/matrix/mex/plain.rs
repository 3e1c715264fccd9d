//! Windows of a plain file that is sorted by cell. The start of a cell is found by bisection, so nothing is read twice
//! and no index is needed.
//!
//! The search for a cell depends only on the cell. Therefore consecutive windows cover all bytes of the file, and as each
//! window checks the cells of its entries, no entry in another order is missed.

use std::{
    collections::BTreeMap,
    ops::Range,
    os::unix::fs::FileExt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    EntryFile,
    entry::{Entry, Scan},
    row_builder::RowBuilder,
};
use crate::matrix::{Error, RowSlice, RowSource, csr::tidied, error::EntryProblem, text_table::unreadable};

/// Number of bytes below which lines are searched one by one.
const NEAR: u64 = 1 << 14;
/// Number of bytes read at a step of the bisection. The first half has the end of a line, the second another line.
const PROBE: usize = 1024;
/// Number of bytes read at once.
const PIECE: usize = 1 << 20;
/// Size in bytes of a file whose lines are always counted, which takes less than a second.
const COUNTED: u64 = 1 << 30;
/// Maximum number of positions kept.
const MAX_MARKS: usize = 1 << 16;

/// The rows of a plain file.
pub(super) struct PlainRows {
    entries: Arc<EntryFile>,
    size: u64,
    /// The positions of cells found so far.
    marks: Mutex<BTreeMap<usize, u64>>,
}

impl PlainRows {
    /// Opens a file of which only some rows are read.
    pub(super) fn new(entries: &Arc<EntryFile>) -> Self {
        // A file that is gone is noticed when it is read.
        let size = entries.file.metadata().map_or(0, |metadata| metadata.len());
        Self { entries: entries.clone(), size, marks: Mutex::default() }
    }

    /// Opens a file and checks that its end is not missing.
    ///
    /// # Errors
    /// Fails if the number of lines is not that of the header. It is counted unless the file is large and its last entry
    /// belongs to the last cell.
    pub(super) fn complete(entries: &Arc<EntryFile>) -> Result<Self, Error> {
        let rows = Self::new(entries);
        let end = rows.end_of_text()?;
        if rows.size > COUNTED && rows.last_cell(end)? == Some(entries.cells - 1) {
            return Ok(rows);
        }
        let found = rows.count_lines(end)?;
        if found == entries.header.entries { Ok(rows) } else { Err(entries.wrong_count(found)) }
    }

    fn read(&self, range: Range<u64>, buffer: &mut Vec<u8>) -> Result<(), Error> {
        let start = buffer.len();
        buffer.resize(start + (range.end - range.start) as usize, 0);
        let read = self.entries.file.read_exact_at(&mut buffer[start..], range.start);
        read.map_err(|source| unreadable(&self.entries.path, source))
    }

    fn problem(&self, byte: u64, problem: EntryProblem) -> Error {
        self.entries.problem(byte, problem)
    }

    /// Returns the end of the last line that is not blank.
    fn end_of_text(&self) -> Result<u64, Error> {
        let mut end = self.size;
        while end > self.entries.header.length {
            let (start, mut piece) = (end.saturating_sub(PIECE as u64).max(self.entries.header.length), Vec::new());
            self.read(start..end, &mut piece)?;
            if let Some(last) = piece.iter().rposition(|byte| !byte.is_ascii_whitespace()) {
                return Ok(start + last as u64 + 1);
            }
            end = start;
        }
        Ok(self.entries.header.length)
    }

    /// Returns the cell of the last entry.
    fn last_cell(&self, end: u64) -> Result<Option<usize>, Error> {
        let mut lines = Vec::new();
        let start = end.saturating_sub(PROBE as u64).max(self.entries.header.length);
        self.read(start..end, &mut lines)?;
        let line = lines.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        let mut cell = None;
        let parsed = self.entries.parser().each(&lines[line..], |entry, _| {
            cell = Some(entry.cell as usize);
            Scan::Continue
        });
        parsed.map(|_| cell).map_err(|(place, problem)| self.problem(start + (line + place) as u64, problem))
    }

    fn count_lines(&self, end: u64) -> Result<u64, Error> {
        let (mut start, mut lines, mut piece) = (self.entries.header.length, 0, Vec::with_capacity(PIECE));
        if start == end {
            return Ok(0);
        }
        while start < end {
            piece.clear();
            let next = end.min(start + PIECE as u64);
            self.read(start..next, &mut piece)?;
            lines += piece.iter().filter(|&&byte| byte == b'\n').count() as u64;
            start = next;
        }
        Ok(lines + 1)
    }

    /// Returns the position of the first entry of a cell or a later one.
    fn position_of(&self, cell: usize) -> Result<u64, Error> {
        if cell == 0 {
            return Ok(self.entries.header.length);
        }
        if cell >= self.entries.cells {
            return Ok(self.size);
        }
        if let Some(&place) = self.marks.lock().unwrap_or_else(PoisonError::into_inner).get(&cell) {
            return Ok(place);
        }
        let place = self.search(cell)?;
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.len() >= MAX_MARKS {
            marks.clear();
        }
        marks.insert(cell, place);
        Ok(place)
    }

    fn search(&self, cell: usize) -> Result<u64, Error> {
        // Lines before `low` belong to earlier cells, those from `high` on do not.
        let (mut low, mut high) = (self.entries.header.length, self.size);
        let mut lines = Vec::with_capacity(PROBE);
        while high - low > NEAR {
            let middle = low + (high - low) / 2;
            lines.clear();
            self.read(middle..(middle + PROBE as u64).min(self.size), &mut lines)?;
            let newline = lines[..PROBE.min(lines.len()) / 2].iter().position(|&byte| byte == b'\n');
            let line = newline.ok_or_else(|| self.problem(middle, EntryProblem::NotAnEntry))? + 1;
            match self.first_entry(&lines[line..], middle + line as u64)? {
                Some((entry, place)) if (entry as usize) < cell && place < high => low = place,
                Some(_) | None => high = middle + line as u64,
            }
        }
        lines.clear();
        self.read(low..high, &mut lines)?;
        let mut found = None;
        let parsed = self.entries.parser().each(&lines, |entry, place| {
            if (entry.cell as usize) < cell {
                return Scan::Continue;
            }
            found = Some(low + place as u64);
            Scan::Stop
        });
        parsed.map_err(|(place, problem)| self.problem(low + place as u64, problem))?;
        Ok(found.unwrap_or(high))
    }

    /// Returns the cell and position of the first entry in a piece of text, whose last line may be incomplete.
    fn first_entry(&self, lines: &[u8], start: u64) -> Result<Option<(u32, u64)>, Error> {
        let mut found = None;
        let parsed = self.entries.parser().each(lines, |entry, place| {
            found = Some((entry.cell, start + place as u64));
            Scan::Stop
        });
        parsed.map(|_| found).map_err(|(place, problem)| self.problem(start + place as u64, problem))
    }

    /// Adds the entries of a window. Fails if one is not in the window, or before the previous one.
    fn add(&self, lines: &[u8], start: u64, cells: &Range<usize>, rows: &mut RowBuilder) -> Result<(), Error> {
        let mut misplaced = None;
        let parsed = self.entries.parser().each(lines, |entry: Entry, place| {
            let cell = entry.cell as usize;
            if cell < rows.current() || cell >= cells.end {
                misplaced = Some((place, EntryProblem::OutOfOrder));
                return Scan::Stop;
            }
            if !rows.push(entry) {
                misplaced = Some((place, EntryProblem::TooManyInCell));
                return Scan::Stop;
            }
            Scan::Continue
        });
        parsed.map_err(|(place, problem)| self.problem(start + place as u64, problem))?;
        match misplaced {
            Some((place, problem)) => Err(self.problem(start + place as u64, problem)),
            None => Ok(()),
        }
    }
}

impl RowSource for PlainRows {
    fn cell_count(&self) -> usize {
        self.entries.cells
    }

    fn gene_count(&self) -> usize {
        self.entries.genes
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let mut rows = RowBuilder::starting_at(cells.start, self.gene_count());
        let (mut start, end) = (self.position_of(cells.start)?, self.position_of(cells.end)?);
        if start > end && !cells.is_empty() {
            return Err(self.problem(end, EntryProblem::OutOfOrder));
        }
        let (mut lines, mut read) = (Vec::new(), start);
        while read < end && !cells.is_empty() {
            let next = end.min(read + PIECE as u64);
            self.read(read..next, &mut lines)?;
            read = next;
            let complete = if read == end {
                lines.len()
            } else {
                let newline = lines.iter().rposition(|&byte| byte == b'\n');
                newline.ok_or_else(|| self.problem(start, EntryProblem::NotAnEntry))? + 1
            };
            self.add(&lines[..complete], start, &cells, &mut rows)?;
            lines.drain(..complete);
            start += complete as u64;
        }
        Ok(tidied(rows.take_until(cells.end)))
    }
}
