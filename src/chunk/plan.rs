//! Division of cells into chunks of equal size; the last one may be smaller.

use std::{num::NonZeroUsize, ops::Range};

use crate::domain::ChunkIndex;

/// Returns the row ranges of all chunks, which cover `0..cells` once and in order.
pub fn plan(cells: usize, size: NonZeroUsize) -> Vec<Range<usize>> {
    (0..cells).step_by(size.get()).map(|first| first..cells.min(first + size.get())).collect()
}

/// Returns the row range of one chunk.
pub fn chunk_range(cells: usize, size: NonZeroUsize, chunk: ChunkIndex) -> Range<usize> {
    let first = (chunk.as_usize() * size.get()).min(cells);
    first..cells.min(first + size.get())
}

/// Returns the number of chunks.
pub fn chunk_count(cells: usize, size: NonZeroUsize) -> usize {
    cells.div_ceil(size.get())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn chunks_cover_every_cell_once_in_order(cells in 0usize..5000, size in 1usize..700) {
            let size = NonZeroUsize::new(size).unwrap();
            let ranges = plan(cells, size);
            prop_assert_eq!(ranges.len(), chunk_count(cells, size));
            let mut next = 0;
            for (index, range) in (0u32..).zip(&ranges) {
                prop_assert_eq!(range.start, next);
                prop_assert!(range.len() == size.get() || range.end == cells);
                prop_assert_eq!(range.clone(), chunk_range(cells, size, ChunkIndex(index)));
                next = range.end;
            }
            prop_assert_eq!(next, cells);
        }
    }
}
