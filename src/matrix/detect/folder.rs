//! Folders given instead of a file. In: a path. Out: the matrix in the folder, or an error that names the files to choose
//! from. Also suggestions for a path that does not exist.

use std::path::{Path, PathBuf};

use super::{Error, ForeignFile, not_hdf5};
use crate::{
    domain::text::excerpt,
    matrix::{mex, zarr},
};

/// Maximum number of file names in a message.
const NAMED: usize = 4;
/// Extensions of files that can be read.
const READABLE: [&str; 5] = ["h5ad", "h5", "hdf5", "h5mu", "loom"];
/// Matrices with the cells that Cell Ranger has called, of `count`, `multi`, and versions before 3.
const FILTERED: [&str; 3] =
    ["filtered_feature_bc_matrix.h5", "sample_filtered_feature_bc_matrix.h5", "filtered_gene_bc_matrices_h5.h5"];
/// Folders of the same in Matrix Market format.
const FILTERED_FOLDERS: [&str; 3] =
    ["filtered_feature_bc_matrix", "sample_filtered_feature_bc_matrix", "filtered_gene_bc_matrices"];
/// Folders in which Cell Ranger puts its results: the folder itself, that of a pipeline, that of a sample.
const RESULTS: [&str; 3] = ["", "outs", "count"];
/// The folder with the samples of `cellranger multi`.
const SAMPLES: &str = "per_sample_outs";

/// Returns the path of the matrix for a path that the user gave: the path itself, or a matrix in the folder.
///
/// Of a Cell Ranger folder this is the matrix of called cells, never the raw one. In another folder it is the only
/// Matrix Market matrix.
///
/// # Errors
/// Fails for a folder without a matrix, or with several, of which the user has to choose one.
pub fn resolve(path: &Path) -> Result<PathBuf, Error> {
    if !path.is_dir() || zarr::is_store(path) {
        return Ok(path.to_owned());
    }
    let results = || RESULTS.iter().map(|folder| path.join(folder));
    let filtered = results().flat_map(|folder| FILTERED.map(|name| folder.join(name))).find(|file| file.is_file());
    if let Some(filtered) = filtered {
        return Ok(filtered);
    }
    let names = names_in(path);
    if !names.iter().any(|name| is_readable(name)) {
        if let [matrix] = &mex::choose_in(path)[..] {
            return Ok(path.join(matrix));
        }
        let folders = results().flat_map(|folder| FILTERED_FOLDERS.map(|name| folder.join(name)));
        if let Some(matrix) = folders.filter_map(|folder| only_mex_below(&folder)).next() {
            return Ok(matrix);
        }
    }
    Err(error(path, &names))
}

/// Returns the only Matrix Market matrix in a folder, or in its only folder, as Cell Ranger before 3 names it by genome.
fn only_mex_below(folder: &Path) -> Option<PathBuf> {
    match (&mex::choose_in(folder)[..], &names_in(folder)[..]) {
        ([matrix], _) => Some(folder.join(matrix)),
        ([], [genome]) => match &mex::choose_in(&folder.join(genome))[..] {
            [matrix] => Some(folder.join(genome).join(matrix)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the error for a folder: a description of it, and which of its files to use.
fn error(path: &Path, names: &[String]) -> Error {
    let mut matrices: Vec<_> = names.iter().filter(|name| is_readable(name)).map(|name| excerpt(name)).collect();
    matrices.extend(mex::choose_in(path).iter().map(|name| excerpt(name)));
    let samples = [path.join(SAMPLES), path.join("outs").join(SAMPLES)].into_iter().find(|folder| folder.is_dir());
    let (found, fix) = if let Some(samples) = samples {
        let names: Vec<_> = names_in(&samples).iter().map(|name| format!("{SAMPLES}/{}", excerpt(name))).collect();
        ("the Cell Ranger folder of several samples", format!("give the folder of one sample: {}", listed(&names)))
    } else if !matrices.is_empty() {
        ("a folder", format!("give a file in it: {}", listed(&matrices)))
    } else {
        let fix = "choose an .h5ad, .h5mu, .loom or 10x .h5 file, a Zarr store, or a folder with matrix.mtx";
        ("a folder without a matrix", fix.to_owned())
    };
    not_hdf5(path, ForeignFile { found: found.into(), fix: fix.into() })
}

/// Returns the names of readable files in the folder of a path.
pub(super) fn matrices_beside(path: &Path) -> Vec<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> = names_in(folder).into_iter().filter(|name| is_readable(name)).collect();
    names.extend(mex::choose_in(folder));
    names
}

/// Returns the error for a folder that is opened as a file.
pub(super) fn refused(path: &Path) -> Error {
    error(path, &names_in(path))
}

/// Returns the sorted names in a folder; none if it cannot be read.
pub fn names_in(folder: &Path) -> Vec<String> {
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

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        folder
    }

    fn message(names: &[&str]) -> String {
        resolve(folder(names).path()).unwrap_err().to_string()
    }

    #[test]
    fn a_folder_without_a_single_matrix_is_refused_with_the_files_to_choose_from() {
        let raw = message(&["raw_feature_bc_matrix.h5", "web_summary.html", "molecule_info.h5"]);
        assert!(raw.contains("molecule_info.h5, raw_feature_bc_matrix.h5"), "{raw}");
        assert!(!raw.contains("zarr") && !raw.contains("web_summary"), "{raw}");
        let other = message(&["notes.txt"]);
        assert!(other.contains("a folder without a matrix") && !other.contains("zarr"), "{other}");
    }

    #[test]
    fn the_matrix_of_called_cells_is_taken_from_cell_ranger_folders() {
        for (names, taken) in [
            (&["filtered_feature_bc_matrix.h5", "raw_feature_bc_matrix.h5"][..], "filtered_feature_bc_matrix.h5"),
            (&["outs/filtered_feature_bc_matrix.h5"], "outs/filtered_feature_bc_matrix.h5"),
            (&["count/sample_filtered_feature_bc_matrix.h5"], "count/sample_filtered_feature_bc_matrix.h5"),
            (&["filtered_feature_bc_matrix/matrix.mtx.gz"], "filtered_feature_bc_matrix/matrix.mtx.gz"),
            (&["outs/filtered_gene_bc_matrices/hg19/matrix.mtx"], "outs/filtered_gene_bc_matrices/hg19/matrix.mtx"),
            (&["matrix.mtx.gz", "features.tsv.gz"], "matrix.mtx.gz"),
        ] {
            let folder = folder(names);
            assert_eq!(resolve(folder.path()).unwrap(), folder.path().join(taken));
        }
        let multi = message(&["per_sample_outs/S1/count/sample_filtered_feature_bc_matrix.h5", "per_sample_outs/S2/x"]);
        assert!(multi.contains("per_sample_outs/S1, per_sample_outs/S2"), "{multi}");
        assert!(message(&["a_matrix.mtx", "b_matrix.mtx"]).contains("a_matrix.mtx, b_matrix.mtx"));
        assert!(message(&["matrix.mtx", "x.h5ad"]).contains("x.h5ad, matrix.mtx"));
    }

    #[test]
    fn only_readable_files_are_suggested() {
        let folder = folder(&["b.H5AD", "a.h5", "c.txt", "matrix.mtx.gz"]);
        assert_eq!(matrices_beside(&folder.path().join("nothing.h5ad")), ["a.h5", "b.H5AD", "matrix.mtx.gz"]);
        assert_eq!(matrices_beside(Path::new("/nowhere/at/all")), Vec::<String>::new());
    }
}
