//! The view state of a run, kept for the next session. In: the state of the panes. Out: the same from a file that may
//! be missing, damaged, or of another version. Invalid parts are ignored.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{selection::Thresholds, widget::table::Sorted};
use crate::{
    domain::TermId,
    results::{CallRule, Restriction},
};

/// The view state of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewState {
    /// The columns of the cells table by their names in expressions, if the user chose them.
    pub columns: Option<Vec<String>>,
    /// The sort column of the cells.
    pub sort: Option<SavedSort>,
    /// The filter of the cells.
    pub filter: Option<String>,
    /// The thresholds, if they differ from the defaults.
    pub thresholds: Option<SavedThresholds>,
    /// The cluster column, if the user chose it. Earlier versions stored any shown column as `clusters`, chosen or
    /// not; that field is not read.
    #[serde(rename = "cluster_column")]
    pub clusters: Option<String>,
    /// The folder of the last export, if it is not the run's folder.
    pub export_folder: Option<PathBuf>,
}

/// A sort column of the cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSort {
    /// The name of the column in expressions.
    pub column: String,
    /// Set if the greatest value comes first.
    pub descending: bool,
}

/// The rule of calls, and the thresholds of calls and trees. Earlier versions stored the thresholds only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedThresholds {
    call: f64,
    evidence: f64,
    fraction: f64,
    /// The name of the rule, if it is not the official one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// The terms that may be called with their descendants; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    only: Vec<TermId>,
    /// The terms that must not be called, with their descendants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    never: Vec<TermId>,
}

impl ViewState {
    /// Reads a view state from the bytes of a file; the default state if they are damaged.
    pub fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Returns the bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Proof: the state consists of names, numbers and paths. Only a path that is not Unicode fails, and then
        // nothing is kept.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// Returns the thresholds, with the default in place of invalid ones.
    pub fn thresholds(&self) -> Thresholds {
        let Some(saved) = &self.thresholds else { return Thresholds::default() };
        let usual = Thresholds::default();
        let share = |saved: f64, usual: f64| if (0.0..=1.0).contains(&saved) { saved } else { usual };
        let rule = saved.rule.as_ref().and_then(|name| name.parse().ok()).unwrap_or_default();
        Thresholds {
            rule,
            restriction: Restriction::new(saved.only.clone(), saved.never.clone()),
            call: share(saved.call, usual.call),
            evidence: share(saved.evidence, usual.evidence),
            fraction: share(saved.fraction, usual.fraction),
        }
    }

    /// Stores thresholds, unless they are the defaults.
    pub fn save_thresholds(&mut self, thresholds: &Thresholds) {
        let Thresholds { rule, restriction, call, evidence, fraction } = thresholds;
        let saved = SavedThresholds {
            call: *call,
            evidence: *evidence,
            fraction: *fraction,
            rule: (*rule != CallRule::default()).then(|| rule.name().to_owned()),
            only: restriction.only().to_vec(),
            never: restriction.never().to_vec(),
        };
        self.thresholds = (*thresholds != Thresholds::default()).then_some(saved);
    }

    /// Returns the state in which a run of the demo is first shown: with the rule that agrees better with its known labels.
    pub fn of_demo() -> Self {
        let mut state = Self::default();
        state.save_thresholds(&Thresholds { rule: CallRule::BestPath, ..Thresholds::default() });
        state
    }
}

impl SavedSort {
    /// Returns the sort order.
    pub fn order(&self) -> Sorted {
        if self.descending { Sorted::Descending } else { Sorted::Ascending }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_view_state_is_restored() {
        let mut saved = ViewState { columns: Some(vec!["name".into(), "leiden".into()]), ..ViewState::default() };
        saved.sort = Some(SavedSort { column: "score_1".into(), descending: true });
        let restriction = Restriction::new(vec!["CL:0000084".into()], vec!["CL:0000625".into()]);
        let thresholds = Thresholds { call: 0.45, rule: CallRule::BestPath, restriction, ..Thresholds::default() };
        saved.save_thresholds(&thresholds);
        assert_eq!(ViewState::read(&saved.to_bytes()), saved);
        assert_eq!(saved.thresholds(), thresholds);
        assert_eq!(ViewState::of_demo().thresholds().rule, CallRule::BestPath);
    }

    #[test]
    fn the_cluster_column_of_an_earlier_version_is_not_read() {
        assert_eq!(ViewState::read(br#"{"clusters": "donor"}"#).clusters, None);
        assert_eq!(ViewState::read(br#"{"cluster_column": "donor"}"#).clusters.as_deref(), Some("donor"));
    }

    #[test]
    fn a_damaged_file_gives_the_default_state() {
        for text in ["", "{", "[]", "null", "{\"columns\": 3}", "\u{0}\u{1}", "{\"thresholds\": {\"call\": 0.3}}"] {
            assert_eq!(ViewState::read(text.as_bytes()), ViewState::default(), "{text}");
        }
        let odd = br#"{"thresholds": {"call": 7, "evidence": -1, "fraction": 0.5, "rule": "other"}, "of_later": true}"#;
        let thresholds = ViewState::read(odd).thresholds();
        assert_eq!((thresholds.call, thresholds.evidence, thresholds.fraction), (0.2, 0.05, 0.5));
    }
}
