//! Exports for other tools, compared with the table of cells and with the input file.

use std::collections::HashMap;

use castui::matrix::{CountSource, Matrix};
use csv::{ReaderBuilder, StringRecord};

use super::world::{World, records};

/// Returns the records of a file of an export, its header first.
fn lines(world: &World, name: &str) -> Vec<StringRecord> {
    let delimiter = if name.ends_with(".tsv") { b'\t' } else { b',' };
    let text = world.read(name);
    let mut reader = ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    reader.records().map(Result::unwrap).collect()
}

/// The call of a cell: id, label and score; the id is empty without a call.
type Called = [String; 3];

/// Returns the call of each cell by name, from the table of cells.
async fn calls(world: &World) -> HashMap<String, Called> {
    world.well(&["export", "query.castui", "--format", "cells-csv", "-o", "cells.csv"]).await;
    let all = records(&world.read("cells.csv"));
    let place = |name: &str| all[0].iter().position(|column| column == name).unwrap();
    let columns = ["cas_cell_type_name_1", "cas_cell_type_label_1", "cas_cell_type_score_1"].map(place);
    let name = place("cell");
    all[1..].iter().map(|row| (row[name].to_owned(), columns.map(|column| row[column].to_owned()))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_for_seurat_cellxgene_and_the_portal_are_those_of_the_table_of_cells() {
    let world = World::annotated().await;
    let calls = calls(&world).await;
    for format in ["seurat", "cellxgene", "scp"] {
        world.well(&["export", "query.castui", "--format", format]).await;
    }
    let seurat = lines(&world, "query.castui/seurat/seurat_metadata.csv");
    assert_eq!(seurat[0], ["barcode", "cas_cell_type", "cas_cell_type_id", "cas_cell_type_score"][..]);
    assert_eq!(seurat.len(), calls.len() + 1);
    for row in &seurat[1..] {
        let [id, label, score] = &calls[&row[0]];
        assert_eq!([&row[1], &row[2], &row[3]], [label, id, score]);
    }
    let cellxgene = lines(&world, "query.castui/cellxgene/cellxgene_obs.csv");
    for row in &cellxgene[1..] {
        let [id, label, _] = &calls[&row[0]];
        let expected = if id.is_empty() { ["unknown"; 2] } else { [id.as_str(), label.as_str()] };
        assert_eq!([&row[1], &row[2]], expected);
    }
    let portal = lines(&world, "query.castui/scp/scp_metadata.tsv");
    assert_eq!(portal[1], ["TYPE", "group", "group", "numeric"][..]);
    for row in &portal[2..] {
        let [id, _, score] = &calls[&row[0]];
        assert_eq!([&row[1], &row[3]], [&id.replace(':', "_"), score]);
    }
    let matrix = Matrix::open(&world.path("query.h5ad")).unwrap();
    let points = matrix.embedding("X_umap", [0, 1]).unwrap();
    let cluster = lines(&world, "query.castui/scp/scp_cluster.tsv");
    assert_eq!((&cluster[1][1], cluster.len()), ("numeric", points.len() + 2));
    for (row, point) in cluster[2..].iter().zip(points) {
        assert_eq!([row[1].parse(), row[2].parse()], point.map(Ok::<f32, std::num::ParseFloatError>));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cell_rangers_table_has_the_counts_of_the_file_and_two_levels_of_types() {
    let world = World::annotated().await;
    let calls = calls(&world).await;
    world.well(&["export", "query.castui", "--format", "cellranger", "-o", "cr"]).await;
    let types = lines(&world, "cr/cell_types.csv");
    let header = ["barcode", "coarse_cell_type", "fine_cell_type", "coarse_cell_type_unfiltered", "umi_count"];
    assert_eq!(types[0], header[..]);
    let rows = Matrix::open(&world.path("query.h5ad")).unwrap().row_source(&CountSource::X, None).unwrap();
    let rows = rows.rows(0..calls.len()).unwrap();
    for (row, place) in types[1..].iter().zip(0..) {
        let counts: f32 = rows.data[rows.indptr[place]..rows.indptr[place + 1]].iter().sum();
        assert_eq!(row[4].parse(), Ok(counts as u64));
        let [id, label, _] = &calls[&row[0]];
        assert_eq!(&row[2], if id.is_empty() { "Unknown" } else { label });
        assert_eq!(&row[1], if counts < 100.0 { "Low UMI Barcode" } else { &row[3] });
    }
    let category = lines(&world, "cr/loupe_cell_types.csv");
    assert_eq!((category.len(), &category[0][1]), (types.len(), "Cell type"));
    assert_eq!(lines(&world, "cr/loupe_projection.csv")[0], ["Barcode", "X Coordinate", "Y Coordinate"][..]);
    let again = ["export", "query.castui", "--format", "cellranger", "-o", "cr"];
    world.refused(&again, 1, "exists; choose another name with -o, or replace it with --force").await;
}
