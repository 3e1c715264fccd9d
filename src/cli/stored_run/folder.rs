//! The folder of a run. In: a path. Out: the run, or what the path is instead.

use std::path::{Path, PathBuf};

use crate::{
    config::{Environment, Paths},
    domain::shell,
    engine::{default_folders_with_runs, official},
    matrix,
    store::Run,
};

/// The reasons why a path is not a run folder.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum FolderError {
    /// The path does not exist.
    #[error("there is no run folder {path}", path = path.display())]
    Absent {
        /// The path.
        path: PathBuf,
    },
    /// The path is a file with a run next to it.
    #[error("{path} is {what}, not a run folder; its run is {run}", path = path.display(), run = run.display())]
    FileOfRun {
        /// The path.
        path: PathBuf,
        /// The kind of file, with an article.
        what: &'static str,
        /// The folder of its run.
        run: PathBuf,
    },
    /// The path is output of the official client, which is only read.
    #[error("{path} is output of the official client, into which castui does not write; `castui annotate FILE` makes a run that can be resumed", path = path.display())]
    ReadOnly {
        /// The path.
        path: PathBuf,
    },
    /// The path is a file without a run next to it.
    #[error("{path} is {what}, not a run folder; `castui annotate {word}` makes one", path = path.display(), word = shell::path(path))]
    File {
        /// The path.
        path: PathBuf,
        /// The kind of file, with an article.
        what: &'static str,
    },
}

/// Returns whether a path is that of a run folder or of a folder of the official client.
pub(in crate::cli) fn is_run_folder(path: &Path) -> bool {
    Run::is_run(path) || path.is_dir() && official::is_output(path)
}

/// Returns whether a command that also accepts files with counts reads a path as a run. Folders may have counts, too,
/// as Cell Ranger and Zarr write them. Any other folder is read as a run, which explains what it lacks.
pub(in crate::cli) fn is_run(path: &Path) -> bool {
    is_run_folder(path) || path.is_dir() && matrix::resolve(path).is_err()
}

/// Opens a run folder, or output of the official client.
///
/// # Errors
/// Fails with [`FolderError`] if the path is not a folder, or if the run cannot be read.
pub(in crate::cli) fn open_run(path: &Path) -> anyhow::Result<Run> {
    let owned = || path.to_owned();
    if let Some(run) = official::open(path, &Paths::new(&Environment::process()).cache)? {
        return Ok(run);
    }
    if path.is_file() {
        let run = default_folders_with_runs(path).into_iter().next();
        let what = match path.extension().and_then(|extension| extension.to_str()) {
            Some("h5ad" | "h5" | "h5mu" | "loom" | "mtx") => "a file with counts",
            Some(_) | None => "a file",
        };
        return Err(match run {
            Some(run) => FolderError::FileOfRun { path: owned(), what, run }.into(),
            None => FolderError::File { path: owned(), what }.into(),
        });
    }
    if !path.exists() {
        return Err(FolderError::Absent { path: owned() }.into());
    }
    Ok(Run::open(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn folders_with_counts_are_not_runs() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        make("cells.h5ad", "");
        make("outs/filtered_feature_bc_matrix.h5", "");
        make("sample/outs/filtered_feature_bc_matrix/matrix.mtx.gz", "");
        make("mex/matrix.mtx", "");
        make("v3.zarr/zarr.json", "{}");
        make("v2.zarr/.zgroup", "{}");
        for name in ["cells.h5ad", "outs", "sample", "mex", "v3.zarr", "v2.zarr", "absent"] {
            assert!(!is_run(&folder.path().join(name)), "{name}");
        }
        fs::create_dir(folder.path().join("empty")).unwrap();
        assert!(is_run(&folder.path().join("empty")));
    }
}
