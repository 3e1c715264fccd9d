//! A cache of decoded chunks (or other values derived from a part of a file) that neighboring windows share, so that
//! each chunk is decoded only once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The key of a chunk in a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChunkKey {
    /// The serial number of the dataset.
    pub dataset: u64,
    /// The offset of the chunk's first element.
    pub offset: [u64; 2],
}

type Slot<T> = Arc<Mutex<Option<Arc<T>>>>;

/// A value with a known size in memory.
pub trait Weighed {
    /// Returns the size in bytes.
    fn bytes(&self) -> usize;
}

impl Weighed for Vec<u8> {
    fn bytes(&self) -> usize {
        self.len()
    }
}

/// A cache of the most recently used chunks, limited in bytes. The newest chunk is kept regardless of its size.
pub struct ChunkCache<T = Vec<u8>> {
    limit: usize,
    shelf: Mutex<Shelf<T>>,
}

struct Shelf<T> {
    entries: HashMap<ChunkKey, Entry<T>>,
    bytes: usize,
    clock: u64,
}

struct Entry<T> {
    slot: Slot<T>,
    bytes: usize,
    used: u64,
}

impl<T: Weighed> ChunkCache<T> {
    /// Creates an empty cache with a limit in bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, shelf: Mutex::new(Shelf { entries: HashMap::new(), bytes: 0, clock: 0 }) }
    }

    /// Returns a chunk, if it is in the cache and loaded.
    pub fn get(&self, key: ChunkKey) -> Option<Arc<T>> {
        let slot = self.shelf().touch(key)?;
        lock(&slot).clone()
    }

    /// Returns a chunk, if it is in the cache and loaded, and removes it.
    pub fn take(&self, key: ChunkKey) -> Option<Arc<T>> {
        let bytes = self.get(key)?;
        self.shelf().remove(key);
        Some(bytes)
    }

    /// Returns a chunk, and loads it if necessary. If two callers request the same chunk, one loads it and one waits.
    pub fn get_or_load<E>(&self, key: ChunkKey, load: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let slot = self.shelf().touch_or_insert(key);
        let mut content = lock(&slot);
        if let Some(bytes) = &*content {
            return Ok(bytes.clone());
        }
        let bytes = Arc::new(load()?);
        *content = Some(bytes.clone());
        drop(content);
        self.shelf().account(key, bytes.bytes(), self.limit);
        Ok(bytes)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<T>> {
        lock(&self.shelf)
    }
}

// A panic of another thread leaves the values valid: they change only by single assignments.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> Shelf<T> {
    fn touch(&mut self, key: ChunkKey) -> Option<Slot<T>> {
        self.clock += 1;
        let entry = self.entries.get_mut(&key)?;
        entry.used = self.clock;
        Some(entry.slot.clone())
    }

    fn touch_or_insert(&mut self, key: ChunkKey) -> Slot<T> {
        self.clock += 1;
        let entry = self.entries.entry(key).or_insert_with(|| Entry { slot: Slot::default(), bytes: 0, used: 0 });
        entry.used = self.clock;
        entry.slot.clone()
    }

    fn remove(&mut self, key: ChunkKey) {
        self.bytes -= self.entries.remove(&key).map_or(0, |entry| entry.bytes);
    }

    fn account(&mut self, key: ChunkKey, bytes: usize, limit: usize) {
        if let Some(entry) = self.entries.get_mut(&key) {
            self.bytes += bytes - entry.bytes;
            entry.bytes = bytes;
        }
        while self.bytes > limit {
            let others = self.entries.iter().filter(|(other, entry)| **other != key && entry.bytes > 0);
            let Some(oldest) = others.min_by_key(|(_, entry)| entry.used).map(|(&oldest, _)| oldest) else { return };
            self.remove(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> ChunkKey {
        ChunkKey { dataset: 0, offset: [n, 0] }
    }

    #[test]
    fn the_least_recently_used_chunk_is_evicted_and_the_newest_is_kept() {
        let cache = ChunkCache::new(10);
        let load = |n| cache.get_or_load::<()>(key(n), || Ok(vec![n as u8; 4])).unwrap();
        load(1);
        load(2);
        load(1);
        load(3);
        assert!(cache.get(key(1)).is_some() && cache.get(key(2)).is_none() && cache.get(key(3)).is_some());
        cache.get_or_load::<()>(key(9), || Ok(vec![0; 100])).unwrap();
        assert_eq!(cache.get(key(9)).unwrap().len(), 100);
        assert!(cache.get(key(1)).is_none());
    }

    #[test]
    fn a_taken_chunk_is_removed() {
        let cache = ChunkCache::new(10);
        cache.get_or_load::<()>(key(1), || Ok(vec![1; 8])).unwrap();
        cache.get_or_load::<()>(key(2), || Ok(vec![2])).unwrap();
        assert_eq!(cache.take(key(1)).unwrap().len(), 8);
        cache.get_or_load::<()>(key(3), || Ok(vec![3; 8])).unwrap();
        assert!(cache.take(key(1)).is_none() && cache.get(key(2)).is_some() && cache.get(key(3)).is_some());
    }

    #[test]
    fn a_failed_load_is_repeated_by_the_next_caller() {
        let cache = ChunkCache::new(10);
        assert_eq!(cache.get_or_load(key(1), || Err("no")), Err("no"));
        assert_eq!(*cache.get_or_load::<()>(key(1), || Ok(vec![1])).unwrap(), [1]);
    }
}
