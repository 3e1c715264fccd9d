//! What is kept of how a run was looked at, for the next time. In: what the panes hold. Out: the same, from a file that
//! may be missing, damaged, or of another version: whatever of it makes no sense is as if it were not there.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{selection::Thresholds, widget::table::Sorted};

/// What is kept of how a run was looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The columns of the table of cells, if the user chose them, by their names in expressions.
    pub columns: Option<Vec<String>>,
    /// The column the cells are sorted by.
    pub sort: Option<KeptSort>,
    /// The filter of the cells.
    pub filter: Option<String>,
    /// The thresholds, if they are others than at first.
    pub thresholds: Option<KeptThresholds>,
    /// The column that makes the clusters, if the user chose it. Earlier versions stored whatever column was shown, as
    /// `clusters`, chosen or not: that is not read.
    #[serde(rename = "cluster_column")]
    pub clusters: Option<String>,
    /// Where the last export went, if it left the run's folder.
    pub export_folder: Option<PathBuf>,
}

/// A column that cells are sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSort {
    /// Its name in expressions.
    pub column: String,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Thresholds of calls and trees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptThresholds {
    call: f64,
    evidence: f64,
    fraction: f64,
}

impl Kept {
    /// From the bytes of a file; nothing from a damaged one.
    pub fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The bytes for a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Proof: names, numbers and paths of this process; a path that is no text is not kept, which is no harm.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// The thresholds, those that make no sense left out.
    pub fn thresholds(&self) -> Thresholds {
        let Some(kept) = self.thresholds else { return Thresholds::default() };
        let usual = Thresholds::default();
        let share = |kept: f64, usual: f64| if (0.0..=1.0).contains(&kept) { kept } else { usual };
        Thresholds {
            call: share(kept.call, usual.call),
            evidence: share(kept.evidence, usual.evidence),
            fraction: share(kept.fraction, usual.fraction),
        }
    }

    /// Keeps thresholds, unless they are as at first.
    pub fn keep_thresholds(&mut self, thresholds: Thresholds) {
        let Thresholds { call, evidence, fraction } = thresholds;
        self.thresholds = (thresholds != Thresholds::default()).then_some(KeptThresholds { call, evidence, fraction });
    }
}

impl KeptSort {
    /// The order.
    pub fn order(&self) -> Sorted {
        if self.descending { Sorted::Descending } else { Sorted::Ascending }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let mut kept = Kept { columns: Some(vec!["name".into(), "leiden".into()]), ..Kept::default() };
        kept.sort = Some(KeptSort { column: "score_1".into(), descending: true });
        kept.keep_thresholds(Thresholds { call: 0.45, ..Thresholds::default() });
        assert_eq!(Kept::read(&kept.to_bytes()), kept);
        assert_eq!(kept.thresholds().call, 0.45);
    }

    #[test]
    fn the_cluster_column_of_an_earlier_version_is_not_read() {
        assert_eq!(Kept::read(br#"{"clusters": "donor"}"#).clusters, None);
        assert_eq!(Kept::read(br#"{"cluster_column": "donor"}"#).clusters.as_deref(), Some("donor"));
    }

    #[test]
    fn a_damaged_file_keeps_nothing_and_breaks_nothing() {
        for text in ["", "{", "[]", "null", "{\"columns\": 3}", "\u{0}\u{1}", "{\"thresholds\": {\"call\": 0.3}}"] {
            assert_eq!(Kept::read(text.as_bytes()), Kept::default(), "{text}");
        }
        let odd = br#"{"thresholds": {"call": 7, "evidence": -1, "fraction": 0.5}, "of_later": true}"#;
        let thresholds = Kept::read(odd).thresholds();
        assert_eq!((thresholds.call, thresholds.evidence, thresholds.fraction), (0.2, 0.05, 0.5));
    }
}
