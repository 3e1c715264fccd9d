//! Division of cells into chunks of equal size; the last one may be smaller.

use std::{num::NonZeroUsize, ops::Range};

use crate::domain::ChunkIndex;

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
            let chunks = 0..chunk_count(cells, size) as u32;
            let ranges: Vec<_> = chunks.map(|chunk| chunk_range(cells, size, ChunkIndex(chunk))).collect();
            let mut next = 0;
            for range in &ranges {
                prop_assert_eq!(range.start, next);
                prop_assert!(range.len() == size.get() || range.end == cells);
                next = range.end;
            }
            prop_assert_eq!(next, cells);
        }
    }
}
