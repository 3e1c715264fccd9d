//! Exports of the open run. In: what to write and where. Out: the files, or why there are none, in words.

use std::path::{Path, PathBuf};

use super::{
    Source,
    source::{chain, failure},
};
use crate::{
    domain::{OperationKind, text::clean},
    results::{
        self, AggregateOptions, CallOptions, CallTable, CellSet, Clusters,
        calls::{ClusterOptions, by_cluster},
        export::{self, CLUSTER_PREFIX, Existing, Format, LabelOptions, Request, Target},
    },
    tui::facts::Failure,
};

/// An export that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What to write.
    pub format: Format,
    /// Of which cells.
    pub cells: CellSet,
    /// Into which file or folder.
    pub path: PathBuf,
    /// What to do where something stands already.
    pub existing: Existing,
    /// The least score of a call.
    pub call_threshold: f64,
    /// The column whose clusters are called too.
    pub clusters: Option<String>,
}

/// An export that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many cells it has.
    pub cells: usize,
    /// The files.
    pub paths: Vec<PathBuf>,
}

impl Export {
    /// Writes it. Takes as long as it takes.
    ///
    /// # Errors
    /// When something stands there already, or it cannot be written, in words for the user.
    pub fn write(&self, source: &Source) -> Result<Written, Failure> {
        let results = source.results();
        let target = Target::of(self.format, results.kind(), &from_home(&self.path, std::env::home_dir()));
        if self.existing == Existing::Refuse && !target.is_free(self.format, results.run().folder()) {
            return Err(exists(&target.watched));
        }
        let calls = CallOptions { min_acceptable_score: self.call_threshold, ..CallOptions::default() };
        let table = self.cluster_calls(source, calls)?;
        let request = Request {
            format: self.format,
            path: &target.path,
            existing: self.existing,
            input: &results.run().manifest().input.path,
            labels: LabelOptions {
                cells: &self.cells,
                calls,
                clusters: table.as_ref().map(|table| (CLUSTER_PREFIX, table)),
            },
        };
        let paths = export::write(results, &request).map_err(|error| self.failure(&error))?;
        let cells = if self.format.takes_cells() { &self.cells } else { &CellSet::All };
        Ok(Written { cells: cells.count_within(0..results.cell_count()), paths })
    }

    fn cluster_calls(&self, source: &Source, calls: CallOptions) -> Result<Option<CallTable>, Failure> {
        let results = source.results();
        let is_wanted = self.format.has_calls(results.kind()) && results.kind() == OperationKind::OntologyAware;
        let Some(name) = self.clusters.as_ref().filter(|_| is_wanted) else { return Ok(None) };
        let column = source.column(name)?;
        let clusters = Clusters::new(name, &column, results.cell_count()).map_err(|error| failure(&error))?;
        let options = ClusterOptions { aggregate: AggregateOptions::default(), calls };
        let called = by_cluster(results, &clusters, options).map_err(|error| failure(&error))?;
        Ok(Some(called.table))
    }

    fn failure(&self, error: &results::Error) -> Failure {
        match error {
            results::Error::Exists { path } => exists(path),
            results::Error::Write(_) | results::Error::Store(_) | results::Error::Parquet(_) => {
                Failure::new(clean(&chain(error)), "Nothing was left behind; choose another path, or make room.")
            }
            other => failure(other),
        }
    }
}

fn exists(path: &Path) -> Failure {
    let what = format!("{} exists already.", clean(&path.display().to_string()));
    Failure::new(what, "Choose another path, or set 'if it exists' to replace.")
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first = self.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
        write!(f, "{} cells written: {}", self.cells, clean(&first))?;
        match self.paths.len() {
            0 | 1 => Ok(()),
            several => write!(f, " and {} files more beside it", several - 1),
        }
    }
}

/// A path as one types it: `~/` is the home folder.
fn from_home(path: &Path, home: Option<PathBuf>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        (Ok(_), None) | (Err(_), _) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_folder_and_nothing_else_is() {
        let home = || Some(PathBuf::from("/home/mcurie"));
        assert_eq!(from_home(Path::new("~/out.csv"), home()), Path::new("/home/mcurie/out.csv"));
        assert_eq!(from_home(Path::new("~x/out.csv"), home()), Path::new("~x/out.csv"));
        assert_eq!(from_home(Path::new("out.csv"), home()), Path::new("out.csv"));
    }
}
