//! The sample of a matrix. In: its size and storage. Out: windows of rows, distributed over the file.

use std::ops::Range;

use crate::matrix::{SourceHeader, StorageKind};

/// Maximum number of entries of a matrix that is read completely, which takes about 60 ms.
const SMALL: u64 = 4 << 20;

/// Number of entries sampled from a larger matrix.
const SAMPLED: u64 = 1 << 19;

/// Number of positions of the sample, distributed over the file.
const PLACES: usize = 16;

/// Number of positions in a dense array, for which more has to be read per row.
const PLACES_OF_ARRAYS: usize = 8;

/// Minimum and maximum number of rows at each position.
const ROWS: (u64, u64) = (16, 4096);

/// Number of rows read at a time.
const WINDOW: usize = 1000;

/// Returns the windows of rows to read: all rows, or a sample distributed over the file with its first and last row. Of
/// a compressed text file only the first rows are read.
pub(super) fn ranges_to_look_at(header: &SourceHeader) -> Vec<Range<usize>> {
    let cells = header.cells;
    let entries = header.entries.unwrap_or(cells as u64 * header.genes as u64);
    let mean = entries / (cells as u64).max(1);
    let is_array = matches!(header.storage, StorageKind::Dense | StorageKind::DenseByGenes);
    let places = if is_array { PLACES_OF_ARRAYS } else { PLACES };
    let rows = (SAMPLED / PLACES as u64 / mean.max(1)).clamp(ROWS.0, ROWS.1) as usize;
    let windows = |cells: usize| (0..cells).step_by(WINDOW).map(|first| first..cells.min(first + WINDOW)).collect();
    if entries <= SMALL || cells <= rows * places {
        return windows(cells);
    }
    if header.storage == StorageKind::Stream {
        // Later rows can only be reached through all rows before them.
        return windows(cells.min((SMALL / mean.max(1)) as usize));
    }
    let last = cells - rows;
    (0..places).map(|place| last * place / (places - 1)).map(|first| first..first + rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::CountSource;

    #[test]
    fn small_matrices_are_read_completely_and_large_ones_sampled_up_to_both_ends() {
        let header = |cells, entries| SourceHeader {
            source: CountSource::X,
            storage: StorageKind::Csr,
            dtype: "float32",
            cells,
            genes: 36_601,
            entries: Some(entries),
            unstated: Vec::new(),
        };
        let seen = |cells, entries| ranges_to_look_at(&header(cells, entries));
        assert_eq!(seen(1500, 3_900_000), [0..1000, 1000..1500]);
        let ranges = seen(1_000_000, 2_600_000_000);
        assert_eq!((ranges[0].clone(), ranges[15].end), (0..16, 1_000_000));
        let empty_droplets: usize = seen(737_280, 30_000_000).iter().map(ExactSizeIterator::len).sum();
        assert!(empty_droplets > 10_000, "{empty_droplets}");
        assert_eq!(seen(0, 0), Vec::<Range<usize>>::new());
    }
}
