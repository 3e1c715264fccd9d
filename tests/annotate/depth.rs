//! Runs that leave out cells with few counts: the cells that are sent, and the assignment of answers to cells.

use std::collections::BTreeMap;

use castui::matrix::Column;
use serde_json::Value;

use super::*;

/// Returns the rows of the demo with at least `min_counts` counts.
fn rows_with_min_counts(min_counts: f32) -> Vec<usize> {
    let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let rows = rows.rows(0..rows.cell_count()).unwrap();
    let totals = rows.iter().map(|(_, values)| values.iter().sum::<f32>());
    totals.enumerate().filter(|(_, total)| *total >= min_counts).map(|(row, _)| row).collect()
}

fn answers(world: &World) -> BTreeMap<String, Value> {
    let response: Value = serde_json::from_str(&read(world.run_folder().join("ontology_response.json"))).unwrap();
    let cells = response["data"].as_array().unwrap().iter();
    cells.map(|cell| (cell["query_cell_id"].as_str().unwrap().to_owned(), cell.clone())).collect()
}

async fn annotated(more: &[&str]) -> World {
    let world = World::new(1_000_000).await;
    let options = ["annotate", "query.h5ad", "--chunk-size", "20", "--output-h5ad", "--infer-labels"];
    let output = world.castui(&[&options, more].concat()).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    world
}

fn first_calls(world: &World) -> Column {
    let matrix = Matrix::open(&world.run_folder().join("annotated.h5ad")).unwrap();
    matrix.obs_column("cas_cell_type_name_1").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_with_few_counts_are_not_sent_and_answers_match_their_cells() {
    let (some, all) = tokio::join!(annotated(&["--min-counts", "700"]), annotated(&[]));
    let kept = rows_with_min_counts(700.0);
    assert!(kept.len() > 20 && kept.len() < 200, "{} cells have 700 counts", kept.len());
    assert_eq!(some.chunks_asked_for(), kept.len().div_ceil(20));
    let names = Matrix::open(&some.file()).unwrap().cell_names().unwrap();
    let (ours, whole) = (answers(&some), answers(&all));
    assert_eq!(ours.len(), kept.len());
    for row in &kept {
        assert_eq!(ours[&names[*row]], whole[&names[*row]], "row {row}");
    }

    let (ours, whole) = (first_calls(&some), first_calls(&all));
    for row in 0..names.len() {
        let expected = if kept.contains(&row) { whole.text(row) } else { None };
        assert_eq!(ours.text(row), expected, "row {row} of the annotated copy");
    }

    let output = some
        .castui(&["export", "query.castui", "--format", "cells-csv", "--cluster-label", "louvain", "-o", "t.csv"])
        .await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let table = read(some.folder.path().join("t.csv"));
    let mut lines = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<(usize, String)> = lines
        .records()
        .map(|record| record.unwrap())
        .map(|record| (record[0].parse().unwrap(), record[1].to_owned()))
        .collect();
    let expected: Vec<_> = kept.iter().map(|&row| (row, names[row].clone())).collect();
    assert_eq!(rows, expected, "rows are those of the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_some_cells_is_resumed_with_the_same_cells_even_if_their_list_is_lost() {
    let world = annotated(&["--min-counts", "700"]).await;
    let (before, asked) = (answers(&world), world.chunks_asked_for());
    let run = Run::open(&world.run_folder()).unwrap();
    fs::remove_file(run.answer_path(run.manifest().chunks().nth(1).unwrap())).unwrap();
    fs::write(world.run_folder().join("cells.jsonl.zst"), "lost").unwrap();
    let output = world.castui(&["resume", "query.castui"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert_eq!(world.chunks_asked_for(), asked + 1);
    assert_eq!(answers(&world), before);
    let output = world.castui(&["report", "query.castui", "--cluster", "louvain"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(page.contains("of 221, those with 700 counts or more") && page.contains("--min-counts 700"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raw_matrix_of_empty_droplets_is_not_sent_by_mistake() {
    let world = World::new(1_000_000).await;
    write_with_droplets(&world.file(), 110_000);
    let output = world.castui(&["annotate", "query.h5ad"]).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    let fix = "use the filtered matrix, or leave them out: --min-counts 100 keeps";
    assert!(said(&output).contains("fewer than 20 counts") && said(&output).contains(fix), "{}", said(&output));
    assert!(!world.run_folder().exists() && world.chunks_asked_for() == 0);
    let output = world.castui(&["annotate", "query.h5ad", "--min-counts", "100", "--chunk-size", "100"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(said(&output).contains("needs 221 of 1,000,000 cells"), "{}", said(&output));
    assert_eq!(answers(&world).len(), 221);
    let output = world.castui(&["sanitize", "query.h5ad", "--min-counts", "100", "-o", "out.h5ad"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let written = Matrix::open(&world.folder.path().join("out.h5ad")).unwrap();
    assert_eq!(
        written.cell_names().unwrap(),
        Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap().cell_names().unwrap()
    );
}

/// Writes the demo's cells, each preceded by many droplets with at most one count.
fn write_with_droplets(path: &Path, droplets: usize) {
    let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
    let rows = matrix.row_source(&CountSource::X, None).unwrap();
    let rows = rows.rows(0..rows.cell_count()).unwrap();
    let ids = matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
    let (mut names, mut all) = (Vec::new(), RowSlice { indptr: vec![0], ..RowSlice::default() });
    for (cell, (genes, values)) in matrix.cell_names().unwrap().into_iter().zip(rows.iter()) {
        for droplet in 0..droplets / rows.len() {
            names.push(format!("droplet {droplet} before {cell}"));
            if droplet % 2 == 0 {
                all.indices.push(0);
                all.data.push(1.0);
            }
            all.indptr.push(all.indices.len());
        }
        names.push(cell);
        all.indices.extend_from_slice(genes);
        all.data.extend_from_slice(values);
        all.indptr.push(all.indices.len());
    }
    let totals = vec![1.0; names.len()];
    let mut writer = FileWriter::create(path, &GeneFrame::new(&ids, None), &names).unwrap();
    let block =
        CellBlock { indptr: &all.indptr, indices: &all.indices, data: &all.data, totals: &totals, first_cell: 0 };
    writer.append(&block).unwrap();
    writer.finish().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_empty_droplets_are_reported_and_sent_unless_the_user_excludes_them() {
    let world = World::new(1_000_000).await;
    write_with_droplets(&world.file(), 442);
    let output = world.castui(&["annotate", "query.h5ad", "--dry-run"]).await;
    assert_eq!(code(&output), 0, "{}", said(&output));
    let told = "442 of 663 cells have fewer than 20 counts";
    assert!(said(&output).contains(told) && said(&output).contains("--min-counts 100 keeps 221"), "{}", said(&output));
    let output = world.castui(&["annotate", "query.h5ad", "--min-counts", "1000000", "--dry-run"]).await;
    assert_eq!(code(&output), 3, "{}", said(&output));
    assert!(said(&output).contains("no cell of 663 has 1000000 counts or more"), "{}", said(&output));
}
