//! What leaves the machine: counts, gene ids and the total count of each cell, and nothing else of the file.

use std::{collections::BTreeSet, fs};

use castui::matrix::Matrix;

use super::world::{CHUNKS, World, run};

/// The datasets of an uploaded file.
const SENT: [&str; 6] = ["/X/data", "/X/indices", "/X/indptr", "/obs/_index", "/obs/total_mrna_umis", "/var/_index"];

/// Returns the paths of all datasets below a group.
fn datasets(group: &hdf5::Group) -> BTreeSet<String> {
    let own = group.datasets().unwrap().into_iter().map(|dataset| dataset.name());
    own.chain(group.groups().unwrap().iter().flat_map(datasets)).collect()
}

/// Returns the file within the body of an upload.
fn uploaded(request: &[u8]) -> Option<&[u8]> {
    let find = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|window| window == part);
    let start = find(request, b"\x89HDF\r\n\x1a\n")?;
    Some(&request[start..])
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_contain_only_counts_gene_ids_and_totals() {
    let world = World::new().await;
    let ended = run(world.annotate()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let matrix = Matrix::open(&world.file()).unwrap();
    let names = matrix.cell_names().unwrap();
    let (mut files, mut rows) = (0, 0);
    for request in world.front.heard() {
        let text = String::from_utf8_lossy(&request);
        assert!(!names.iter().any(|name| text.contains(name)), "a cell name was sent");
        assert!(!text.contains("cells.h5ad") && !text.contains(&*world.home().to_string_lossy()), "a path was sent");
        let Some(image) = uploaded(&request) else { continue };
        let path = world.path("uploaded.h5ad");
        fs::write(&path, image).unwrap();
        assert_eq!(datasets(&hdf5::File::open(&path).unwrap()), SENT.map(str::to_owned).into());
        for name in Matrix::open(&path).unwrap().cell_names().unwrap() {
            assert_eq!(name, rows.to_string(), "cells are sent with their row numbers as names");
            rows += 1;
        }
        files += 1;
    }
    assert_eq!((files, rows), (CHUNKS, names.len()));
}
