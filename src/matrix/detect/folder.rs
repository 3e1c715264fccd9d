//! Errors for a folder given instead of a file, and suggestions for a path that does not exist.

use std::path::Path;

use super::{Error, ForeignFile, not_hdf5};
use crate::domain::text::excerpt;

/// Maximum number of file names in a message.
const NAMED: usize = 4;
/// Extensions of files that can be read.
const READABLE: [&str; 3] = ["h5ad", "h5", "hdf5"];
/// Names of metadata files in the folder of a zarr store.
const ZARR: [&str; 4] = [".zgroup", ".zattrs", ".zmetadata", "zarr.json"];

/// Returns the error for a folder: a description of it, and which of its files to use.
pub(super) fn error(path: &Path) -> Error {
    let names = names_in(path);
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
    let matrices: Vec<_> = names.iter().filter(|name| is_readable(name)).map(|name| excerpt(name)).collect();
    let (found, fix) = if has(&ZARR) {
        ("a folder with a Zarr store", "read it with anndata.read_zarr, and write an .h5ad".to_owned())
    } else if !matrices.is_empty() {
        ("a folder", format!("give a file in it: {}", listed(&matrices)))
    } else if has(&["matrix.mtx", "matrix.mtx.gz"]) {
        let fix = "give the .h5 file beside it, or read it with scanpy.read_10x_mtx and write an .h5ad";
        ("a folder with a Matrix Market matrix", fix.to_owned())
    } else {
        ("a folder without an .h5ad or .h5 file", "choose an .h5ad or a 10x .h5 file".to_owned())
    };
    not_hdf5(path, ForeignFile { found: found.into(), fix: fix.into() })
}

/// Returns the names of readable files in the folder of a path.
pub(super) fn matrices_beside(path: &Path) -> Vec<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    names_in(folder).into_iter().filter(|name| is_readable(name)).collect()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

fn is_readable(name: &str) -> bool {
    let extension = Path::new(name).extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| READABLE.contains(&extension.as_str()))
}

fn listed(names: &[String]) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", names[..names.len().min(NAMED)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(names: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| std::fs::write(folder.path().join(name), "x").unwrap());
        error(folder.path()).to_string()
    }

    #[test]
    fn a_folder_is_a_zarr_store_only_if_it_looks_like_one() {
        assert!(message(&[".zgroup", "X"]).contains("Zarr store") && message(&["zarr.json"]).contains("read_zarr"));
        let outs = message(&["filtered_feature_bc_matrix.h5", "web_summary.html", "raw_feature_bc_matrix.h5"]);
        assert!(outs.contains("filtered_feature_bc_matrix.h5, raw_feature_bc_matrix.h5"), "{outs}");
        assert!(!outs.contains("zarr") && !outs.contains("web_summary"), "{outs}");
        assert!(message(&["matrix.mtx.gz", "barcodes.tsv.gz"]).contains("read_10x_mtx"));
        let other = message(&["notes.txt"]);
        assert!(other.contains("without an .h5ad or .h5 file") && !other.contains("zarr"), "{other}");
    }

    #[test]
    fn only_readable_files_are_suggested() {
        let folder = tempfile::tempdir().unwrap();
        ["b.H5AD", "a.h5", "c.txt"].iter().for_each(|name| std::fs::write(folder.path().join(name), "x").unwrap());
        assert_eq!(matrices_beside(&folder.path().join("nothing.h5ad")), ["a.h5", "b.H5AD"]);
        assert_eq!(matrices_beside(Path::new("/nowhere/at/all")), Vec::<String>::new());
    }
}
