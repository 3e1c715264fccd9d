//! Quota accounting with the rules of CAS. In: cells and the time. Out: permission to process them.
//!
//! The weekly count rises when a chunk starts and falls again if the chunk fails. The lifetime count rises when a
//! chunk succeeds, so concurrent chunks can exceed the lifetime quota.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::wire;

/// The default weekly quota. It is a number because the official client cannot handle "unlimited" here.
pub const DEFAULT_WEEKLY_QUOTA: u64 = 1_000_000_000;

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The quotas and the numbers of cells counted against them.
#[derive(Clone, Debug)]
pub struct Ledger {
    weekly: u64,
    lifetime: Option<u64>,
    started_this_week: u64,
    succeeded: u64,
    resets_at: Timestamp,
}

/// The error of a request for more cells than are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The number of cells left.
    pub left: u64,
}

impl Ledger {
    /// Creates a ledger whose first week begins now.
    pub fn new(weekly: u64, lifetime: Option<u64>, now: Timestamp) -> Self {
        Self { weekly, lifetime, started_this_week: 0, succeeded: 0, resets_at: now + WEEK }
    }

    /// Starts a chunk of `cells` cells and counts them against the weekly quota.
    ///
    /// # Errors
    /// Fails with [`Exceeded`] if not all of them fit; then none is counted.
    pub fn start(&mut self, cells: u64, now: Timestamp) -> Result<(), Exceeded> {
        self.start_week(now);
        let left = self.left();
        if cells > left {
            return Err(Exceeded { left });
        }
        self.started_this_week += cells;
        Ok(())
    }

    /// Counts the cells of a started chunk against the lifetime quota.
    pub fn succeed(&mut self, cells: u64) {
        self.succeeded += cells;
    }

    /// Returns the cells of a failed chunk to the weekly quota.
    pub fn fail(&mut self, cells: u64) {
        self.started_this_week = self.started_this_week.saturating_sub(cells);
    }

    /// Returns the response of the quota endpoint.
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

    /// Returns the cells left of the lifetime quota; negative if concurrent chunks exceeded it.
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

    /// Returns the reset date in ISO 8601 without a time zone, as CAS does.
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
    fn a_chunk_that_does_not_fit_is_not_counted() {
        let mut ledger = Ledger::new(1000, Some(300), start());
        ledger.start(200, start()).unwrap();
        ledger.succeed(200);
        assert_eq!(ledger.start(101, start()), Err(Exceeded { left: 100 }));
        assert_eq!(left(&mut ledger, start()), (Some(100), Some(100)));
        ledger.start(100, start()).unwrap();
    }

    #[test]
    fn the_week_counts_started_chunks_and_the_lifetime_successful_ones() {
        let mut ledger = Ledger::new(1000, Some(5000), start());
        ledger.start(600, start()).unwrap();
        assert_eq!(left(&mut ledger, start()), (Some(400), Some(5000)));
        ledger.fail(600);
        assert_eq!(left(&mut ledger, start()), (Some(1000), Some(5000)));
    }

    #[test]
    fn concurrent_chunks_can_exceed_the_lifetime_quota() {
        let mut ledger = Ledger::new(1000, Some(100), start());
        for _ in 0..2 {
            ledger.start(80, start()).unwrap();
        }
        [80, 80].into_iter().for_each(|cells| ledger.succeed(cells));
        assert_eq!(left(&mut ledger, start()), (Some(0), Some(-60)));
        assert_eq!(ledger.start(1, start()), Err(Exceeded { left: 0 }));
    }

    #[test]
    fn the_weekly_quota_resets_and_the_lifetime_quota_does_not() {
        let mut ledger = Ledger::new(100, Some(150), start());
        ledger.start(100, start()).unwrap();
        ledger.succeed(100);
        assert_eq!(ledger.start(1, start()), Err(Exceeded { left: 0 }));
        let next_week = start() + SignedDuration::from_hours(8 * 24);
        assert_eq!(left(&mut ledger, next_week), (Some(50), Some(50)));
        assert_eq!(ledger.quota(next_week).quota_reset_date.as_deref(), Some("2026-01-20T10:00:00"));
    }

    #[test]
    fn an_unlimited_lifetime_quota_is_null() {
        let quota = Ledger::new(DEFAULT_WEEKLY_QUOTA, None, start()).quota(start());
        assert_eq!((quota.lifetime_quota, quota.remaining_lifetime_quota), (None, None));
        assert_eq!(quota.remaining_weekly_quota, Some(1_000_000_000));
    }
}
