//! A pass over all rows of a count matrix. Windows are read and processed on all cores; their results are passed on in
//! the order of the file, while the next windows are read.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    analysis::{Error, watch::Stage},
    chunk::{ValuePolicy, sanitize::total},
    matrix::{RowSlice, RowSource},
};

/// The approximate number of entries of a window.
const ENTRIES: usize = 1 << 18;
/// The minimum and maximum number of rows of a window.
const ROWS: (usize, usize) = (32, 1 << 15);
/// The number of rows of the first windows, when the number of entries per row is not known.
const FIRST_ROWS: usize = 64;

/// Rows whose values are counts.
pub struct CheckedRows {
    /// The rows.
    pub slice: RowSlice,
    /// The sum of each row over all columns.
    pub totals: Vec<f64>,
}

/// A count matrix with the values that it may have.
#[derive(Clone, Copy)]
pub struct CountRows<'a> {
    /// The matrix.
    pub rows: &'a dyn RowSource,
    /// The values that are accepted as counts.
    pub policy: ValuePolicy,
}

/// Reads all rows: `make` processes a window on any thread, and `take` gets the results in the order of the file. Windows
/// differ with the number of threads, so results must not depend on them.
///
/// # Errors
/// Fails if the matrix cannot be read or has values that are not counts, if `take` fails, or with [`Error::Canceled`].
pub fn stream<T: Send>(
    CountRows { rows, policy }: CountRows<'_>,
    stage: Stage<'_>,
    make: impl Fn(CheckedRows) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let cells = rows.cell_count();
    let read = |window: &Range<usize>| {
        let checked = checked(rows.rows(window.clone())?, policy)?;
        let entries = checked.slice.data.len();
        Ok((make(checked), entries))
    };
    let mut pace = Pace::default();
    let mut ready = Vec::new();
    stage.advance(0, cells)?;
    loop {
        let (done, windows) = (pace.rows, pace.windows(cells));
        let results: Vec<(T, usize)> = std::mem::take(&mut ready);
        let (taken, read) = rayon::join(
            || results.into_iter().try_for_each(|(result, _)| take(result)),
            || windows.par_iter().map(read).collect::<Result<Vec<_>, Error>>(),
        );
        taken?;
        ready = read?;
        stage.advance(done, cells)?;
        let Some(last) = windows.last() else { return Ok(()) };
        pace.rows = last.end;
        pace.entries += ready.iter().map(|(_, entries)| entries).sum::<usize>();
    }
}

/// The rows read so far, and the number of their entries.
#[derive(Default)]
struct Pace {
    rows: usize,
    entries: usize,
}

impl Pace {
    /// Returns the next windows, one for each thread.
    fn windows(&self, cells: usize) -> Vec<Range<usize>> {
        let step = match self.rows {
            0 => FIRST_ROWS,
            rows => (ENTRIES * rows / self.entries.max(1)).clamp(ROWS.0, ROWS.1),
        };
        let starts = (self.rows..cells).step_by(step).take(rayon::current_num_threads());
        starts.map(|first| first..cells.min(first + step)).collect()
    }
}

/// Checks the values of a window, rounds those within the rounding error of `f32`, and sums each row.
fn checked(mut slice: RowSlice, policy: ValuePolicy) -> Result<CheckedRows, Error> {
    let RowSlice { first_cell, indptr, indices, data } = &mut slice;
    let mut totals = Vec::with_capacity(indptr.len());
    for (row, ends) in indptr.windows(2).enumerate() {
        let (genes, values) = (&indices[ends[0]..ends[1]], &mut data[ends[0]..ends[1]]);
        if !policy.accepts_all_unchanged(values) {
            for (&gene, value) in genes.iter().zip(values.iter_mut()) {
                *value = policy.count(*value, *first_cell + row, gene)?;
            }
        }
        totals.push(total(values));
    }
    Ok(CheckedRows { slice, totals })
}
