//! A Matrix Market folder: the first byte selects the compression, the rest is the text. All readers agree or refuse it.
#![no_main]

use std::{cell::LazyCell, fs};

use castui::matrix::{CountSource, Matrix};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static FOLDER: LazyCell<tempfile::TempDir> = LazyCell::new(|| {
        let folder = tempfile::tempdir().expect("a folder can be created");
        fs::write(folder.path().join("features.tsv"), "G1\tA\nG2\tB\nG3\tC\n").expect("it can be written to");
        fs::write(folder.path().join("barcodes.tsv"), "C1\nC2\nC3\nC4\n").expect("it can be written to");
        folder
    });
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, text)) = data.split_first() else { return };
    FOLDER.with(|folder| {
        let path = folder.path().join("matrix.mtx");
        let bytes = if kind % 2 == 0 { text.to_vec() } else { zstd::encode_all(text, 1).expect("memory can be written to") };
        fs::write(&path, bytes).expect("the folder can be written to");
        let Ok(matrix) = Matrix::open(&path) else { return };
        let Ok(rows) = matrix.row_source(&CountSource::X, Some(folder.path())) else { return };
        for window in [0..4, 1..3, 3..4, 0..0] {
            let Ok(slice) = rows.rows(window.clone()) else { continue };
            assert_eq!((slice.first_cell, slice.len()), (window.start, window.len()));
            assert!(slice.indices.iter().all(|gene| *gene < 3) && slice.indices.len() == slice.data.len());
        }
    });
});
