//! Comparison of the cost of a run with the quota. In: quota, cells, operation. Out: a warning.
//!
//! A run is never refused because of its quota. Servers count differently (a search is currently free), and the quota
//! may be increased or reset during a run. If the quota is used up, the server answers with status 429, and the run
//! stops.

use super::remedy::Remedy;
use crate::domain::{OperationKind, Quota, QuotaLimit, text::excerpt};

/// A warning for a run for which the quota seems insufficient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// The finding, as a sentence.
    pub found: String,
    /// The consequence and the remedy.
    pub fix: Remedy,
}

/// Compares the number of cells in a run with the quota. Returns `None` if the quota is sufficient.
pub fn shortage(quota: &Quota, cells: u64, kind: OperationKind) -> Option<Shortage> {
    let limit = quota.exceeded_by(cells)?;
    let (which, when) = match limit {
        QuotaLimit::Lifetime => ("lifetime", "cas-support@cellarium.ai raises it".to_owned()),
        QuotaLimit::Weekly => {
            let date = quota.resets_at.as_deref().map_or_else(|| "next week".into(), excerpt);
            ("weekly", format!("it is reset on {date}"))
        }
    };
    let found = match quota.remaining().unwrap_or(0) {
        left @ 0.. => format!("{cells} cells exceed the {which} quota: {left} left"),
        over => {
            format!("{cells} cells exceed the {which} quota, which is already {} over its limit", over.unsigned_abs())
        }
    };
    let fix = match kind {
        OperationKind::Search => {
            format!("CAS servers do not count quota for a search; if this one does: {when}").into()
        }
        OperationKind::OntologyAware | OperationKind::SummaryStatistics => Remedy::ContinueAfterQuota(when),
    };
    Some(Shortage { found, fix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortage_names_the_limit_and_the_consequence() {
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
        assert_eq!(fix, Remedy::ContinueAfterQuota("cas-support@cellarium.ai raises it".into()));
        let (found, fix) = said(quota(20, None), OperationKind::SummaryStatistics);
        assert_eq!(found, "30 cells exceed the weekly quota: 20 left");
        assert_eq!(fix, Remedy::ContinueAfterQuota("it is reset on 2026-01-12T00:00:00".into()));
        let Remedy::Words(words) = said(quota(20, None), OperationKind::Search).1 else { panic!("no words") };
        assert!(words.contains("quota for a search"), "{words}");
        assert_eq!(shortage(&quota(30, Some(30)), 30, OperationKind::Search), None);
        let (found, _) = said(quota(-120, Some(-120)), OperationKind::OntologyAware);
        assert_eq!(found, "30 cells exceed the lifetime quota, which is already 120 over its limit");
    }
}
