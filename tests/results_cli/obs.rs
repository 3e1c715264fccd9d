//! Tables that are joined to the cells of runs and files.

use std::fs;

use castui::matrix::{Column, Matrix};
use serde_json::Value;

use crate::world::{World, records, said};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Writes a table with the cell types of all cells but every fifth, in reverse order, with clusters, coordinates and three
/// rows that name no cell. Returns the number of cells in it.
fn write_table(world: &World) -> usize {
    let matrix = Matrix::open(&world.path("query.h5ad")).unwrap();
    let (names, types) = (matrix.cell_names().unwrap(), matrix.obs_column("cell_type").unwrap());
    let listed: Vec<usize> = (0..names.len()).rev().filter(|row| row % 5 != 0).collect();
    let line = |row: &usize| {
        let (name, kind) = (&names[*row], types.text(*row).unwrap_or_default());
        format!("{name},\"{kind}\",c{},{},{}\r\n", row % 3, *row as f32 / 4.0, -(*row as f32))
    };
    let lines: String = listed.iter().map(line).collect();
    let strangers = "x1,,,,\r\nx2,,,,\r\nx3,,,,\r\n";
    fs::write(world.path("obs.csv"), format!("\u{feff}barcode,known,group,UMAP_1,UMAP_2\r\n{lines}{strangers}"))
        .unwrap();
    listed.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_of_a_table_are_used_like_those_of_the_file() {
    let world = World::annotated().await;
    let listed = write_table(&world);
    let counted = format!("{listed} of 221 cells found in obs.csv; 3 rows of the table name no cell");
    // Labels: the same cell types as in the file, for the cells of the table.
    let output = world.castui(&["labels", "query.castui", "--obs", "obs.csv", "--labels", "known", "--json"]).await;
    assert!(said(&output).contains(&counted), "{}", said(&output));
    let labels = json(&String::from_utf8(output.stdout).unwrap());
    let cells: u64 = labels[0]["mapped"].as_array().unwrap().iter().map(|label| label["cells"].as_u64().unwrap()).sum();
    assert_eq!(cells, listed as u64);
    assert_eq!(
        labels,
        json(&world.well(&["labels", "query.h5ad", "--obs", "obs.csv", "--labels", "known", "--json"]).await)
    );
    // Benchmark: a column of the table against the same one of the file.
    let compare = ["benchmark", "query.h5ad", "--obs", "obs.csv", "--truth", "cell_type", "--inferred", "known"];
    let compared = json(&world.well(&[&compare[..], &["--json", "-o", "b"]].concat()).await);
    let k1 = &compared["runs"][0]["by_k"][0];
    let counts = [k1["tp"].as_u64(), k1["fp"].as_u64()];
    assert_eq!(counts, [Some(listed as u64), Some(221 - listed as u64)], "a cell without a label is wrong");
    // Clusters: the groups of the table, cell by cell.
    world
        .well(&[
            "export",
            "query.castui",
            "--obs",
            "obs.csv",
            "--cluster-label",
            "group",
            "--format",
            "cells-csv",
            "-o",
            "c.csv",
        ])
        .await;
    let rows = records(&world.read("c.csv"));
    let place = rows[0].iter().position(|column| column == "cas_cluster_type_label_1").unwrap();
    let called = |row: usize| !rows[1 + row][place].is_empty();
    assert!((0..221).all(|row| called(row) == (row % 5 != 0)), "only cells with a group have a call of a cluster");
    // Markers of a file without a run.
    let markers = world.well(&["markers", "query.h5ad", "--obs", "obs.csv", "--by", "group", "--top", "1"]).await;
    assert_eq!(records(&markers).len(), 1 + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_file_has_the_columns_and_coordinates_of_a_table() {
    let world = World::annotated().await;
    write_table(&world);
    world.well(&["export", "query.castui", "--obs", "obs.csv", "--format", "h5ad", "-o", "copy.h5ad"]).await;
    let (file, copy) = ["query.h5ad", "copy.h5ad"].map(|name| Matrix::open(&world.path(name)).unwrap()).into();
    let types = file.obs_column("cell_type").unwrap();
    let (known, group) = (copy.obs_column("known").unwrap(), copy.obs_column("group").unwrap());
    let name = copy.obsm().into_iter().map(|header| header.name).find(|name| name.starts_with("X_umap_")).unwrap();
    assert!(file.obsm().iter().all(|header| header.name != name), "the file's own embedding keeps its name");
    let points = copy.embedding(&name, [0, 1]).unwrap();
    assert_eq!(points.len(), 221);
    for (row, point) in points.into_iter().enumerate() {
        let is_listed = row % 5 != 0;
        assert_eq!(known.text(row), types.text(row).filter(|_| is_listed), "row {row}");
        assert_eq!(group.text(row), is_listed.then(|| format!("c{}", row % 3)), "row {row}");
        match is_listed {
            true => assert_eq!(point, [row as f32 / 4.0, -(row as f32)]),
            false => assert!(point.iter().all(|value| value.is_nan())),
        }
    }
    assert!(matches!(group, Column::Categorical { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_sampled_and_called_by_groups_of_a_table() {
    let world = World::new().await;
    write_table(&world);
    let annotate =
        ["annotate", "query.h5ad", "--obs", "obs.csv", "--cluster-label", "group", "--sample", "60", "--by", "group"];
    let output = world.castui(&annotate).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("the 3 groups of 'group' are called too"), "{}", said(&output));
    let rows = records(&world.read("query.castui/inferred_labels.csv"));
    assert!(rows[0].iter().any(|column| column == "cas_cluster_type_label_1"), "{:?}", rows[0]);
    // The run remembers the table; without it, its column does not exist.
    let export = ["export", "query.castui", "--format", "cells-csv", "-o", "c.csv", "--cluster-label", "group"];
    world.well(&export).await;
    world.refused(&[&export[..], &["--no-obs", "--force"]].concat(), 3, "no column 'group'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_remembers_its_table_with_the_options_and_names_it() {
    let world = World::annotated().await;
    let listed = write_table(&world);
    // The names of the cells are in the third column, and the coordinates have names of their own.
    let text = world.read("obs.csv").replace("UMAP_1,UMAP_2", "one,two");
    let moved: String = text.lines().map(|line| format!("x,{}\n", line.trim_start_matches('\u{feff}'))).collect();
    fs::write(world.path("obs.csv"), moved).unwrap();
    let options = ["--obs", "obs.csv", "--obs-key", "barcode", "--obs-embedding", "one,two"];
    let report = ["report", "query.castui", "--cluster-label", "group"];
    let first = world.castui(&[&report[..], &options].concat()).await;
    let first = String::from_utf8(first.stdout).unwrap();
    assert!(first.contains("--obs obs.csv --obs-key barcode --obs-embedding one,two --cluster-label group"), "{first}");
    // The next command joins it without being told, and prints the whole command.
    let again = world.castui(&report).await;
    let path = world.path("obs.csv");
    let told = format!("{} is joined as before: {listed} of 221 cells (--no-obs leaves it out)", path.display());
    assert!(said(&again).contains(&told), "{}", said(&again));
    let again = String::from_utf8(again.stdout).unwrap();
    assert_eq!(again, first.replace("--obs obs.csv", &format!("--obs {}", path.display())));
    // Only commands that read the file mention the table.
    let calls = world.castui(&["calls", "query.castui"]).await;
    assert!(!said(&calls).contains("obs.csv"), "{}", said(&calls));
    // It can be left out, which the command says.
    let without = world.well(&["report", "query.castui", "--no-obs"]).await;
    assert!(without.contains("castui report query.castui --no-obs"), "{without}");
    world.refused(&[&report[..], &["--no-obs"]].concat(), 3, "no column 'group'").await;
    world.refused(&[&report[..], &["--no-obs", "--obs", "obs.csv"]].concat(), 2, "--no-obs").await;
    // Another table takes its place.
    fs::write(world.path("other.csv"), world.read("obs.csv").replace("group", "set")).unwrap();
    let other = world
        .castui(&["labels", "query.castui", "--obs", "other.csv", "--obs-key", "barcode", "--labels", "known"])
        .await;
    assert!(said(&other).contains("obs.csv is no longer joined to query.castui"), "{}", said(&other));
    world.refused(&report, 3, "no column 'group'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_remembered_table_that_changed_or_is_gone_is_reported_and_all_else_works() {
    let world = World::annotated().await;
    write_table(&world);
    world.well(&["report", "query.castui", "--obs", "obs.csv"]).await;
    let text = world.read("obs.csv");
    fs::write(world.path("obs.csv"), text.replace(",c0,", ",first,")).unwrap();
    let groups =
        ["export", "query.castui", "--cluster-label", "group", "--format", "cells-csv", "-o", "c.csv", "--force"];
    let changed = world.castui(&groups).await;
    assert_eq!(changed.status.code(), Some(0), "{}", said(&changed));
    assert!(said(&changed).contains("obs.csv has changed since it was joined; its current content is used"));
    assert!(said(&changed).contains("221 cells found in"), "{}", said(&changed));
    let markers = world.well(&["markers", "query.castui", "--by", "group", "--top", "1"]).await;
    assert!(markers.contains("first"), "{markers}");
    for (content, words) in [(Some("barcode,group,x\n1,2\n"), "is left out: line 2 of"), (None, "is gone; put it back")]
    {
        match content {
            Some(content) => fs::write(world.path("obs.csv"), content).unwrap(),
            None => fs::remove_file(world.path("obs.csv")).unwrap(),
        }
        let report = world.castui(&["report", "query.castui"]).await;
        assert_eq!(report.status.code(), Some(0), "{}", said(&report));
        assert!(said(&report).contains(words), "{}", said(&report));
        assert!(!String::from_utf8(report.stdout).unwrap().contains("--no-obs"));
        world.refused(&groups, 3, "no column 'group'").await;
    }
    fs::remove_file(world.path("query.castui/tables.json")).unwrap();
    let report = world.castui(&["report", "query.castui"]).await;
    assert!(!said(&report).contains("obs.csv"), "{}", said(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_the_cells_is_refused_with_the_likely_reason() {
    let world = World::annotated().await;
    let names = Matrix::open(&world.path("query.h5ad")).unwrap().cell_names().unwrap();
    let stripped: String = names.iter().map(|name| format!("{},1\n", name.rsplit_once('-').unwrap().0)).collect();
    fs::write(world.path("stripped.csv"), format!("barcode,group\n{stripped}")).unwrap();
    let numbered: String = names.iter().enumerate().map(|(row, name)| format!("{row},{name}\n")).collect();
    fs::write(world.path("numbered.csv"), format!(",barcode\n{numbered}")).unwrap();
    fs::write(world.path("twice.csv"), format!("barcode,group\n{0},1\n{0},2\n", names[0])).unwrap();
    for (table, code, words) in [
        ("stripped.csv", 3, "221 would be found without suffixes such as -1"),
        ("numbered.csv", 3, "the column 'barcode' has 221 of the names: --obs-key barcode"),
        ("twice.csv", 3, "in lines 2 and 3"),
        ("missing.csv", 3, "missing.csv"),
    ] {
        world.refused(&["labels", "query.castui", "--labels", "group", "--obs", table], code, words).await;
        world.refused(&["labels", "query.h5ad", "--labels", "group", "--obs", table], code, words).await;
    }
    world.refused(&["tree", "query.castui", "--obs-key", "barcode"], 2, "--obs").await;
}
