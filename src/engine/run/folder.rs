//! The default folder of a run, beside its input.

use std::path::{Path, PathBuf};

use crate::{domain::OperationKind, store::Run};

/// Returns the default folder of a run: `STEM.castui` next to the file, or `STEM-summary.castui` or
/// `STEM-search.castui`, so that runs of different kinds do not collide.
///
/// Earlier versions kept runs of every kind in `STEM.castui`. Such a run of the same kind remains the default.
pub fn default_folder(input: &Path, kind: OperationKind) -> PathBuf {
    let usual = folder_beside(input, OperationKind::OntologyAware);
    let own = folder_beside(input, kind);
    let is_of_kind = |run: Run| run.manifest().operation.kind() == kind;
    if !own.exists() && Run::open(&usual).is_ok_and(is_of_kind) { usual } else { own }
}

/// Returns the default folders of a file that contain a run, the one of ontology-aware runs first.
pub fn default_folders_with_runs(input: &Path) -> Vec<PathBuf> {
    let folders = OperationKind::ALL.map(|kind| folder_beside(input, kind));
    folders.into_iter().filter(|folder| Run::is_run(folder)).collect()
}

fn folder_beside(input: &Path, kind: OperationKind) -> PathBuf {
    // A folder such as `.` has a name only in its full path.
    let named = match input.file_name() {
        Some(_) => input.to_owned(),
        None => input.canonicalize().unwrap_or_else(|_| input.to_owned()),
    };
    let stem = named.file_stem().unwrap_or_default();
    let mut name = match Path::new(stem).extension() {
        Some(extension) if extension == "mtx" => Path::new(stem).file_stem().unwrap_or_default().to_owned(),
        Some(_) | None => stem.to_owned(),
    };
    name.push(match kind {
        OperationKind::OntologyAware => ".castui",
        OperationKind::SummaryStatistics => "-summary.castui",
        OperationKind::Search => "-search.castui",
    });
    named.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_folder_has_the_name_of_the_input_without_endings() {
        for (input, folder) in [
            ("a/lung.h5ad", "a/lung.castui"),
            ("a/matrix.mtx.gz", "a/matrix.castui"),
            ("a/outs/", "a/outs.castui"),
            ("a/lung.v2.h5ad", "a/lung.v2.castui"),
        ] {
            assert_eq!(default_folder(Path::new(input), OperationKind::OntologyAware), Path::new(folder));
        }
        let here = default_folder(Path::new("."), OperationKind::OntologyAware);
        assert!(here.is_absolute() && here.file_name().is_some_and(|name| name != ".castui"), "{}", here.display());
    }
}
