//! Normalized counts. In: windows of rows of a count matrix. Out: log-normalized rows.
//!
//! Counts are scaled to 10,000 per cell and log-transformed, as by scanpy's `normalize_total` (`target_sum` 1e4) and
//! `log1p`. The arithmetic is in `f32`, as in scanpy, so that genes have the same ranks.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    chunk::ValuePolicy,
    matrix::{RowSlice, RowSource},
};

use super::{Error, watch::Stage};

/// The total that every cell is scaled to before the logarithm.
const TARGET_TOTAL: f32 = 10_000.0;

/// The number of rows read at a time.
const WINDOW: usize = 1024;

/// The number of windows whose results are in memory at a time.
const BATCH: usize = 8;

/// Counts up to this one are the most frequent; their logarithms are computed once per cell.
const SMALL_COUNTS: usize = 16;

/// A count matrix, with the rules for its columns and values.
#[derive(Clone, Copy)]
pub struct Counts<'a> {
    rows: &'a dyn RowSource,
    counted: Option<&'a [bool]>,
    policy: ValuePolicy,
}

/// A window of log-normalized rows.
pub struct NormalizedRows {
    /// The rows.
    pub rows: RowSlice,
    /// The sum of each cell's counts.
    pub totals: Vec<f64>,
}

impl<'a> Counts<'a> {
    /// Creates a matrix whose columns are all genes and whose values are whole numbers.
    pub fn new(rows: &'a dyn RowSource) -> Self {
        Self { rows, counted: None, policy: ValuePolicy::WholeNumbers }
    }

    /// Sets which columns are genes; the others are ignored.
    ///
    /// # Panics
    /// Panics if the number of columns differs.
    pub fn counting(self, counted: Option<&'a [bool]>) -> Self {
        assert!(counted.is_none_or(|counted| counted.len() == self.rows.gene_count()), "one flag per column");
        Self { counted, ..self }
    }

    /// Sets the policy for the values.
    pub fn accepting(self, policy: ValuePolicy) -> Self {
        Self { policy, ..self }
    }

    /// Returns the number of cells.
    pub fn cells(&self) -> usize {
        self.rows.cell_count()
    }

    /// Returns the number of columns.
    pub fn genes(&self) -> usize {
        self.rows.gene_count()
    }

    /// Reads and normalizes a window of rows.
    fn normalized(&self, window: Range<usize>) -> Result<NormalizedRows, Error> {
        let mut rows = self.rows.rows(window)?;
        self.check(&mut rows)?;
        let RowSlice { indptr, data, .. } = &mut rows;
        let mut totals = Vec::with_capacity(indptr.len());
        for ends in indptr.windows(2) {
            let values = &mut data[ends[0]..ends[1]];
            let total = values.iter().map(|value| f64::from(*value)).sum();
            normalize(values, total);
            totals.push(total);
        }
        Ok(NormalizedRows { rows, totals })
    }

    /// Rounds the values, and sets those of other features to 0.
    fn check(&self, slice: &mut RowSlice) -> Result<(), Error> {
        let first_cell = slice.first_cell;
        let RowSlice { indptr, indices, data, .. } = slice;
        for (row, ends) in indptr.windows(2).enumerate() {
            for (&gene, value) in indices[ends[0]..ends[1]].iter().zip(&mut data[ends[0]..ends[1]]) {
                *value = match self.counted.is_none_or(|counted| counted[gene as usize]) {
                    true => self.policy.count(*value, first_cell + row, gene)?,
                    false => 0.0,
                };
            }
        }
        Ok(())
    }

    /// Reads all rows in windows: `read` runs on all cores, and `merge` gets its results in the order of the file. The
    /// number of windows per call of `merge` does not depend on the number of threads.
    ///
    /// # Errors
    /// Fails if the matrix cannot be read or has values that are not counts, or if the analysis was canceled.
    pub(super) fn for_each_window<T: Send>(
        &self,
        stage: Stage<'_>,
        read: impl Fn(NormalizedRows) -> T + Sync,
        mut merge: impl FnMut(Vec<T>),
    ) -> Result<(), Error> {
        let cells = self.cells();
        let windows: Vec<_> = (0..cells).step_by(WINDOW).map(|first| first..cells.min(first + WINDOW)).collect();
        for windows in windows.chunks(BATCH) {
            stage.advance(windows[0].start, cells)?;
            let read = windows.par_iter().map(|window| Ok(read(self.normalized(window.clone())?)));
            merge(read.collect::<Result<_, Error>>()?);
        }
        stage.advance(cells, cells)
    }
}

/// Replaces the counts of a cell by log-normalized values.
fn normalize(values: &mut [f32], total: f64) {
    let scale = Scale::of(total);
    let small: [f32; SMALL_COUNTS + 1] = std::array::from_fn(|count| scale.log_normalized(count as f32));
    for value in values {
        let index = *value as usize;
        *value = match small.get(index) {
            Some(known) if index as f32 == *value => *known,
            Some(_) | None => scale.log_normalized(*value),
        };
    }
}

/// The normalization of one cell.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    divisor: f32,
}

impl Scale {
    /// Creates the normalization of a cell with this total. A cell without counts has only zeros.
    pub fn of(total: f64) -> Self {
        Self { divisor: if total > 0.0 { total as f32 / TARGET_TOTAL } else { f32::INFINITY } }
    }

    /// Returns `ln(1 + 10,000 · count / total)`.
    pub fn log_normalized(self, count: f32) -> f32 {
        (count / self.divisor).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fake::FakeCounts;

    #[test]
    fn rows_are_scaled_to_10_000_and_log_transformed() {
        let source = FakeCounts::dense(&[vec![1.0, 0.0, 300.0, 16.0], vec![0.0; 4], vec![0.0, 0.0, 0.0, 70_000.0]]);
        let found = Counts::new(&source).normalized(0..3).unwrap();
        assert_eq!(found.totals, [317.0, 0.0, 70_000.0]);
        let expected = |count: f64| (count * 10_000.0 / 317.0).ln_1p();
        for (value, count) in found.rows.data.iter().zip([1.0, 300.0, 16.0]) {
            assert!((f64::from(*value) - expected(count)).abs() < 1e-6);
        }
        assert_eq!(found.rows.data[3], 10_000f32.ln_1p());
    }

    #[test]
    fn features_that_are_not_genes_do_not_count() {
        let source = FakeCounts::dense(&[vec![1.0, 99.5, 3.0]]);
        let found = Counts::new(&source).counting(Some(&[true, false, true])).normalized(0..1).unwrap();
        assert_eq!(found.totals, [4.0]);
        assert_eq!(found.rows.data, [2500f32.ln_1p(), 0.0, 7500f32.ln_1p()]);
    }

    #[test]
    fn a_value_that_is_not_a_count_is_refused_with_its_position() {
        for value in [0.5, -1.0, f32::NAN, f32::INFINITY] {
            let source = FakeCounts::dense(&[vec![1.0, 2.0], vec![0.0, value]]);
            let error = Counts::new(&source).normalized(0..2).err().unwrap();
            assert!(error.to_string().contains("row 1, column 1"), "{error}");
        }
        let source = FakeCounts::dense(&[vec![1.5, 2.0]]);
        assert!(Counts::new(&source).accepting(ValuePolicy::NonNegative).normalized(0..1).is_ok());
    }
}
