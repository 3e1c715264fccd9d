//! Finds the runs of other kinds about the same file: what one kind of run lacks, another one may have. In: an open run,
//! and the list of the user's recent runs. Out: at most one run of each other kind.
//!
//! Runs are looked for in the list, in the folder of the run, and in the default folders of its file. A run of another user
//! is taken only if the open run is that user's too, because its content is shown beside that of the open run.

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{default_folders_with_runs, recent};
use crate::{
    domain::{ModelName, OperationKind},
    files::is_own_folder,
    store::Run,
};

/// The maximum number of recent runs that are looked at.
const MOST_RECENT: usize = 200;
/// The maximum number of entries of the run's parent folder that are looked at.
const MOST_ENTRIES: usize = 2000;

/// A run of another kind about the same file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// The folder.
    pub folder: PathBuf,
    /// The kind of operation.
    pub kind: OperationKind,
    /// The model.
    pub model: ModelName,
    /// The number of cells with an answer.
    pub answered: usize,
}

impl Sibling {
    /// Returns the name of the folder.
    pub fn name(&self) -> String {
        let name = self.folder.file_name().unwrap_or(self.folder.as_os_str());
        crate::domain::text::clean(&name.to_string_lossy()).into_owned()
    }
}

/// Returns the runs of other kinds about the file of a run: of each kind the one with the most answers, otherwise the
/// newest. Runs without answers are left out.
pub fn siblings(run: &Run, list: &Path) -> Vec<Sibling> {
    let mut found: Vec<(Run, Sibling)> = Vec::new();
    for other in candidates(run, list).into_iter().filter_map(|folder| Run::open(&folder).ok()) {
        let Some(sibling) = sibling(run, &other) else { continue };
        let rank = |run: &Run, sibling: &Sibling| (sibling.answered, run.manifest().created_at);
        match found.iter_mut().find(|(_, known)| known.kind == sibling.kind) {
            None => found.push((other, sibling)),
            Some(known) if rank(&other, &sibling) > rank(&known.0, &known.1) => *known = (other, sibling),
            Some(_) => {}
        }
    }
    found.into_iter().map(|(_, sibling)| sibling).collect()
}

/// Returns the folders that may have a run about the same file, each once.
fn candidates(run: &Run, list: &Path) -> Vec<PathBuf> {
    let imported = run.manifest().imported.as_ref().map(|imported| imported.from.as_path());
    let here = imported.unwrap_or(run.folder());
    let parent = here.canonicalize().ok().and_then(|folder| folder.parent().map(Path::to_owned));
    let entries = parent.and_then(|parent| fs::read_dir(parent).ok()).into_iter().flatten().flatten();
    let recent = recent::list(list).into_iter().map(|known| known.folder).take(MOST_RECENT);
    let all = default_folders_with_runs(&run.input_path())
        .into_iter()
        .chain(recent)
        .chain(entries.take(MOST_ENTRIES).map(|entry| entry.path()));
    let mut seen = HashSet::new();
    let is_new = |folder: &PathBuf| folder.canonicalize().is_ok_and(|real| seen.insert(real));
    all.filter(|folder| Run::is_run(folder)).filter(is_new).collect()
}

/// Returns a run as a sibling of another one, if it is about the same file and has answers of another kind.
fn sibling(run: &Run, other: &Run) -> Option<Sibling> {
    let (ours, theirs) = (run.manifest(), other.manifest());
    let kind = theirs.operation.kind();
    let is_same_file =
        ours.input.fingerprint.size > 0 && ours.input.fingerprint.same_content(&theirs.input.fingerprint);
    if kind == ours.operation.kind() || ours.run_id == theirs.run_id || !is_same_file || !is_trusted(run, other) {
        return None;
    }
    let answered = theirs.cells_in(&other.stored().ok()?);
    let folder = other.folder().to_owned();
    (answered > 0).then(|| Sibling { folder, kind, model: theirs.model.clone(), answered })
}

/// Returns whether a folder is this user's, or that of the owner of the open run.
fn is_trusted(run: &Run, other: &Run) -> bool {
    let owner = |folder: &Path| fs::metadata(folder).map(|metadata| metadata.uid()).ok();
    is_own_folder(other.folder()) || owner(other.folder()) == owner(run.folder())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{ChunkIndex, OntologyAwareOptions, Operation},
        store::{AnswerHeader, Fingerprint, Manifest, Writer, tests::manifest as of_cells},
    };

    fn manifest(operation: Operation) -> Manifest {
        Manifest { operation, ..of_cells(4) }
    }

    /// Makes a run of four cells in two chunks, of which some are stored.
    fn make(folder: &Path, manifest: Manifest, stored: u32) -> Run {
        let names: Vec<String> = (0..4).map(|cell| format!("cell {cell}")).collect();
        let writer =
            Writer::create(folder, Manifest { run_id: uuid::Uuid::new_v4(), ..manifest }, &names, None).unwrap();
        for chunk in (0..stored).map(ChunkIndex) {
            let rows = writer.run().manifest().range(chunk);
            let header = AnswerHeader {
                first_cell: rows.start,
                cells: rows.len(),
                sent: String::new(),
                uploaded: 0,
                attempt: 1,
                received_at: jiff::Timestamp::UNIX_EPOCH,
            };
            writer.store(chunk, &header, b"[]").unwrap();
        }
        Run::open(folder).unwrap()
    }

    #[test]
    fn the_fullest_run_of_each_other_kind_about_the_same_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let aware = Operation::OntologyAware(OntologyAwareOptions::default());
        let run = make(&at("a.castui"), manifest(aware), 2);
        let none = at("runs.jsonl");
        assert_eq!(siblings(&run, &none), []);
        make(&at("same-kind.castui"), manifest(aware), 2);
        make(&at("empty-search.castui"), manifest(Operation::Search), 0);
        let mut other_file = manifest(Operation::Search);
        other_file.input.fingerprint = Fingerprint { sample: "another".into(), ..other_file.input.fingerprint };
        make(&at("other-search.castui"), other_file, 2);
        assert_eq!(siblings(&run, &none), []);
        make(&at("half-search.castui"), manifest(Operation::Search), 1);
        make(&at("a-search.castui"), manifest(Operation::Search), 2);
        let summary = Operation::SummaryStatistics { include_extended_statistics: true };
        let elsewhere = tempfile::tempdir().unwrap();
        let far = make(&elsewhere.path().join("far.castui"), manifest(summary), 1);
        assert_eq!(siblings(&run, &none).len(), 1, "a run in another folder is not known");
        recent::remember(&none, &far, &"http://127.0.0.1:1".parse().unwrap()).unwrap();
        let mut found = siblings(&run, &none);
        found.sort_by_key(|sibling| sibling.folder.clone());
        let search = found.iter().find(|sibling| sibling.kind == OperationKind::Search).unwrap();
        assert_eq!((search.name().as_str(), search.answered), ("a-search.castui", 4));
        let summary = found.iter().find(|sibling| sibling.kind == OperationKind::SummaryStatistics).unwrap();
        assert_eq!((summary.name().as_str(), summary.answered), ("far.castui", 2));
        // The search run has the same siblings, seen from its side.
        let back = siblings(&Run::open(&at("a-search.castui")).unwrap(), &none);
        assert_eq!(back.iter().filter(|sibling| sibling.kind == OperationKind::OntologyAware).count(), 1);
    }
}
