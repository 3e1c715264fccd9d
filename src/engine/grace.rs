//! The time that a stopped run waits for its chunks in flight. A chunk that has reached the server costs quota even if
//! its answer is not received. In: the durations of chunks so far, and a limit. Out: a duration. Reads no clock.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::domain::ChunkIndex;

/// The default limit of the wait.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(120);
/// Time reserved at the end of a batch job for writing the files of the run.
const RESERVE: Duration = Duration::from_secs(5);
/// The limit close to the end of a batch job. Batch systems send the kill signal half a minute after the first signal.
const LEAST_IN_JOB: Duration = Duration::from_secs(25);
/// Margin added to the estimate, for storing an answer.
const MARGIN: Duration = Duration::from_secs(5);

/// The limit of the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraceLimit {
    /// A fixed time after the run is stopped.
    Fixed(Duration),
    /// The rest of the batch job, which ends at this time.
    UntilJobEnds(Instant),
}

impl Default for GraceLimit {
    fn default() -> Self {
        Self::Fixed(DEFAULT_LIMIT)
    }
}

impl GraceLimit {
    /// Returns the limit for a run that is stopped at `now`.
    pub fn limit_at(self, now: Instant) -> Duration {
        match self {
            Self::Fixed(limit) => limit,
            Self::UntilJobEnds(end) => end.saturating_duration_since(now).saturating_sub(RESERVE).max(LEAST_IN_JOB),
        }
    }
}

/// A wait for the answers to chunks in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraceWait {
    /// Number of chunks in flight.
    pub chunks: usize,
    /// Maximum remaining time.
    pub at_most: Duration,
}

/// Returns how long a run waits for its answers after it is stopped.
///
/// This is 1.5 times the duration of the slowest chunk so far, answered or still in flight, plus a margin. It is the
/// full limit if no chunk was answered yet, and zero without a chunk in flight.
pub fn estimate(slowest_answered: Option<Duration>, oldest_in_flight: Option<Duration>, limit: Duration) -> Duration {
    match (slowest_answered, oldest_in_flight) {
        (_, None) => Duration::ZERO,
        (None, Some(_)) => limit,
        (Some(answered), Some(in_flight)) => {
            let slowest = answered.max(in_flight);
            limit.min(slowest.saturating_add(slowest / 2).saturating_add(MARGIN))
        }
    }
}

/// The deadline of a stopped run: when it was stopped, and until when it waits for chunks in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadline {
    asked_at: Instant,
    limit: Duration,
    until: Instant,
}

impl Deadline {
    /// Computes the deadline of a run that is stopped now.
    pub(super) fn begin(now: Instant, limit: GraceLimit, times: &InFlight) -> Self {
        let limit = limit.limit_at(now);
        Self { asked_at: now, limit, until: now + estimate(times.slowest_answered(), times.oldest(now), limit) }
    }

    /// Returns the end of the wait.
    pub(super) fn until(self) -> Instant {
        self.until
    }

    /// Updates the deadline after a chunk was answered, which may have taken longer than any before. Returns whether
    /// the wait was extended.
    pub(super) fn extend(&mut self, now: Instant, times: &InFlight) -> bool {
        let wait = estimate(times.slowest_answered(), times.oldest(now), self.limit);
        let extended = self.asked_at + wait > self.until;
        self.until = self.until.max(self.asked_at + wait);
        extended
    }
}

/// The chunks in flight, and the durations of answered chunks. Clones share the data.
#[derive(Clone, Debug, Default)]
pub(super) struct InFlight(Arc<Mutex<Times>>);

#[derive(Debug, Default)]
struct Times {
    since: BTreeMap<ChunkIndex, Instant>,
    slowest_answered: Option<Duration>,
}

impl InFlight {
    /// Counts a chunk as in flight until the returned guard is dropped.
    pub(super) fn enter(&self, chunk: ChunkIndex) -> Awaited {
        self.times().since.insert(chunk, Instant::now());
        Awaited { chunk, chunks: self.clone() }
    }

    /// Records the duration of an answered chunk.
    pub(super) fn answered(&self, took: Duration) {
        let mut times = self.times();
        times.slowest_answered = times.slowest_answered.max(Some(took));
    }

    /// Returns the number of chunks in flight.
    pub(super) fn count(&self) -> usize {
        self.times().since.len()
    }

    fn slowest_answered(&self) -> Option<Duration> {
        self.times().slowest_answered
    }

    fn oldest(&self, now: Instant) -> Option<Duration> {
        self.times().since.values().map(|since| now.saturating_duration_since(*since)).max()
    }

    /// Locks the data. A panic of another thread leaves it consistent.
    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guard for a chunk in flight.
#[derive(Debug)]
pub(super) struct Awaited {
    chunk: ChunkIndex,
    chunks: InFlight,
}

impl Drop for Awaited {
    fn drop(&mut self) {
        self.chunks.times().since.remove(&self.chunk);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_wait_is_one_and_a_half_times_the_slowest_chunk() {
        let wait = |answered, in_flight| estimate(answered, in_flight, seconds(120));
        assert_eq!(wait(Some(seconds(20)), Some(seconds(3))), seconds(20 + 10 + 5));
        assert_eq!(wait(Some(seconds(20)), Some(seconds(40))), seconds(40 + 20 + 5), "one in flight is slower");
        assert_eq!(wait(Some(seconds(500)), Some(seconds(1))), seconds(120), "the limit applies");
        assert_eq!(wait(None, Some(seconds(1))), seconds(120), "nothing is known yet");
        assert_eq!(wait(Some(seconds(20)), None), seconds(0), "nothing is in flight");
        assert_eq!(wait(None, None), seconds(0));
    }

    proptest! {
        #[test]
        fn the_wait_respects_the_limit_and_covers_the_remaining_time(
            answered in 0u64..1000, in_flight in 0u64..1000, limit in 0u64..1000,
        ) {
            let (answered, in_flight, limit) = (seconds(answered), seconds(in_flight), seconds(limit));
            let wait = estimate(Some(answered), Some(in_flight), limit);
            prop_assert!(wait <= limit);
            prop_assert!(wait == limit || wait >= answered.saturating_sub(in_flight));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_batch_job_sets_the_limit() {
        let now = Instant::now();
        let limit = |left| GraceLimit::UntilJobEnds(now + seconds(left)).limit_at(now);
        assert_eq!(limit(44), seconds(39), "time to write the files is reserved");
        assert_eq!(limit(0), seconds(25), "batch systems kill half a minute after they ask");
        assert_eq!(GraceLimit::UntilJobEnds(now).limit_at(now + seconds(60)), seconds(25));
        assert_eq!(GraceLimit::Fixed(seconds(7)).limit_at(now), seconds(7));
        assert_eq!(GraceLimit::default().limit_at(now), seconds(120));
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_is_extended_by_a_chunk_slower_than_all_before() {
        let times = InFlight::default();
        let _slow = times.enter(ChunkIndex(7));
        times.answered(seconds(10));
        let asked_at = Instant::now();
        let mut deadline = Deadline::begin(asked_at, GraceLimit::default(), &times);
        assert_eq!(deadline.until() - asked_at, seconds(20));
        tokio::time::advance(seconds(9)).await;
        assert!(!deadline.extend(Instant::now(), &times), "nothing new is known");
        times.answered(seconds(20));
        assert!(deadline.extend(Instant::now(), &times));
        assert_eq!(deadline.until() - asked_at, seconds(35));
        times.answered(seconds(1000));
        assert!(deadline.extend(Instant::now(), &times));
        assert_eq!(deadline.until() - asked_at, seconds(120), "the limit counts from the request to end");
    }

    #[tokio::test(start_paused = true)]
    async fn a_chunk_is_in_flight_until_it_is_answered_or_given_up() {
        let times = InFlight::default();
        let (first, second) = (times.enter(ChunkIndex(0)), times.enter(ChunkIndex(1)));
        tokio::time::advance(seconds(4)).await;
        assert_eq!((times.count(), times.oldest(Instant::now())), (2, Some(seconds(4))));
        drop(first);
        assert_eq!(times.count(), 1);
        drop(second);
        assert_eq!((times.count(), times.oldest(Instant::now())), (0, None));
    }
}
