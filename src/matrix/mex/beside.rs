//! The names of the files of a Matrix Market matrix. In: the path of the matrix or its folder. Out: the paths of the
//! lists of features and barcodes, or of the matrix in the folder.

use std::path::{Path, PathBuf};

use crate::matrix::{Error, detect::names_in};

/// Names of lists of features, after a prefix: Cell Ranger 3 and STARsolo, Cell Ranger 2, kallisto|bustools, alevin.
const FEATURES: [&str; 5] = ["features.tsv", "genes.tsv", "genes.txt", "features.txt", "cols.txt"];
/// Names of lists of barcodes, after a prefix.
const BARCODES: [&str; 3] = ["barcodes.tsv", "barcodes.txt", "rows.txt"];
/// Endings of compressed and plain files.
const ENDINGS: [&str; 3] = ["", ".gz", ".zst"];
/// Names of matrices that have cells in rows.
const CELLS_FIRST: [&str; 2] = ["quants_mat", "cells_x_genes"];

/// The paths of the lists beside a matrix.
pub(super) struct Lists {
    pub(super) features: PathBuf,
    pub(super) barcodes: PathBuf,
}

/// Finds the lists that belong to a matrix. They have the same prefix, such as `GSM1_` for `GSM1_matrix.mtx.gz`, or none.
pub(super) fn find(path: &Path) -> Result<Lists, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = stem(&name).unwrap_or(&name);
    let mut prefixes: Vec<String> = stem.strip_suffix("matrix").map(str::to_owned).into_iter().collect();
    prefixes.extend(["_", ".", "-"].map(|joint| format!("{stem}{joint}")));
    prefixes.push(String::new());
    let find = |prefix: &str, names: &[&str]| {
        let all =
            names.iter().flat_map(|name| ENDINGS.map(|ending| path.with_file_name(format!("{prefix}{name}{ending}"))));
        all.into_iter().find(|path| path.is_file())
    };
    for prefix in &prefixes {
        if let (Some(features), Some(barcodes)) = (find(prefix, &FEATURES), find(prefix, &BARCODES)) {
            return Ok(Lists { features, barcodes });
        }
    }
    let missing = if prefixes.iter().any(|prefix| find(prefix, &FEATURES).is_some()) {
        "barcodes.tsv"
    } else {
        "features.tsv or genes.tsv"
    };
    Err(Error::NoList { path: path.to_owned(), missing, prefix: prefixes.swap_remove(0) })
}

/// Returns the paths of the lists beside a matrix, if the path is one of a Matrix Market file.
pub fn companions(path: &Path) -> Vec<PathBuf> {
    let is_matrix = path.file_name().is_some_and(|name| stem(&name.to_string_lossy()).is_some());
    match is_matrix.then(|| find(path)) {
        Some(Ok(Lists { features, barcodes })) => vec![features, barcodes],
        Some(Err(_)) | None => Vec::new(),
    }
}

/// Returns whether a matrix has cells in rows, according to its name.
pub(super) fn is_cells_first(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    CELLS_FIRST.iter().any(|known| name.starts_with(known))
}

/// Returns the name of a matrix without the endings.
fn stem(name: &str) -> Option<&str> {
    ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)?.strip_suffix(".mtx"))
}

/// Returns the matrices in a folder: those with the usual names, or else all `.mtx` files. Of a compressed and a plain
/// file with the same name, the plain one is returned.
pub fn choose_in(folder: &Path) -> Vec<String> {
    let names = names_in(folder);
    let all: Vec<&String> = names.iter().filter(|name| stem(name).is_some()).collect();
    let is_usual = |name: &str| stem(name).is_some_and(|stem| stem.ends_with("matrix") || CELLS_FIRST.contains(&stem));
    let usual: Vec<&String> = all.iter().copied().filter(|name| is_usual(name)).collect();
    let mut chosen: Vec<String> = if usual.is_empty() { all } else { usual }.into_iter().cloned().collect();
    chosen.dedup_by(|next, kept| stem(next) == stem(kept));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| std::fs::write(folder.path().join(name), "x").unwrap());
        folder
    }

    fn found(names: &[&str]) -> [String; 2] {
        let folder = folder(names);
        let lists = find(&folder.path().join(names[0])).unwrap();
        [lists.features, lists.barcodes].map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
    }

    #[test]
    fn lists_are_found_by_the_names_of_each_program() {
        for names in [
            ["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"],
            ["matrix.mtx", "genes.tsv", "barcodes.tsv"],
            ["matrix.mtx.zst", "features.tsv.zst", "barcodes.tsv.zst"],
            ["spliced.mtx", "features.tsv", "barcodes.tsv"],
            ["quants_mat.mtx.gz", "quants_mat_cols.txt", "quants_mat_rows.txt"],
            ["cells_x_genes.mtx", "cells_x_genes.genes.txt", "cells_x_genes.barcodes.txt"],
            ["GSM1_s_matrix.mtx.gz", "GSM1_s_features.tsv.gz", "GSM1_s_barcodes.tsv.gz"],
        ] {
            assert_eq!(found(&names), [names[1], names[2]]);
        }
        let folder = folder(&["GSM1_matrix.mtx", "GSM1_barcodes.tsv", "GSM2_features.tsv"]);
        let error = find(&folder.path().join("GSM1_matrix.mtx")).err().unwrap().to_string();
        assert!(error.contains("features.tsv or genes.tsv") && error.contains("GSM1_"), "{error}");
    }

    #[test]
    fn a_folder_offers_one_matrix_of_each_sample() {
        let chosen = |names: &[&str]| choose_in(folder(names).path());
        assert_eq!(chosen(&["matrix.mtx", "matrix.mtx.gz", "barcodes.tsv", "spliced.mtx"]), ["matrix.mtx"]);
        assert_eq!(chosen(&["a_matrix.mtx.gz", "b_matrix.mtx.gz"]), ["a_matrix.mtx.gz", "b_matrix.mtx.gz"]);
        assert_eq!(chosen(&["UniqueAndMult-EM.mtx", "barcodes.tsv"]), ["UniqueAndMult-EM.mtx"]);
        assert_eq!(chosen(&["notes.txt"]), Vec::<String>::new());
    }
}
