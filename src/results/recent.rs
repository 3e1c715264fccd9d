//! The most recently read chunks of a run, kept in memory up to a number and a size.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use super::Error;
use crate::domain::ChunkIndex;

/// The maximum number of recently read chunks kept in memory.
const KEPT: usize = 6;

/// The approximate maximum size in bytes of the recently read chunks kept in memory.
const KEPT_BYTES: usize = 64 << 20;

/// The most recently read chunks, with their sizes in bytes.
#[derive(Debug)]
pub(super) struct Recent<T>(VecDeque<(ChunkIndex, Arc<T>, usize)>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::with_capacity(KEPT))
    }
}

impl<T> Recent<T> {
    /// Returns the value of a chunk, loading it and its size if needed. The lock is not held while loading, so two threads
    /// may load the same chunk but never wait for each other.
    pub(super) fn get_or_load(
        recent: &Mutex<Self>,
        chunk: ChunkIndex,
        load: impl FnOnce() -> Result<(T, usize), Error>,
    ) -> Result<Arc<T>, Error> {
        let lock = || recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(chunk) {
            return Ok(known);
        }
        let (loaded, bytes) = load()?;
        let loaded = Arc::new(loaded);
        lock().keep(chunk, loaded.clone(), bytes);
        Ok(loaded)
    }

    /// Returns whether a chunk need not be loaded.
    pub(super) fn has(recent: &Mutex<Self>, chunk: ChunkIndex) -> bool {
        recent.lock().unwrap_or_else(PoisonError::into_inner).get(chunk).is_some()
    }

    fn get(&self, chunk: ChunkIndex) -> Option<Arc<T>> {
        self.0.iter().find(|(known, _, _)| *known == chunk).map(|(_, value, _)| value.clone())
    }

    /// Adds a chunk, and removes the oldest ones beyond the limits.
    fn keep(&mut self, chunk: ChunkIndex, value: Arc<T>, bytes: usize) {
        self.0.push_front((chunk, value, bytes));
        let mut sum = 0usize;
        let fits = self.0.iter().take(KEPT).take_while(|(_, _, bytes)| {
            sum = sum.saturating_add(*bytes);
            sum <= KEPT_BYTES
        });
        let count = fits.count();
        self.0.truncate(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_chunks_are_bounded_by_number_and_bytes() {
        let mut recent = Recent::default();
        let mut kept = |sizes: &[usize]| {
            recent.0.clear();
            for (chunk, bytes) in (0..).map(ChunkIndex).zip(sizes) {
                recent.keep(chunk, Arc::new(()), *bytes);
            }
            recent.0.iter().map(|(chunk, _, _)| chunk.0).collect::<Vec<_>>()
        };
        assert_eq!(kept(&[1; 9]), [8, 7, 6, 5, 4, 3]);
        assert_eq!(kept(&[KEPT_BYTES / 3; 9]), [8, 7, 6]);
        assert_eq!(kept(&[1, 1, KEPT_BYTES, 0]), [3, 2]);
        assert_eq!(kept(&[1, KEPT_BYTES + 1]), [0; 0]);
    }
}
