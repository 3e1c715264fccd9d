//! Bounds the memory of answers that are read at the same time on several cores.

use std::sync::{Condvar, Mutex, PoisonError};

use super::Error;
use crate::{domain::ChunkIndex, store::Run};

/// The maximum total size in bytes of answers read at the same time; a single one may be larger.
const MOST: u64 = 128 << 20;

/// The room for all answers of this process.
static ANSWERS: Room = Room { used: Mutex::new(0), freed: Condvar::new() };

/// Room for a number of bytes.
#[derive(Debug)]
struct Room {
    used: Mutex<u64>,
    freed: Condvar,
}

/// Reserved room, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Reserved<'a> {
    room: &'a Room,
    bytes: u64,
}

/// Waits until the answer of a chunk may be read, and reads it. The room must be held as long as the answer. A thread must
/// not hold another one meanwhile.
pub(super) fn answer(run: &Run, chunk: ChunkIndex) -> Result<(Reserved<'static>, Vec<u8>), Error> {
    let room = ANSWERS.reserve(run.answer_size_limit(chunk));
    Ok((room, run.answer(chunk)?))
}

impl Room {
    fn reserve(&self, bytes: u64) -> Reserved<'_> {
        let is_full = |used: &mut u64| *used > 0 && used.saturating_add(bytes) > MOST;
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let mut used = self.freed.wait_while(used, is_full).unwrap_or_else(PoisonError::into_inner);
        *used = used.saturating_add(bytes);
        Reserved { room: self, bytes }
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut used = self.room.used.lock().unwrap_or_else(PoisonError::into_inner);
        *used = used.saturating_sub(self.bytes);
        self.room.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn large_answers_are_read_one_after_another() {
        let room = Room { used: Mutex::new(0), freed: Condvar::new() };
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for number in 0..24 {
                let (room, now, most) = (&room, &now, &most);
                scope.spawn(move || {
                    let bytes = if number % 3 == 0 { 2 * MOST } else { MOST / 4 };
                    let _reserved = room.reserve(bytes);
                    most.fetch_max(now.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(bytes, Ordering::SeqCst);
                });
            }
        });
        assert_eq!((most.into_inner(), *room.used.lock().unwrap()), (2 * MOST, 0));
    }
}
