//! Files of h5py and hdf5plugin with all of their filters. The formula of the values is in `tests/fixtures/filters.py`.

use super::*;
use crate::matrix::{
    error::Location,
    filter::{Filter, Scratch},
    h5::{File, Layout, Node},
};

const CELLS: usize = 60;
const GENES: usize = 150;

fn dense() -> Vec<Vec<f32>> {
    let count = |i: usize, j: usize| ((31 * i * i + 17 * j * j + 7 * i * j) % 29).saturating_sub(20) as f32;
    (0..CELLS).map(|cell| (0..GENES).map(|gene| count(cell, gene)).collect()).collect()
}

fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/filters");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(name).collect();
    names.retain(|name| name.ends_with(".h5ad.gz"));
    names.sort();
    names.into_iter().map(|name| format!("filters/{}", name.trim_end_matches(".h5ad.gz"))).collect()
}

#[test]
fn every_filter_is_decoded_in_sparse_and_dense_matrices_and_texts() {
    let dense = dense();
    let names = names();
    assert!(names.len() >= 42, "{names:?}");
    for name in names {
        let matrix = Matrix::from_image(&name, fixture(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for source in [CountSource::X, CountSource::Layer("dense".into())] {
            let rows = matrix.row_source(&source, None).unwrap_or_else(|error| panic!("{name}: {error}"));
            rows.rows(0..CELLS).unwrap_or_else(|error| panic!("{name} {source}: {error}"));
            assert_rows(&*rows, &dense);
        }
        assert_eq!(matrix.cell_names().unwrap()[59], "cell-59", "{name}");
        let genes = matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
        assert_eq!((genes.len(), genes[149].as_str()), (GENES, "ENSG00000000149"), "{name}");
    }
}

/// Returns a stored chunk of a dataset, the filters to revert, and the size of the decoded chunk in bytes.
fn stored_chunk(name: &str, object: &str) -> Option<(Vec<u8>, Vec<Filter>, usize)> {
    hdf5_thread::run(|| {
        let file = std::sync::Arc::new(File::open_image(&fixture(name)).unwrap());
        let Ok(Some(Node::Dataset(dataset))) = Node::find(&file, &Location::new(Path::new(name), object)) else {
            return None;
        };
        let Layout::Chunked { chunk, filters: Some(filters) } = &dataset.layout else { return None };
        let mut stored = Vec::new();
        let left_out = dataset.read_chunk(&vec![0; chunk.len()], 1 << 20, &mut stored)?;
        (left_out == 0).then(|| (stored, filters.clone(), chunk.iter().product::<u64>() as usize * 4))
    })
}

#[test]
fn damaged_chunks_are_refused_or_decoded_to_the_right_size() {
    let mut damage = 1u64;
    let mut scratch = Scratch::default();
    for (name, object) in names().iter().flat_map(|name| [(name, "/X/data"), (name, "/layers/dense")]) {
        let Some((stored, filters, bytes)) = stored_chunk(name, object) else { continue };
        let mut undo = |stored: &[u8]| scratch.unfilter(stored, filters.iter().rev().copied(), bytes).map(<[u8]>::len);
        assert_eq!(undo(&stored), Some(bytes), "{name}");
        for length in (0..stored.len()).step_by(stored.len() / 64 + 1) {
            assert!(undo(&stored[..length]).is_none_or(|length| length == bytes), "{name}");
        }
        for _ in 0..64 {
            let mut damaged = stored.clone();
            for _ in 0..3 {
                damage = damage.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Headers are hit more often than their length suggests.
                let place = (damage >> 33) as usize % if damage >> 32 & 1 == 0 { 48 } else { stored.len() };
                damaged[place.min(stored.len() - 1)] ^= (damage >> 24) as u8;
            }
            assert!(undo(&damaged).is_none_or(|length| length == bytes), "{name}");
        }
    }
}
