//! Tables beside a matrix of Cell Ranger: clusters, coordinates and cell types from the same bytes.
#![no_main]

use std::{cell::LazyCell, fs};

use castui::matrix::Matrix;
use libfuzzer_sys::fuzz_target;

const TABLES: [&str; 3] =
    ["analysis/clustering/graphclust/clusters.csv", "analysis/umap/2_components/projection.csv", "cell_types.csv"];

thread_local! {
    static FOLDER: LazyCell<tempfile::TempDir> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder can be created");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written to");
        write("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n1 2 1\n1 2 1\n");
        write("features.tsv", "G1\n");
        write("barcodes.tsv", "AAAC-1\nAAAG-1\n");
        folder
    });
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with(|folder| {
        for name in TABLES {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("the path has a parent")).expect("the folder can be written to");
            fs::write(path, data).expect("the folder can be written to");
        }
        let matrix = Matrix::open(folder.path()).expect("the matrix is sound");
        for header in matrix.obs_columns() {
            assert_eq!(matrix.obs_column(&header.name).expect("a column with a header can be read").len(), 2);
        }
        for header in matrix.obsm() {
            assert_eq!(matrix.embedding(&header.name, [0, 1]).expect("it can be read").len(), 2);
        }
    });
});
