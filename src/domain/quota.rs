//! Limits on the number of cells that a user may send.

/// The quota of a user in cells. `None` means that there is no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Number of cells per week.
    pub weekly: Option<u64>,
    /// Number of cells left this week. The server reports at most the number left of the lifetime limit. Negative after
    /// an overdraft.
    pub remaining_weekly: Option<i64>,
    /// The start of the next week in ISO 8601 without time zone, as sent by the server.
    pub resets_at: Option<String>,
    /// Total number of cells.
    pub lifetime: Option<u64>,
    /// Number of cells left of the total. Negative after an overdraft by parallel chunks, or if the limit was lowered.
    pub remaining_lifetime: Option<i64>,
    /// Whether the lifetime limit has been increased, which happens once, after feedback.
    pub was_increased: bool,
}

/// A limit of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaLimit {
    /// The weekly limit, which is reset.
    Weekly,
    /// The lifetime limit, which is not reset.
    Lifetime,
}

impl Quota {
    /// Returns the number of cells that can be sent now, or `None` if there is no limit.
    pub fn usable(&self) -> Option<u64> {
        self.remaining().map(|cells| u64::try_from(cells).unwrap_or(0))
    }

    /// Returns what remains of the limit that is reached first, negative after an overdraft; `None` if there is no limit.
    pub fn remaining(&self) -> Option<i64> {
        match (self.remaining_weekly, self.remaining_lifetime) {
            (Some(weekly), Some(lifetime)) => Some(weekly.min(lifetime)),
            (weekly, lifetime) => weekly.or(lifetime),
        }
    }

    /// Returns whether the reported rest of the week is the rest of the lifetime limit. In that case the actual rest of
    /// the weekly limit is unknown, but larger.
    pub fn weekly_is_capped(&self) -> bool {
        let is_more = match (self.weekly, self.remaining_lifetime) {
            (Some(weekly), Some(lifetime)) => i128::from(weekly) > i128::from(lifetime),
            (None, _) | (_, None) => false,
        };
        is_more && self.remaining_weekly == self.remaining_lifetime
    }

    /// Returns the limit that is reached first, or the lifetime limit if both are reached together.
    pub fn binding_limit(&self) -> Option<QuotaLimit> {
        match (self.remaining_weekly, self.remaining_lifetime) {
            (Some(weekly), Some(lifetime)) if weekly < lifetime => Some(QuotaLimit::Weekly),
            (_, Some(_)) => Some(QuotaLimit::Lifetime),
            (Some(_), None) => Some(QuotaLimit::Weekly),
            (None, None) => None,
        }
    }

    /// Returns the limit that a run of `cells` cells would exceed, if any. The lifetime limit is checked first, as in
    /// the official client.
    pub fn exceeded_by(&self, cells: u64) -> Option<QuotaLimit> {
        let over = |left: Option<i64>| left.is_some_and(|left| cells > 0 && i128::from(cells) > i128::from(left));
        if over(self.remaining_lifetime) {
            Some(QuotaLimit::Lifetime)
        } else if over(self.remaining_weekly) {
            Some(QuotaLimit::Weekly)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(weekly: Option<i64>, lifetime: Option<i64>) -> Quota {
        Quota {
            weekly: Some(100_000),
            remaining_weekly: weekly,
            resets_at: None,
            lifetime: Some(50_000),
            remaining_lifetime: lifetime,
            was_increased: false,
        }
    }

    #[test]
    fn the_smaller_limit_is_binding_and_the_lifetime_limit_wins_a_tie() {
        assert_eq!(quota(Some(10), Some(20)).binding_limit(), Some(QuotaLimit::Weekly));
        assert_eq!(quota(Some(20), Some(20)).binding_limit(), Some(QuotaLimit::Lifetime));
        assert_eq!(quota(Some(20), None).binding_limit(), Some(QuotaLimit::Weekly));
        assert_eq!(quota(None, None).binding_limit(), None);
    }

    #[test]
    fn the_rest_of_the_week_is_unknown_if_capped_by_the_lifetime_limit() {
        let new_user = quota(Some(50_000), Some(50_000));
        assert!(new_user.weekly_is_capped());
        assert_eq!(new_user.binding_limit(), Some(QuotaLimit::Lifetime));
        assert!(!quota(Some(40_000), Some(50_000)).weekly_is_capped(), "the weekly limit is smaller");
        let both_full = Quota { weekly: Some(50_000), ..new_user };
        assert!(!both_full.weekly_is_capped(), "the weekly limit may be unused");
        assert!(!quota(Some(50_000), None).weekly_is_capped());
    }

    #[test]
    fn a_quota_of_zero_is_not_unlimited() {
        assert_eq!(quota(Some(100), Some(0)).usable(), Some(0));
        assert_eq!(quota(Some(100), Some(0)).exceeded_by(1), Some(QuotaLimit::Lifetime));
        assert_eq!(quota(None, None).exceeded_by(u64::MAX), None);
    }

    #[test]
    fn an_overdrawn_quota_has_nothing_left_and_is_exceeded_by_any_cell() {
        let overdrawn = quota(Some(-120), Some(-120));
        assert_eq!((overdrawn.usable(), overdrawn.remaining()), (Some(0), Some(-120)));
        assert_eq!(overdrawn.exceeded_by(1), Some(QuotaLimit::Lifetime));
        assert_eq!(overdrawn.exceeded_by(0), None, "a run with nothing to send costs nothing");
        assert_eq!(overdrawn.binding_limit(), Some(QuotaLimit::Lifetime));
        assert!(overdrawn.weekly_is_capped());
    }
}
