//! Quota accounting. In: cells and the time. Out: leave to go on, or not. Pure.

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
    used_this_week: u64,
    used: u64,
    resets_at: Timestamp,
}

/// More cells than are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The cells that are left.
    pub left: u64,
    /// When the week starts again.
    pub resets_at: String,
}

impl Ledger {
    /// A ledger whose first week begins now.
    pub fn new(weekly: u64, lifetime: Option<u64>, now: Timestamp) -> Self {
        Self { weekly, lifetime, used_this_week: 0, used: 0, resets_at: now + WEEK }
    }

    /// Takes so many cells off the quota.
    ///
    /// # Errors
    /// [`Exceeded`] if not all of them fit; then none is taken.
    pub fn charge(&mut self, cells: u64, now: Timestamp) -> Result<(), Exceeded> {
        self.start_week(now);
        let left = self.left();
        if cells > left {
            return Err(Exceeded { left, resets_at: self.reset_date() });
        }
        self.used_this_week += cells;
        self.used += cells;
        Ok(())
    }

    /// Gives cells back that were charged.
    pub fn refund(&mut self, cells: u64) {
        self.used_this_week = self.used_this_week.saturating_sub(cells);
        self.used = self.used.saturating_sub(cells);
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
            remaining_lifetime_quota: self.left_of_lifetime().map(number),
            quota_increased: false,
        }
    }

    fn left(&self) -> u64 {
        let this_week = self.weekly.saturating_sub(self.used_this_week);
        self.left_of_lifetime().map_or(this_week, |lifetime| lifetime.min(this_week))
    }

    fn left_of_lifetime(&self) -> Option<u64> {
        self.lifetime.map(|lifetime| lifetime.saturating_sub(self.used))
    }

    fn start_week(&mut self, now: Timestamp) {
        if now >= self.resets_at {
            self.used_this_week = 0;
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

    #[test]
    fn a_charge_that_does_not_fit_takes_nothing() {
        let mut ledger = Ledger::new(1000, Some(300), start());
        ledger.charge(200, start()).unwrap();
        let exceeded = ledger.charge(101, start()).unwrap_err();
        assert_eq!(exceeded, Exceeded { left: 100, resets_at: "2026-01-12T10:00:00".to_owned() });
        let quota = ledger.quota(start());
        assert_eq!((quota.remaining_weekly_quota, quota.remaining_lifetime_quota), (Some(100), Some(100)));
        ledger.refund(200);
        ledger.charge(300, start()).unwrap();
    }

    #[test]
    fn the_weekly_quota_comes_back_and_the_lifetime_quota_does_not() {
        let mut ledger = Ledger::new(100, Some(150), start());
        ledger.charge(100, start()).unwrap();
        assert_eq!(ledger.charge(1, start()).unwrap_err().left, 0);
        let next_week = start() + SignedDuration::from_hours(8 * 24);
        let quota = ledger.quota(next_week);
        assert_eq!((quota.remaining_weekly_quota, quota.remaining_lifetime_quota), (Some(50), Some(50)));
        assert_eq!(quota.quota_reset_date.as_deref(), Some("2026-01-20T10:00:00"));
    }

    #[test]
    fn without_a_lifetime_quota_it_is_null() {
        let quota = Ledger::new(DEFAULT_WEEKLY_QUOTA, None, start()).quota(start());
        assert_eq!((quota.lifetime_quota, quota.remaining_lifetime_quota), (None, None));
        assert_eq!(quota.remaining_weekly_quota, Some(1_000_000_000));
    }
}
