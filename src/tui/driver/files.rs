//! Listing of the runs and readable files in a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Answers,
    failure::{broken, failure},
};
use crate::{
    matrix,
    store::Run,
    tui::{
        facts::{EntryKind, Failure, FolderEntry},
        msg::Answer,
    },
};

/// Lists a folder.
pub(super) async fn list(folder: PathBuf, answers: Answers) {
    let path = folder.clone();
    let listed = tokio::task::spawn_blocking(move || entries(&path)).await;
    let listed = listed.unwrap_or_else(|error| Err(broken(&error)));
    answers.give(Answer::Folder(folder, listed)).await;
}

/// Returns folders, runs and files, in this order and by name.
fn entries(folder: &Path) -> Result<Vec<FolderEntry>, Failure> {
    let listing = fs::read_dir(folder).map_err(|error| Failure::new(failure(&error).what, "Choose another folder."))?;
    let mut entries: Vec<FolderEntry> = listing.filter_map(|entry| entry_of(&entry.ok()?.path())).collect();
    let key = |entry: &FolderEntry| (entry.kind.min(EntryKind::H5ad), entry.name.to_string_lossy().to_lowercase());
    entries.sort_by_cached_key(key);
    Ok(entries)
}

/// Returns the entry of a path, with links followed; `None` if castui cannot read it.
fn entry_of(path: &Path) -> Option<FolderEntry> {
    let metadata = fs::metadata(path).ok()?;
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let kind = match (metadata.is_dir(), extension.as_deref()) {
        (true, _) if Run::is_run(path) => EntryKind::Run,
        (true, _) => match matrix::resolve(path).map(fs::metadata) {
            Ok(Ok(file)) => return Some(entry(path, EntryKind::MatrixFolder, file.len())),
            Ok(Err(_)) | Err(_) => EntryKind::Folder,
        },
        (false, Some("h5ad")) => EntryKind::H5ad,
        (false, Some("h5" | "h5mu" | "loom" | "mtx")) => EntryKind::TenX,
        (false, Some("gz" | "zst")) if is_compressed_matrix(path) => EntryKind::TenX,
        (false, Some(_) | None) => return None,
    };
    Some(entry(path, kind, metadata.len()))
}

fn entry(path: &Path, kind: EntryKind, bytes: u64) -> FolderEntry {
    FolderEntry { name: path.file_name().unwrap_or_default().to_owned(), kind, bytes }
}

/// Returns whether a name ends in `.mtx` before the ending of its compression.
fn is_compressed_matrix(path: &Path) -> bool {
    let inner = path.file_stem().map(Path::new).and_then(Path::extension);
    inner.is_some_and(|extension| extension.eq_ignore_ascii_case("mtx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_shows_what_castui_reads_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.h5ad", "A.H5AD", "c.h5", "notes.txt"] {
            fs::write(folder.path().join(name), "12345").unwrap();
        }
        fs::create_dir(folder.path().join("z")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("dangling.h5ad")).unwrap();
        let entries = entries(folder.path()).unwrap();
        let names: Vec<_> = entries.iter().map(|entry| entry.name.to_string_lossy()).collect();
        assert_eq!(names, ["z", "A.H5AD", "b.h5ad", "c.h5"]);
        assert_eq!((entries[0].kind, entries[3].kind, entries[3].bytes), (EntryKind::Folder, EntryKind::TenX, 5));
    }

    #[test]
    fn a_folder_with_one_matrix_is_a_single_entry() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["outs/filtered_feature_bc_matrix.h5", "mex/matrix.mtx.gz", "store.zarr/zarr.json", "other/notes.txt"]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "12345").unwrap();
        }
        ["a.loom", "b.h5mu", "c.mtx.gz", "d.tsv.gz"]
            .iter()
            .for_each(|name| fs::write(folder.path().join(name), "").unwrap());
        let entries = entries(folder.path()).unwrap();
        let named: Vec<_> =
            entries.iter().map(|entry| (entry.name.to_string_lossy().into_owned(), entry.kind)).collect();
        let expected = [
            ("other", EntryKind::Folder),
            ("mex", EntryKind::MatrixFolder),
            ("outs", EntryKind::MatrixFolder),
            ("store.zarr", EntryKind::MatrixFolder),
            ("a.loom", EntryKind::TenX),
            ("b.h5mu", EntryKind::TenX),
            ("c.mtx.gz", EntryKind::TenX),
        ];
        assert_eq!(named, expected.map(|(name, kind)| (name.to_owned(), kind)));
        assert_eq!(entries[2].bytes, 5);
    }

    #[test]
    fn a_missing_folder_is_a_failure() {
        assert!(entries(Path::new("/nowhere/at/all")).unwrap_err().what.contains("No such file"));
    }
}
