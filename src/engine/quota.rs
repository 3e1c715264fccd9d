//! What a run costs of the quota, compared with what is left. In: quota, cells, operation. Out: a warning in words.
//!
//! Nothing is refused for its sake: servers count differently (a search is free on today's), and the quota may be raised
//! or reset while a run is under way. A server that has had enough answers 429, and then the run stops.

use crate::domain::{OperationKind, Quota, QuotaLimit, text::excerpt};

/// What is said of a run for which the quota seems too small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// What was found, in a sentence.
    pub found: String,
    /// What follows, and what to do.
    pub fix: String,
}

/// Compares the cells of a run with what is left; `None` where they fit.
pub fn shortage(quota: &Quota, cells: u64, kind: OperationKind) -> Option<Shortage> {
    let limit = quota.exceeded_by(cells)?;
    let (which, when) = match limit {
        QuotaLimit::Lifetime => ("lifetime", "cas-support@cellarium.ai raises it".to_owned()),
        QuotaLimit::Weekly => {
            let date = quota.resets_at.as_deref().map_or_else(|| "next week".into(), excerpt);
            ("weekly", format!("it is reset on {date}"))
        }
    };
    let left = quota.usable().unwrap_or(0);
    let found = format!("{cells} cells exceed the {which} quota: {left} left");
    let fix = match kind {
        OperationKind::Search => format!("CAS servers count no quota for a search; should this one do so: {when}"),
        OperationKind::OntologyAware | OperationKind::SummaryStatistics => {
            format!("the run stops when the server refuses more, and `castui resume` sends the rest later; {when}")
        }
    };
    Some(Shortage { found, fix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_names_the_limit_and_what_becomes_of_the_run() {
        let quota = |weekly, lifetime| Quota {
            weekly: Some(100),
            remaining_weekly: Some(weekly),
            resets_at: Some("2026-01-12T00:00:00".into()),
            lifetime: Some(500),
            remaining_lifetime: lifetime,
            was_increased: false,
        };
        let said = |quota, kind| shortage(&quota, 30, kind).map(|shortage| (shortage.found, shortage.fix)).unwrap();
        let (found, fix) = said(quota(20, Some(25)), OperationKind::OntologyAware);
        assert_eq!(found, "30 cells exceed the lifetime quota: 20 left");
        assert!(fix.contains("castui resume") && fix.contains("cas-support@cellarium.ai"), "{fix}");
        let (found, fix) = said(quota(20, None), OperationKind::SummaryStatistics);
        assert_eq!(found, "30 cells exceed the weekly quota: 20 left");
        assert!(fix.contains("2026-01-12"), "{fix}");
        assert!(said(quota(20, None), OperationKind::Search).1.contains("no quota for a search"));
        assert_eq!(shortage(&quota(30, Some(30)), 30, OperationKind::Search), None);
    }
}
