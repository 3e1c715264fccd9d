//! Requests that cannot be fulfilled: each gets a clear message and leaves nothing behind.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Output},
};

use castui::{
    matrix::{AddedColumn, AddedValues, AnnotatedCopy},
    store::Run,
};
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::RowAccessor,
};
use serde_json::Value;

use crate::world::{World, records, said};

/// The formats of an ontology-aware run and their files.
const FORMATS: [(&str, &str); 10] = [
    ("official", "ontology_response.json"),
    ("inferred-labels", "inferred_labels.csv"),
    ("json", "ontology_response.json"),
    ("cells-csv", "cells.csv"),
    ("cells-tsv", "cells.tsv"),
    ("cells-parquet", "cells.parquet"),
    ("matches-csv", "matches.csv"),
    ("matches-tsv", "matches.tsv"),
    ("matches-parquet", "matches.parquet"),
    ("h5ad", "annotated.h5ad"),
];

impl World {
    /// Returns the names in a folder.
    fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Runs castui with a limit on the size of files, in blocks of 512 bytes, like a disk that fills up.
    fn cramped(&self, blocks: u64, arguments: &str) -> Output {
        let script = format!("ulimit -f {blocks}; exec '{}' {arguments}", env!("CARGO_BIN_EXE_castui"));
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(self.path("")).env_clear().env("HOME", self.path(""));
        command.output().unwrap()
    }
}

/// Returns a column of categories with one code per cell.
fn categories(name: &str, codes: impl Iterator<Item = i32>, categories: usize) -> AddedColumn {
    let categories = (0..categories).map(|category| format!("group {category}")).collect();
    AddedColumn { name: name.to_owned(), values: AddedValues::Categorical { codes: codes.collect(), categories } }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_without_clusters_is_refused_by_every_command() {
    let world = World::annotated().await;
    let mut copy = AnnotatedCopy::begin(&world.path("query.h5ad"), &world.path("more.h5ad"), 221).unwrap();
    let real = AddedValues::Real((0..221).map(|row| f64::from(row) / 7.0).collect());
    copy.add_column(&AddedColumn { name: "fraction".to_owned(), values: real }).unwrap();
    copy.add_column(&categories("barcode", 0..221, 221)).unwrap();
    copy.add_column(&categories("nothing", (0..221).map(|_| -1), 1)).unwrap();
    copy.finish().unwrap();
    let before = world.names("query.castui");
    let run = ["query.castui", "--input", "more.h5ad"];
    for (column, words) in [
        ("absent", "it has: louvain"),
        ("n_counts", "is numeric"),
        ("fraction", "it has real numbers"),
        ("barcode", "every cell has a different value"),
        ("nothing", "no value in any cell"),
    ] {
        let export = ["export", "--format", "cells-csv", "--cluster-label", column];
        world.refused(&[&export[..], &run].concat(), 3, words).await;
    }
    for command in [
        &["export", "--format", "h5ad", "--cluster-label", "barcode"][..],
        &["report", "--cluster", "barcode"],
        &["tree", "--cluster", "barcode=group 7"],
    ] {
        world.refused(&[command, &run].concat(), 3, "every cell has a different value").await;
    }
    world.refused(&["diff", "query.castui", "query.castui", "--cluster", "n_counts"], 3, "is numeric").await;
    assert_eq!(world.names("query.castui"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_outside_the_ontology_are_counted_and_listed() {
    let world = World::annotated().await;
    let output = world.castui(&["benchmark", "query.castui", "--truth", "louvain", "-o", "bench"]).await;
    assert_eq!(output.status.code(), Some(3));
    let told = said(&output);
    assert!(told.contains("of the labels of the column 'louvain' are neither terms nor labels"), "{told}");
    assert!(told.contains("11 of the labels") && told.contains("0 (44), 1 (41)"), "{told}");
    world.refused(&["benchmark", "query.castui", "--truth", "absent", "-o", "bench"], 3, "it has: louvain").await;
    assert!(!world.path("bench").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_of_a_failed_chunk_are_reported_and_left_empty_in_every_format() {
    let world = World::annotated().await;
    let run = Run::open(&world.path("query.castui")).unwrap();
    fs::remove_file(run.answer_path(run.manifest().chunks().nth(1).unwrap())).unwrap();
    let names = run.cell_names().unwrap();
    for (format, _) in FORMATS {
        let folder = format!("out-{format}");
        fs::create_dir(world.path(&folder)).unwrap();
        let output = world.castui(&["export", "query.castui", "--format", format, "-o", &folder]).await;
        assert_eq!(output.status.code(), Some(0), "{format}: {}", said(&output));
        assert!(said(&output).contains("50 of 221 cells have no answer"), "{format}: {}", said(&output));
        assert!(said(&output).contains(&names[50]), "{format}: {}", said(&output));
    }
    let metadata: Value = serde_json::from_str(&world.read("out-official/metadata.json")).unwrap();
    assert_eq!(metadata["missing_cells"], serde_json::json!(names[50..100]));
    let response: Value = serde_json::from_str(&world.read("out-json/ontology_response.json")).unwrap();
    assert_eq!(response["data"][50]["query_cell_id"], names[50]);
    assert_eq!(response["data"][50]["matches"], serde_json::json!([]));
    let labels = records(&world.read("out-inferred-labels/inferred_labels.csv"));
    assert!(labels[51].iter().eq([names[50].as_str()].into_iter().chain([""; 9])));
    for name in ["cells", "matches"] {
        let rows = records(&world.read(&format!("out-{name}-csv/{name}.csv")));
        let row = rows.iter().find(|row| row[1] == names[50]).unwrap();
        assert!(row.iter().skip(2).all(str::is_empty), "{row:?}");
        let tabs = world.read(&format!("out-{name}-tsv/{name}.tsv"));
        assert!(tabs.contains(&format!("\n50\t{}\t\t", names[50])), "{name}");
        let parquet = world.path(&format!("out-{name}-parquet/{name}.parquet"));
        let reader = SerializedFileReader::try_from(parquet.as_path()).unwrap();
        let found =
            reader.get_row_iter(None).unwrap().map(Result::unwrap).find(|row| row.get_string(1).unwrap() == &names[50]);
        assert!(found.unwrap().get_column_iter().skip(2).all(|(_, value)| value.to_string() == "null"), "{name}");
    }
    let copy = castui::matrix::Matrix::open(&world.path("out-h5ad/annotated.h5ad")).unwrap();
    let called = copy.obs_column("cas_cell_type_name_1").unwrap();
    assert!((0..221).all(|row| called.text(row).is_none() == (50..100).contains(&row)));
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_files_are_not_replaced() {
    let world = World::annotated().await;
    fs::write(world.path("precious"), "precious").unwrap();
    let export = ["export", "query.castui", "--format", "cells-csv", "-o"];
    world.refused(&[&export[..], &["precious"]].concat(), 1, "--force").await;
    world.refused(&["report", "query.castui", "-o", "precious"], 1, "--force").await;
    world.refused(&["export", "query.castui", "--format", "official", "-o", "precious"], 1, "precious").await;
    world.refused(&["benchmark", "query.castui", "--truth", "cell_type", "-o", "precious"], 1, "precious").await;
    world.refused(&["export", "query.castui", "--format", "h5ad", "-o", "query.h5ad", "--force"], 1, "the input").await;
    world.refused(&[&export[..], &["no/such/folder.csv"]].concat(), 1, "no/such/folder.csv").await;
    let _listener = std::os::unix::net::UnixListener::bind(world.path("socket")).unwrap();
    world.refused(&[&export[..], &["socket", "--force"]].concat(), 1, "is not a file").await;
    world.refused(&["report", "query.castui", "-o", "socket", "--force"], 1, "is not a file").await;
    world.refused(&["export", "query.castui", "--format", "h5ad", "-o", "socket", "--force"], 1, "not a file").await;
    assert_eq!(world.read("precious"), "precious");
    assert_eq!(fs::read(world.path("query.h5ad")).unwrap(), fs::read("assets/demo/query.h5ad").unwrap());
    fs::create_dir_all(world.path("bench/cm_raw_k1/query.castui")).unwrap();
    fs::write(world.path("bench/cm_raw_k1/query.castui/confusion_matrix.npz"), "precious").unwrap();
    world.refused(&["benchmark", "query.castui", "--truth", "cell_type", "-o", "bench"], 1, "exists").await;
    assert_eq!(world.names("bench").len(), 1, "no table is written when one cannot be");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_keeps_old_files_and_leaves_no_partial_ones() {
    let world = World::annotated().await;
    world.well(&["tree", "query.castui"]).await; // makes the index, which is not the export's
    let copied = fs::metadata(world.path("query.h5ad")).unwrap().len() / 512 + 2;
    for (format, name) in FORMATS {
        let export = format!("export query.castui --format {format} --force -o out-{format}");
        let file = format!("out-{format}/{name}");
        fs::create_dir(world.path(&format!("out-{format}"))).unwrap();
        let refused = |blocks: u64| {
            let output = world.cramped(blocks, &export);
            assert_eq!(output.status.code(), Some(1), "{format}, {blocks}: {output:?}");
            assert!(said(&output).contains(&file), "{format}, {blocks}: {}", said(&output));
            let reasons = ["ulimit -f", "File too large"];
            assert!(reasons.iter().any(|words| said(&output).contains(words)), "{format}, {blocks}: {output:?}");
        };
        // The copy of the input fails at once, while data is added, or at the end.
        let limits: &[u64] = if format == "h5ad" { &[2, copied, copied + 100] } else { &[2] };
        limits.iter().copied().for_each(refused);
        assert_eq!(world.names(&format!("out-{format}")), BTreeSet::new(), "{format}");
        world.well(&export.split(' ').collect::<Vec<_>>()).await;
        let (before, names) = (fs::read(world.path(&file)).unwrap(), world.names(&format!("out-{format}")));
        refused(2);
        assert!(fs::read(world.path(&file)).unwrap() == before, "{format}");
        assert_eq!(world.names(&format!("out-{format}")), names, "{format}");
    }
    let output = world.cramped(1, "benchmark query.castui --truth cell_type -o bench");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let output = world.cramped(1, "report query.castui -o report.md");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said(&output).contains("report.md") && !world.path("report.md").exists(), "{}", said(&output));
    assert!(world.names("").iter().chain(&world.names("bench")).all(|name| !name.ends_with(".part")));
}
