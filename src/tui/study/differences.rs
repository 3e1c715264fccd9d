//! The question what another run calls the same cells.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Question, Source, source::chain};
use crate::{
    domain::{TermId, text::clean},
    results::{
        CallOptions, Clusters, NO_CALL, Results,
        diff::{ChangedCluster, Diff, diff},
    },
    tui::facts::Failure,
};

/// Asks what another run calls the same cells.
#[derive(Debug)]
pub struct Compare {
    /// The folder of the other run.
    pub other: PathBuf,
    /// How cells are called, in both.
    pub calls: CallOptions,
    /// The clusters that changes are counted by.
    pub clusters: Option<Arc<Clusters>>,
}

/// What another run calls the same cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    /// The folder of the other run.
    pub other: PathBuf,
    /// The model of the other run.
    pub model: String,
    /// Cells called by both.
    pub compared: usize,
    /// Cells called differently.
    pub changed: usize,
    /// Cells that only this run, and only the other, has an answer for.
    pub only_one: [usize; 2],
    /// How many cells moved by how many edges of the ontology; those that nothing connects come last.
    pub distances: Vec<(Option<u32>, usize)>,
    /// How many cells changed in each cluster.
    pub clusters: Vec<ChangedCluster>,
    /// The kinds of changes, the most frequent first.
    pub changes: Vec<Changes>,
}

/// Cells that changed alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// What this run calls them.
    pub here: String,
    /// What the other run calls them.
    pub there: String,
    /// Edges between the two.
    pub distance: Option<u32>,
    /// The cells, by row of this run's file.
    pub rows: Vec<usize>,
}

impl Question for Compare {
    type Finding = Differences;

    fn answer(&self, source: &Source) -> Result<Differences, Failure> {
        let here = source.results();
        let there = Results::open_folder(&self.other).map_err(|error| self.unfit(&error))?;
        let found = diff(here, &there, self.calls, self.clusters.as_deref()).map_err(|error| self.unfit(&error))?;
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
        let what = format!("{}: {}", shown(&self.other), chain(error));
        Failure::new(clean(&what), "D chooses another run.")
    }
}

fn shown(path: &Path) -> String {
    clean(&path.display().to_string()).into_owned()
}

/// The changed cells by what they changed from and to.
fn changes(found: &Diff, runs: [&Results; 2]) -> Vec<Changes> {
    let mut rows: BTreeMap<(&TermId, &TermId), Vec<usize>> = BTreeMap::new();
    for cell in &found.changed {
        rows.entry((&cell.first.0, &cell.second.0)).or_default().push(cell.row);
    }
    let label = |run: &Results, term: &TermId| {
        // What is called the root has no call.
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
