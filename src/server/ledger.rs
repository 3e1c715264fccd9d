//! Quota accounting, as CAS does it. In: cells and the time. Out: leave to go on, or not. Pure.
//!
//! The week's cells are counted when a chunk starts, and given back when it fails. A lifetime's cells are counted when a
//! chunk succeeds, so that chunks at the same time can take more of them than there are.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::wire;

/// The weekly quota where none is set: a number, since the official client cannot do with "unlimited" here.
pub const DEFAULT_WEEKLY_QUOTA: u64 = 1_000_000_000;

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many cells were sent, and how many may be.
#[derive(Clone, Debug)]
pub struct Ledger {
    weekly: u64,
    lifetime: Option<u64>,
    started_this_week: u64,
    succeeded: u64,
    resets_at: Timestamp,
}

/// More cells than are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The cells that are left.
    pub left: u64,
}

impl Ledger {
    /// A ledger whose first week begins now.
    pub fn new(weekly: u64, lifetime: Option<u64>, now: Timestamp) -> Self {
        Self { weekly, lifetime, started_this_week: 0, succeeded: 0, resets_at: now + WEEK }
    }

    /// Starts a chunk of so many cells: takes them off the week's quota.
    ///
    /// # Errors
    /// [`Exceeded`] if not all of them fit; then none is taken.
    pub fn start(&mut self, cells: u64, now: Timestamp) -> Result<(), Exceeded> {
        self.start_week(now);
        let left = self.left();
        if cells > left {
            return Err(Exceeded { left });
        }
        self.started_this_week += cells;
        Ok(())
    }

    /// Takes the cells of a chunk that was started off the lifetime's quota.
    pub fn succeed(&mut self, cells: u64) {
        self.succeeded += cells;
    }

    /// Gives back the cells of a chunk that was started and failed.
    pub fn fail(&mut self, cells: u64) {
        self.started_this_week = self.started_this_week.saturating_sub(cells);
    }

    /// The answer of `quota`.
    pub fn quota(&mut self, now: Timestamp) -> wire::Quota {
        self.start_week(now);
        let number = |cells: u64| i64::try_from(cells).unwrap_or(i64::MAX);
        wire::Quota {
            user_id: 1.into(),
            weekly_quota: Some(number(self.weekly)),
            remaining_weekly_quota: Some(number(self.left())),
            quota_reset_date: Some(self.reset_date()),
            lifetime_quota: self.lifetime.map(number),
            remaining_lifetime_quota: self.left_of_lifetime(),
            quota_increased: false,
        }
    }

    fn left(&self) -> u64 {
        let this_week = self.weekly.saturating_sub(self.started_this_week);
        let of_lifetime = self.left_of_lifetime().map(|left| u64::try_from(left).unwrap_or(0));
        of_lifetime.map_or(this_week, |lifetime| lifetime.min(this_week))
    }

    /// Negative where chunks at the same time took more than there was.
    fn left_of_lifetime(&self) -> Option<i64> {
        let left = i128::from(self.lifetime?) - i128::from(self.succeeded);
        Some(i64::try_from(left).unwrap_or(if left < 0 { i64::MIN } else { i64::MAX }))
    }

    fn start_week(&mut self, now: Timestamp) {
        if now >= self.resets_at {
            self.started_this_week = 0;
            self.resets_at = now + WEEK;
        }
    }

    /// ISO 8601 without a zone, as CAS gives it.
    fn reset_date(&self) -> String {
        self.resets_at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-01-05T10:00:00Z".parse().unwrap()
    }

    fn left(ledger: &mut Ledger, now: Timestamp) -> (Option<i64>, Option<i64>) {
        let quota = ledger.quota(now);
        (quota.remaining_weekly_quota, quota.remaining_lifetime_quota)
    }

    #[test]
    fn a_chunk_that_does_not_fit_takes_nothing() {
        let mut ledger = Ledger::new(1000, Some(300), start());
        ledger.start(200, start()).unwrap();
        ledger.succeed(200);
        assert_eq!(ledger.start(101, start()), Err(Exceeded { left: 100 }));
        assert_eq!(left(&mut ledger, start()), (Some(100), Some(100)));
        ledger.start(100, start()).unwrap();
    }

    #[test]
    fn a_week_counts_what_was_started_and_a_lifetime_what_succeeded() {
        let mut ledger = Ledger::new(1000, Some(5000), start());
        ledger.start(600, start()).unwrap();
        assert_eq!(left(&mut ledger, start()), (Some(400), Some(5000)));
        ledger.fail(600);
        assert_eq!(left(&mut ledger, start()), (Some(1000), Some(5000)));
    }

    #[test]
    fn chunks_at_the_same_time_overdraw_a_lifetime() {
        let mut ledger = Ledger::new(1000, Some(100), start());
        for _ in 0..2 {
            ledger.start(80, start()).unwrap();
        }
        [80, 80].into_iter().for_each(|cells| ledger.succeed(cells));
        assert_eq!(left(&mut ledger, start()), (Some(0), Some(-60)));
        assert_eq!(ledger.start(1, start()), Err(Exceeded { left: 0 }));
    }

    #[test]
    fn the_weekly_quota_comes_back_and_the_lifetime_quota_does_not() {
        let mut ledger = Ledger::new(100, Some(150), start());
        ledger.start(100, start()).unwrap();
        ledger.succeed(100);
        assert_eq!(ledger.start(1, start()), Err(Exceeded { left: 0 }));
        let next_week = start() + SignedDuration::from_hours(8 * 24);
        assert_eq!(left(&mut ledger, next_week), (Some(50), Some(50)));
        assert_eq!(ledger.quota(next_week).quota_reset_date.as_deref(), Some("2026-01-20T10:00:00"));
    }

    #[test]
    fn without_a_lifetime_quota_it_is_null() {
        let quota = Ledger::new(DEFAULT_WEEKLY_QUOTA, None, start()).quota(start());
        assert_eq!((quota.lifetime_quota, quota.remaining_lifetime_quota), (None, None));
        assert_eq!(quota.remaining_weekly_quota, Some(1_000_000_000));
    }
}
