//! Buffers and coders that are used again and again, as many as are in use at once: kept by thread, each of the many
//! threads that the work passes over would hold on to its own.

use std::sync::{Mutex, PoisonError};

/// Lends things that are dear to make.
pub struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    /// An empty pool.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Lends one, made if none is free.
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
    fn what_is_given_back_is_lent_again() {
        let pool = Pool::<Vec<u8>>::new();
        pool.with(|first| {
            first.push(1);
            pool.with(|second| assert!(second.is_empty()));
        });
        pool.with(|first| assert_eq!(first, &[1]));
    }
}
