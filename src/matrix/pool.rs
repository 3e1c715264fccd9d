//! A pool of reusable buffers and coders. Its size is the maximum number in use at once. Thread-local buffers would use
//! more memory: the work moves over many threads, and each would keep its buffers.

use std::sync::{Mutex, PoisonError};

/// A pool of objects that are expensive to create.
pub struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    /// Creates an empty pool.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Runs `work` with an object of the pool, which is created if none is free.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut lent = free.unwrap_or_default();
        let result = work(&mut lent);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(lent);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returned_objects_are_reused() {
        let pool = Pool::<Vec<u8>>::new();
        pool.with(|first| {
            first.push(1);
            pool.with(|second| assert!(second.is_empty()));
        });
        pool.with(|first| assert_eq!(first, &[1]));
    }
}
