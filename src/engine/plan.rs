//! The chunks that a run still has to send. These are pure functions, which also implement resuming.

use std::{collections::BTreeSet, ops::Range};

use crate::domain::{ChunkIndex, Shard};

/// Returns the chunks that a process is responsible for: all, or those of its part.
pub fn part(chunks: usize, shard: Option<Shard>) -> Range<usize> {
    shard.map_or(0..chunks, |shard| shard.chunks(chunks))
}

/// Returns the chunks to send, in order: those of the part that are not stored.
pub fn missing(part: &Range<usize>, stored: &BTreeSet<ChunkIndex>) -> Vec<ChunkIndex> {
    part.clone().map(|chunk| ChunkIndex(chunk as u32)).filter(|chunk| !stored.contains(chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_chunks_are_sent() {
        let stored = BTreeSet::from([ChunkIndex(0), ChunkIndex(2)]);
        assert_eq!(missing(&(0..4), &stored), [ChunkIndex(1), ChunkIndex(3)]);
        assert_eq!(missing(&(0..3), &BTreeSet::new()).len(), 3);
        assert!(missing(&(0..0), &stored).is_empty());
        assert_eq!(missing(&part(4, "2/2".parse().ok()), &stored), [ChunkIndex(3)]);
    }
}
