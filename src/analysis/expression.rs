//! Expression of single genes. In: windows of rows of a count matrix, and columns. Out: the log-normalized values of
//! each column, sparse.
//!
//! A value is `ln(1 + count / (total / 10,000))`, where the total is that of the cell over *all* columns of the matrix,
//! whichever genes are requested. These are scanpy's `normalize_total(target_sum=1e4)` and `log1p`. The arithmetic is in
//! `f64`, in scanpy's order of operations; results are kept as `f32`.

mod cell;
mod normalizer;
mod stream;
mod values;

pub(crate) use cell::CellValues;
pub(crate) use normalizer::{LogNormalizer, TARGET_TOTAL};
pub(super) use stream::{CheckedRows, CountRows, stream};
pub(crate) use values::GeneValues;

use super::{Error, Step, Watch};
use crate::{chunk::ValuePolicy, matrix::RowSource};

/// The size in bytes above which genes are put off to another pass.
const BUDGET: usize = 192 << 20;
/// The size of an entry in bytes: a row and a value.
const ENTRY: usize = 8;

/// Reads the expression of some columns, in the order of `columns`.
///
/// All rows are read once. If the values of many genes do not fit into the memory reserved for them, some genes are
/// read in further passes.
///
/// # Errors
/// Fails if the matrix cannot be read or has values that are not counts, or with [`Error::Canceled`].
///
/// # Panics
/// Panics if a column is not in the matrix.
pub fn read(
    rows: &dyn RowSource,
    columns: &[u32],
    policy: ValuePolicy,
    watch: &Watch<'_>,
) -> Result<Vec<GeneValues>, Error> {
    assert!(columns.iter().all(|column| (*column as usize) < rows.gene_count()), "columns are in the matrix");
    let mut wanted = columns.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found: Vec<(u32, GeneValues)> = Vec::with_capacity(wanted.len());
    while !wanted.is_empty() {
        let mut pass = Collector::new(&wanted, BUDGET);
        stream(
            CountRows { rows, policy },
            watch.of(Step::Expression),
            |rows| select(&rows, &wanted),
            |part| {
                pass.take(part);
                Ok(())
            },
        )?;
        let read = pass.genes.len();
        let cells = rows.cell_count();
        found.extend(wanted.drain(..read).zip(pass.genes).map(|(column, gene)| (column, gene.finish(cells))));
    }
    let of_column = |column: &u32| {
        let place = found.binary_search_by_key(column, |(column, _)| *column);
        // Every requested column was read.
        place.map(|place| found[place].1.clone()).unwrap_or_default()
    };
    Ok(columns.iter().map(of_column).collect())
}

/// The entries of the requested columns in a window: the place of the column among them, the row and the value.
type Selected = Vec<(u32, u32, f32)>;

/// Returns the values of some columns, which ascend, in the order of the rows.
fn select(rows: &CheckedRows, columns: &[u32]) -> Selected {
    let mut selected = Vec::new();
    for (row, (genes, counts)) in (rows.slice.first_cell..).zip(rows.slice.iter()) {
        let normalizer = LogNormalizer::of_total(rows.totals[row - rows.slice.first_cell]);
        let mut from = 0;
        for (place, column) in columns.iter().enumerate() {
            from += genes[from..].partition_point(|gene| gene < column);
            if genes.get(from) == Some(column) {
                selected.push((place as u32, row as u32, normalizer.value(counts[from]) as f32));
            }
        }
    }
    selected
}

/// The values collected in a pass over the first genes of a list.
struct Collector {
    genes: Vec<Entries>,
    bytes: usize,
    budget: usize,
}

#[derive(Default)]
struct Entries {
    rows: Vec<u32>,
    values: Vec<f32>,
}

impl Collector {
    fn new(columns: &[u32], budget: usize) -> Self {
        Self { genes: columns.iter().map(|_| Entries::default()).collect(), bytes: 0, budget }
    }

    /// Adds the entries of a window. Beyond the budget, the last half of the genes is given up.
    fn take(&mut self, part: Selected) {
        for (place, row, value) in part {
            if let Some(gene) = self.genes.get_mut(place as usize) {
                gene.rows.push(row);
                gene.values.push(value);
                self.bytes += ENTRY;
            }
        }
        while self.bytes > self.budget && self.genes.len() > 1 {
            let dropped = self.genes.split_off(self.genes.len().div_ceil(2));
            self.bytes -= dropped.iter().map(|gene| ENTRY * gene.rows.len()).sum::<usize>();
        }
    }
}

impl Entries {
    fn finish(mut self, cells: usize) -> GeneValues {
        self.rows.shrink_to_fit();
        self.values.shrink_to_fit();
        GeneValues::new(cells, self.rows, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::RowSlice;

    /// A matrix of 1,000 cells, whose rows depend on their number only.
    struct Counts;

    fn count(cell: usize, gene: usize) -> f32 {
        ((cell * 31 + gene * 17) % 7) as f32
    }

    impl RowSource for Counts {
        fn cell_count(&self) -> usize {
            1000
        }

        fn gene_count(&self) -> usize {
            40
        }

        fn rows(&self, cells: std::ops::Range<usize>) -> Result<RowSlice, crate::matrix::Error> {
            let mut slice = RowSlice { first_cell: cells.start, indptr: vec![0], ..RowSlice::default() };
            for cell in cells {
                for gene in (0..40).filter(|gene| count(cell, *gene) != 0.0) {
                    slice.indices.push(gene as u32);
                    slice.data.push(count(cell, gene));
                }
                slice.indptr.push(slice.indices.len());
            }
            Ok(slice)
        }
    }

    fn expected(cell: usize, gene: usize) -> f32 {
        let total: f64 = (0..40).map(|gene| f64::from(count(cell, gene))).sum();
        (1.0 + f64::from(count(cell, gene)) * 1e4 / total).ln() as f32
    }

    #[test]
    fn values_are_normalized_by_the_total_of_all_genes_and_in_the_requested_order() {
        let genes = [39, 0, 39, 7];
        let found = read(&Counts, &genes, ValuePolicy::WholeNumbers, &Watch::default()).unwrap();
        assert_eq!(found.len(), 4);
        for (gene, values) in genes.into_iter().zip(found) {
            assert_eq!(values.cells(), 1000);
            for (cell, value) in values.dense().into_iter().enumerate() {
                assert!((value - expected(cell, gene as usize)).abs() <= 1e-6, "{cell} {gene}");
                assert_eq!(value, values.get(cell));
            }
        }
        for cell in [0, 1, 999] {
            let values = CellValues::read(&Counts, cell, ValuePolicy::WholeNumbers).unwrap();
            assert_eq!(values.expressed(), (0..40).filter(|gene| count(cell, *gene) > 0.0).count());
            (0..40).for_each(|gene| assert!((values.get(gene) - expected(cell, gene as usize)).abs() <= 1e-6));
        }
    }

    #[test]
    fn genes_beyond_the_memory_limit_are_put_off() {
        let mut collector = Collector::new(&[3, 5, 8, 9], 10 * ENTRY);
        for row in 0..6 {
            collector.take((0..4).map(|place| (place, row, 1.0)).collect());
        }
        assert_eq!(collector.genes.len(), 1, "half of the genes, twice");
        assert_eq!((collector.genes[0].rows.len(), collector.bytes), (6, 6 * ENTRY));
        for row in 6..100 {
            collector.take(vec![(0, row, 1.0)]);
        }
        assert_eq!(collector.genes[0].rows.len(), 100, "the last gene is never given up");
    }

    #[test]
    fn a_pass_can_be_canceled_and_reports_its_progress() {
        let seen = std::sync::Mutex::new(Vec::new());
        let report = |progress: crate::analysis::Progress| seen.lock().unwrap().push((progress.done, progress.total));
        read(&Counts, &[1], ValuePolicy::WholeNumbers, &Watch::new(&report, &|| false)).unwrap();
        let seen = seen.into_inner().unwrap();
        assert!(seen.is_sorted() && seen.last() == Some(&(1000, 1000)), "{seen:?}");
        let canceled = read(&Counts, &[1], ValuePolicy::WholeNumbers, &Watch::new(&|_| {}, &|| true));
        assert!(matches!(canceled, Err(Error::Canceled)));
    }
}
