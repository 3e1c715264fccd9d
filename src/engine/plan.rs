//! What is left to do in a run. Pure: this *is* resuming.

use std::collections::BTreeSet;

use crate::domain::ChunkIndex;

/// The chunks to send, in order: those of the run that are not stored.
pub fn missing(chunks: usize, stored: &BTreeSet<ChunkIndex>) -> Vec<ChunkIndex> {
    (0..chunks as u32).map(ChunkIndex).filter(|chunk| !stored.contains(chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_sent_whatever_was_stored_before() {
        let stored = BTreeSet::from([ChunkIndex(0), ChunkIndex(2)]);
        assert_eq!(missing(4, &stored), [ChunkIndex(1), ChunkIndex(3)]);
        assert_eq!(missing(3, &BTreeSet::new()).len(), 3);
        assert!(missing(0, &stored).is_empty());
    }
}
