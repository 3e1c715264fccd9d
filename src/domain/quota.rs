//! How many cells a user may still send.

/// A user's quota, in cells. `None` stands for "unlimited".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Cells a week.
    pub weekly: Option<u64>,
    /// Cells left this week; the server has already taken the smaller of weekly and lifetime.
    pub remaining_weekly: Option<u64>,
    /// When the week starts again: ISO 8601 without a zone, as the server sent it.
    pub resets_at: Option<String>,
    /// Cells in all.
    pub lifetime: Option<u64>,
    /// Cells left of those.
    pub remaining_lifetime: Option<u64>,
    /// Whether the lifetime quota was raised already (it is, once, after feedback).
    pub was_increased: bool,
}

/// One of the two limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaLimit {
    /// The weekly limit, which comes back.
    Weekly,
    /// The lifetime limit, which does not.
    Lifetime,
}

impl Quota {
    /// The cells that can be sent now, `None` if there is no limit.
    pub fn usable(&self) -> Option<u64> {
        match (self.remaining_weekly, self.remaining_lifetime) {
            (Some(weekly), Some(lifetime)) => Some(weekly.min(lifetime)),
            (weekly, lifetime) => weekly.or(lifetime),
        }
    }

    /// Whether the rest of the week is the rest of the lifetime: then servers report the smaller of both, and how much
    /// of the weekly limit is left is not known, only that it does not limit.
    pub fn weekly_is_capped(&self) -> bool {
        let is_more = match (self.weekly, self.remaining_lifetime) {
            (Some(weekly), Some(lifetime)) => weekly > lifetime,
            (None, _) | (_, None) => false,
        };
        is_more && self.remaining_weekly == self.remaining_lifetime
    }

    /// Which limit is reached first. The lifetime limit wins a tie: it does not come back.
    pub fn binding_limit(&self) -> Option<QuotaLimit> {
        match (self.remaining_weekly, self.remaining_lifetime) {
            (Some(weekly), Some(lifetime)) if weekly < lifetime => Some(QuotaLimit::Weekly),
            (_, Some(_)) => Some(QuotaLimit::Lifetime),
            (Some(_), None) => Some(QuotaLimit::Weekly),
            (None, None) => None,
        }
    }

    /// The limit that a run of so many cells would pass, if any; the lifetime limit is looked at first, as in the
    /// official client.
    pub fn exceeded_by(&self, cells: u64) -> Option<QuotaLimit> {
        let over = |remaining: Option<u64>| remaining.is_some_and(|remaining| cells > remaining);
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

    fn quota(weekly: Option<u64>, lifetime: Option<u64>) -> Quota {
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
    fn the_smaller_limit_binds_and_lifetime_wins_a_tie() {
        assert_eq!(quota(Some(10), Some(20)).binding_limit(), Some(QuotaLimit::Weekly));
        assert_eq!(quota(Some(20), Some(20)).binding_limit(), Some(QuotaLimit::Lifetime));
        assert_eq!(quota(Some(20), None).binding_limit(), Some(QuotaLimit::Weekly));
        assert_eq!(quota(None, None).binding_limit(), None);
    }

    #[test]
    fn a_weekly_rest_that_is_the_lifetime_rest_says_nothing_of_the_week() {
        let new_user = quota(Some(50_000), Some(50_000));
        assert!(new_user.weekly_is_capped());
        assert_eq!(new_user.binding_limit(), Some(QuotaLimit::Lifetime));
        assert!(!quota(Some(40_000), Some(50_000)).weekly_is_capped(), "the week limits");
        let both_full = Quota { weekly: Some(50_000), ..new_user };
        assert!(!both_full.weekly_is_capped(), "the week may be untouched");
        assert!(!quota(Some(50_000), None).weekly_is_capped());
    }

    #[test]
    fn a_quota_of_zero_is_not_unlimited() {
        assert_eq!(quota(Some(100), Some(0)).usable(), Some(0));
        assert_eq!(quota(Some(100), Some(0)).exceeded_by(1), Some(QuotaLimit::Lifetime));
        assert_eq!(quota(None, None).exceeded_by(u64::MAX), None);
    }
}
