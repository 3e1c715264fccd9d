//! Room in memory for responses to chunks, which bounds the sum of all that have arrived and are not yet stored.
//!
//! Every response may have a small share without asking: usual answers fit into it. A longer one has to reserve the rest
//! before it is read on; until then its data stays in the network. It reserves once, all that it can need, so responses
//! never wait for each other in a circle.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The number of bytes of a response that need no reservation.
pub(super) const FREE_SHARE: usize = 4 << 20;
/// The number of bytes that all longer responses have together: one of the largest answer.
const SHARED: usize = 128 << 20;
/// The number of bytes of a permit.
const UNIT: usize = 64 << 10;

/// Room for the responses of a connection. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    units: Arc<Semaphore>,
    all: u32,
}

/// A reservation, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Reserved {
    _permit: OwnedSemaphorePermit,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(SHARED)
    }
}

impl Room {
    /// Returns room for this many bytes.
    fn of(bytes: usize) -> Self {
        let all = units(bytes);
        Self { units: Arc::new(Semaphore::new(all as usize)), all }
    }

    /// Waits until a response of at most this many bytes has room. One that is larger than the room gets all of it.
    pub(super) async fn reserve(&self, bytes: usize) -> Option<Reserved> {
        let wanted = units(bytes).min(self.all);
        // The semaphore is never closed, so this does not fail.
        self.units.clone().acquire_many_owned(wanted).await.ok().map(|permit| Reserved { _permit: permit })
    }

    /// Returns the number of bytes that are not reserved.
    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.units.available_permits() * UNIT
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// A body with its reservation.
struct Held {
    body: Vec<u8>,
    _reserved: Reserved,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}

impl Reserved {
    /// Returns the body as bytes that keep the reservation until the last clone of them is dropped.
    pub(super) fn hold(self, body: Vec<u8>) -> Bytes {
        Bytes::from_owner(Held { body, _reserved: self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sum_of_reservations_never_exceeds_the_room() {
        let room = Room::of(10 * UNIT);
        let first = room.reserve(6 * UNIT - 1).await.unwrap();
        assert_eq!(room.free(), 4 * UNIT);
        let mut second = Box::pin(room.reserve(5 * UNIT));
        assert!(futures::poll!(second.as_mut()).is_pending());
        let body = first.hold(vec![7; 3]);
        let clone = body.clone();
        drop(body);
        assert!(futures::poll!(second.as_mut()).is_pending());
        assert_eq!(&clone[..], [7; 3]);
        drop(clone);
        assert!(futures::poll!(second.as_mut()).is_ready());
        let whole = room.reserve(usize::MAX).await.unwrap();
        assert_eq!(room.free(), 0);
        drop(whole);
        assert_eq!(room.free(), 10 * UNIT);
    }

    #[tokio::test(start_paused = true)]
    async fn fifteen_of_the_largest_take_turns() {
        let (room, largest) = (Room::default(), 128 << 20);
        let (now, most) = (Arc::new(std::sync::atomic::AtomicUsize::new(0)), std::sync::atomic::AtomicUsize::new(0));
        let answers = (0..15).map(|_| async {
            use std::sync::atomic::Ordering::SeqCst;
            let reserved = room.reserve(largest).await;
            most.fetch_max(now.fetch_add(largest, SeqCst) + largest, SeqCst);
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            now.fetch_sub(largest, SeqCst);
            drop(reserved);
        });
        futures::future::join_all(answers).await;
        assert_eq!(most.into_inner(), largest);
    }
}
