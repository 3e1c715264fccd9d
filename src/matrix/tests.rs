//! Tests with whole files, written here with the hdf5 crate, by [`write`](super::write), or by released anndata
//! versions (`tests/fixtures/make.py`).

use std::{io::Read, path::Path};

use super::*;

mod anndata;
mod filtered;
mod forged;
mod inputs;
mod refused;
mod texts;
mod windows;
mod written;

/// Checks every row of several windows against a dense matrix.
pub(super) fn assert_rows(rows: &dyn RowSource, dense: &[Vec<f32>]) {
    assert_eq!((rows.cell_count(), rows.gene_count()), (dense.len(), dense[0].len()));
    for window in [0..dense.len(), 0..0, 1..2, 2..dense.len() - 1, dense.len() - 1..dense.len()] {
        let slice = rows.rows(window.clone()).unwrap();
        assert_eq!((slice.first_cell, slice.len()), (window.start, window.len()));
        for (row, (indices, data)) in dense[window].iter().zip(slice.iter()) {
            let expected: Vec<u32> = (0..row.len() as u32).filter(|&gene| row[gene as usize] != 0.0).collect();
            assert_eq!(indices, expected);
            assert!(indices.iter().zip(data).all(|(&gene, &value)| row[gene as usize] == value));
        }
    }
}

/// Returns the bytes of a fixture.
fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.h5ad.gz"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Creates a file with the hdf5 crate on the HDF5 thread.
fn forge(make: impl FnOnce(&hdf5::File) -> hdf5::Result<()> + Send) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forged.h5ad");
    hdf5_thread::run(|| {
        let file = hdf5::File::create(&path).unwrap();
        make(&file).unwrap();
    });
    (folder, path)
}
