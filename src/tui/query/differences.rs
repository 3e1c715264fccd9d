//! The query for the differences from another run of the same cells.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Query, Source};
use crate::{
    domain::{
        TermId,
        text::{clean, sentence},
    },
    results::{
        CallOptions, Clusters, NO_CALL, Results,
        diff::{ChangedCluster, Diff, diff},
    },
    tui::facts::Failure,
};

/// Query for the differences from another run of the same cells.
#[derive(Debug)]
pub struct Compare {
    /// The folder of the other run.
    pub other: PathBuf,
    /// The options of the calls in both runs.
    pub calls: CallOptions,
    /// The clusters in which changes are counted.
    pub clusters: Option<Arc<Clusters>>,
}

/// The differences between the calls of two runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    /// The folder of the other run.
    pub other: PathBuf,
    /// The model of the other run.
    pub model: String,
    /// The number of cells called by both runs.
    pub compared: usize,
    /// The number of cells called differently.
    pub changed: usize,
    /// The number of cells with a response only in this run, and only in the other run.
    pub only_one: [usize; 2],
    /// The number of changed cells by distance in edges of the ontology; `None`, without a connection, is last.
    pub distances: Vec<(Option<u32>, usize)>,
    /// The number of changed cells in each cluster.
    pub clusters: Vec<ChangedCluster>,
    /// The kinds of changes, the most frequent first.
    pub changes: Vec<Changes>,
}

/// Cells with the same change.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The call in this run.
    pub here: String,
    /// The call in the other run.
    pub there: String,
    /// The number of edges between the two terms.
    pub distance: Option<u32>,
    /// The rows of the cells in this run.
    pub rows: Vec<usize>,
}

impl Query for Compare {
    type Output = Differences;

    fn answer(&self, source: &Source) -> Result<Differences, Failure> {
        let here = source.results();
        let there = Results::open_folder(&self.other).map_err(|error| self.unfit(&error))?;
        let found =
            diff(here, &there, self.calls.clone(), self.clusters.as_deref()).map_err(|error| self.unfit(&error))?;
        Ok(Differences {
            other: self.other.clone(),
            model: there.run().manifest().model.to_string(),
            compared: found.compared,
            changed: found.changed.len(),
            only_one: [found.only_first, found.only_second],
            distances: found.by_distance(),
            changes: changes(&found, [here, &there]),
            clusters: found.clusters,
        })
    }
}

impl Compare {
    fn unfit(&self, error: &crate::results::Error) -> Failure {
        let what = format!("{}: {}", shown(&self.other), sentence(error));
        Failure::new(clean(&what), "D chooses another run.")
    }
}

fn shown(path: &Path) -> String {
    clean(&path.display().to_string()).into_owned()
}

/// Returns the changed cells, grouped by their two calls.
fn changes(found: &Diff, runs: [&Results; 2]) -> Vec<Changes> {
    let mut rows: BTreeMap<(&TermId, &TermId), Vec<usize>> = BTreeMap::new();
    for cell in &found.changed {
        rows.entry((&cell.first.0, &cell.second.0)).or_default().push(cell.row);
    }
    let label = |run: &Results, term: &TermId| {
        // A cell called as the root has no call.
        if term.as_str() == TermId::CELL {
            return NO_CALL.to_owned();
        }
        let ontology = run.ontology().ok();
        let label = ontology.and_then(|ontology| ontology.find(term).map(|term| ontology.label(term).to_owned()));
        label.unwrap_or_else(|| term.as_str().to_owned())
    };
    let change = |change: &crate::results::diff::Change| Changes {
        here: label(runs[0], &change.first),
        there: label(runs[1], &change.second),
        distance: change.distance,
        rows: rows.get(&(&change.first, &change.second)).cloned().unwrap_or_default(),
    };
    found.changes.iter().map(change).collect()
}
