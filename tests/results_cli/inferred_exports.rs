//! Inferred calls in run folders and exports: an inferred call is never without its mark.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::PathBuf,
};

use castui::{
    matrix::{Column, Matrix},
    results::export::Format,
};
use csv::{ReaderBuilder, StringRecord};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::world::{World, records, said};

/// A cell of the table that `castui infer --output` writes: source, label, term.
type Known = [String; 3];

/// Annotates a third of the demo's cells and infers the others. Returns the table by the names of the cells.
async fn inferred() -> (World, HashMap<String, Known>) {
    let world = World::new().await;
    world.well(&["annotate", "query.h5ad", "--sample", "33%", "--by", "sketch", "--chunk-size", "20"]).await;
    world.well(&["infer", "query.castui", "-o", "known.csv"]).await;
    let table = records(&world.read("known.csv"));
    assert_eq!(table[0].iter().skip(1).take(4).collect::<Vec<_>>(), COLUMNS);
    let cell = |row: &StringRecord| (row[1].to_owned(), [2, 3, 4].map(|place| row[place].to_owned()));
    let known: HashMap<String, Known> = table[1..].iter().map(cell).collect();
    let count = |source: &str| known.values().filter(|cell| cell[0] == source).count();
    assert_eq!((known.len(), count("annotated")), (221, 73));
    assert!(count("inferred") > 100, "{} inferred", count("inferred"));
    (world, known)
}

const COLUMNS: [&str; 4] = ["cell", "castui_source", "castui_cell_type", "castui_cell_type_id"];

/// Returns the tables that a file or folder has, each with its header first.
fn tables(path: PathBuf) -> Vec<Vec<Vec<String>>> {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().flat_map(|entry| tables(entry.unwrap().path())).collect();
    }
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending @ ("csv" | "tsv")) => {
            let delimiter = if ending == "tsv" { b'\t' } else { b',' };
            let mut reader =
                ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_path(path).unwrap();
            let fields = |record: StringRecord| record.iter().map(str::to_owned).collect();
            vec![reader.records().map(|record| fields(record.unwrap())).collect()]
        }
        Some("parquet") => {
            let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
            let names = reader.metadata().file_metadata().schema_descr().columns().iter();
            let header = names.map(|column| column.name().to_owned()).collect();
            let text = |field: &parquet::record::Field| match field {
                parquet::record::Field::Null => String::new(),
                parquet::record::Field::Str(text) => text.clone(),
                other => other.to_string(),
            };
            let rows = reader.get_row_iter(None).unwrap();
            let rows = rows.map(|row| row.unwrap().get_column_iter().map(|(_, field)| text(field)).collect());
            vec![std::iter::once(header).chain(rows).collect()]
        }
        Some("h5ad") => vec![obs(&path)],
        _ => Vec::new(),
    }
}

/// Returns the columns of obs as a table.
fn obs(path: &std::path::Path) -> Vec<Vec<String>> {
    let matrix = Matrix::open(path).unwrap();
    // The demo's own columns have true labels.
    let own: Vec<String> =
        Matrix::open("assets/demo/query.h5ad".as_ref()).unwrap().obs_columns().into_iter().map(|c| c.name).collect();
    let headers: Vec<String> =
        matrix.obs_columns().into_iter().map(|column| column.name).filter(|name| !own.contains(name)).collect();
    let columns: Vec<Column> = headers.iter().map(|name| matrix.obs_column(name).unwrap()).collect();
    let row = |(row, name): (usize, String)| {
        std::iter::once(name).chain(columns.iter().map(|column| column.text(row).unwrap_or_default())).collect()
    };
    let header = std::iter::once("cell".to_owned()).chain(headers).collect();
    std::iter::once(header).chain(matrix.cell_names().unwrap().into_iter().enumerate().map(row)).collect()
}

/// Checks a table: no column but castui's own names the type of a cell that was not sent, and those mark it. Returns the
/// number of inferred cells that the table names.
fn check(table: &[Vec<String>], known: &HashMap<String, Known>, words: &str) -> usize {
    let header = &table[0];
    let place = |name: &str| header.iter().position(|column| column == name);
    let mut found = 0;
    for row in &table[1..] {
        let Some(cell) = row.iter().take(2).find_map(|field| known.get(field)) else { continue };
        let [source, label, id] = cell;
        if source == "annotated" {
            assert!(!row.iter().any(|field| field.contains("(inferred)")), "{words}: {row:?}");
            continue;
        }
        found += 1;
        if let Some(at) = place("castui_source") {
            let expected = if place("castui_cell_type").is_some() { source } else { "none" };
            assert_eq!((row[at].as_str(), words), (expected, words));
            // A copy of the file has the label of its source only if that is requested.
            let shown = place("castui_cell_type").map(|at| &row[at]);
            assert!(shown.is_none_or(|shown| shown == label), "{words}: {row:?}");
        }
        let plain = label.trim_end_matches(" (inferred)");
        assert!(source == "none" || plain.len() < label.len(), "{label} has no mark");
        for (name, field) in header.iter().zip(row) {
            let is_own = ["castui_cell_type", "castui_cell_type_id"].contains(&name.as_str());
            let names_type = !plain.is_empty() && (field == plain || field == id || field == &id.replace(':', "_"));
            assert!(is_own || !names_type, "{words}: column {name} has the inferred call {field} without a mark");
        }
        let has_call =
            row.iter().zip(header).any(|(field, name)| !name.starts_with("castui_") && field.starts_with("CL:"));
        assert!(!has_call, "{words}: a cell that was not sent has a call: {row:?}");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_export_has_an_inferred_call_without_its_mark() {
    let (world, known) = inferred().await;
    let unsent = known.values().filter(|cell| cell[0] != "annotated").count();
    for format in Format::of(castui::domain::OperationKind::OntologyAware) {
        let (name, plain) = (format.name(), format!("plain-{}", format.name()));
        fs::create_dir(world.path(&plain)).unwrap();
        world.well(&["export", "query.castui", "--format", name, "-o", &plain]).await;
        let found: usize = tables(world.path(&plain)).iter().map(|table| check(table, &known, name)).sum();
        // Only the copy of the file lists cells that were not sent.
        assert_eq!(found, if format == Format::AnnotatedH5ad { unsent } else { 0 }, "{name}");
        let marked = format!("marked-{name}");
        fs::create_dir(world.path(&marked)).unwrap();
        let arguments = ["export", "query.castui", "--inferred", "--format", name, "-o", &marked];
        let takes = matches!(format, Format::Cells(_) | Format::AnnotatedH5ad | Format::Tool(_));
        if !takes {
            world.refused(&arguments, 2, "annotated cells only").await;
            continue;
        }
        world.well(&arguments).await;
        let tables = tables(world.path(&marked));
        assert!(tables.iter().all(|table| table.len() > known.len()), "{name} lists all cells");
        for table in &tables {
            let is_projection = table[0].iter().any(|column| column == "X Coordinate");
            let has_source = table[0].iter().any(|column| column == "castui_source");
            assert_eq!((check(table, &known, name), has_source), (unsent, !is_projection), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_file_states_the_source_of_each_cell() {
    let (world, known) = inferred().await;
    world.well(&["export", "query.castui", "--format", "h5ad", "-o", "plain.h5ad"]).await;
    world.well(&["export", "query.castui", "--format", "h5ad", "-o", "marked.h5ad", "--inferred"]).await;
    let plain = Matrix::open(&world.path("plain.h5ad")).unwrap();
    let marked = Matrix::open(&world.path("marked.h5ad")).unwrap();
    let text = |matrix: &Matrix, name: &str, row: usize| matrix.obs_column(name).unwrap().text(row).unwrap_or_default();
    for (row, name) in plain.cell_names().unwrap().iter().enumerate().step_by(7) {
        let [source, label, id] = &known[name];
        let sent = if source == "annotated" { "annotated" } else { "none" };
        assert_eq!(text(&plain, "castui_source", row), sent);
        assert_eq!(text(&marked, "castui_source", row), *source);
        assert_eq!(
            [text(&marked, "castui_cell_type", row), text(&marked, "castui_cell_type_id", row)],
            [label.clone(), id.clone()]
        );
        assert_eq!(text(&marked, "cas_cell_type_name_1", row).is_empty(), source != "annotated");
    }
    assert!(!plain.obs_columns().iter().any(|column| column.name == "castui_cell_type"));
    // A run of all cells needs no such column.
    world.well(&["annotate", "query.h5ad", "-o", "all.castui"]).await;
    world.well(&["export", "all.castui", "--format", "h5ad", "-o", "all.h5ad"]).await;
    let all = Matrix::open(&world.path("all.h5ad")).unwrap();
    assert!(!all.obs_columns().iter().any(|column| column.name == "castui_source"));
}

#[tokio::test(flavor = "multi_thread")]
async fn inferred_calls_are_valid_for_one_rule_one_set_of_answers_and_one_file() {
    let (world, _) = inferred().await;
    let export = ["export", "query.castui", "--format", "csv", "--inferred", "-o", "out.csv", "--force"];
    world.well(&export).await;
    let other = [&export[..], &["--min-acceptable-score", "0.5"]].concat();
    let again = "castui infer query.castui --min-acceptable-score 0.50";
    world.refused(&other, 3, again).await;
    world.well(&["infer", "query.castui", "--min-acceptable-score", "0.5"]).await;
    world.well(&other).await;
    world.refused(&export, 3, "--min-acceptable-score 0.50, not the default rule").await;
    world.well(&["infer", "query.castui"]).await;
    world.refused(&[&export[..], &["--cells", "x"]].concat(), 2, "lists all cells of the file").await;
    let answer = world.path("query.castui/answers/chunk-000001.zst");
    let bytes = fs::read(&answer).unwrap();
    fs::remove_file(&answer).unwrap();
    world.refused(&export, 3, "the answers of the run have changed").await;
    fs::write(&answer, bytes).unwrap();
    world.well(&export).await;
    let stored = world.path("query.castui/inferred.bin");
    let mut bytes = fs::read(&stored).unwrap();
    assert!(bytes.len() < 221 * 40 + 2000, "{} bytes", bytes.len());
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&stored, bytes).unwrap();
    world.refused(&export, 3, "has no inferred calls").await;
    world.well(&["infer", "query.castui"]).await;
    world.refused(&[&export[..], &["--input", "known.csv"]].concat(), 3, "known.csv").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_benchmark_measures_annotated_and_inferred_cells_apart() {
    let (world, known) = inferred().await;
    world.well(&["annotate", "query.h5ad", "-o", "all.castui"]).await;
    world.well(&["export", "all.castui", "--format", "h5ad", "-o", "truth.h5ad", "--top-k", "1"]).await;
    let truth = Matrix::open(&world.path("truth.h5ad")).unwrap();
    let column = truth.obs_column("cas_cell_type_name_1").unwrap();
    let names = truth.cell_names().unwrap();
    let (mut cells, mut right) = (0, 0);
    for (row, name) in names.iter().enumerate() {
        let [source, _, id] = &known[name];
        if source == "inferred" && column.text(row).is_some() {
            cells += 1;
            right += usize::from(column.text(row).as_ref() == Some(id));
        }
    }
    let arguments =
        ["benchmark", "query.castui", "--input", "truth.h5ad", "--truth", "cas_cell_type_name_1", "-o", "b"];
    let output = world.castui(&arguments).await;
    // The calls are about the file as it was sent.
    assert!(said(&output).contains("inferred calls are not measured"), "{}", said(&output));
    let same = ["benchmark", "query.castui", "--truth", "cell_type", "-o", "c", "--json"];
    let measured: serde_json::Value = serde_json::from_str(&world.well(&same).await).unwrap();
    let labels = Matrix::open(&world.path("query.h5ad")).unwrap().obs_column("cell_type").unwrap();
    let labeled = |wanted: &str| {
        let is_counted = |row: &usize| known[&names[*row]][0] == wanted && labels.text(*row).is_some();
        (0..names.len()).filter(is_counted).count()
    };
    let run = &measured["runs"][0];
    assert_eq!(run["cells"], labeled("annotated"));
    assert_eq!(run["inferred"]["cells"], labeled("inferred"));
    assert_eq!(run["inferred"]["cells_without_answer"], labeled("none"));
    let correct = run["inferred"]["by_k"][0]["f1_micro"].as_f64().unwrap();
    let exact = (0..names.len()).filter(|row| {
        let [source, label, _] = &known[&names[*row]];
        source == "inferred" && labels.text(*row).is_some_and(|truth| label.trim_end_matches(" (inferred)") == truth)
    });
    assert!((correct - exact.count() as f64 / labeled("inferred") as f64).abs() < 1e-9, "{correct}");
    assert!(cells > 100 && right * 10 >= cells * 7, "{right} of {cells}");
    let table = world.well(&["benchmark", "query.castui", "--truth", "cell_type", "-o", "d"]).await;
    assert_eq!(table.lines().filter(|line| line.contains(" inferred ")).count(), 1, "{table}");
    let lines = (0..names.len()).map(|row| format!("{},\"{}\"\n", names[row], labels.text(row).unwrap_or_default()));
    fs::write(world.path("known.csv"), format!("cell,known\n{}", lines.collect::<String>())).unwrap();
    let joined = ["benchmark", "query.castui", "--obs", "known.csv", "--truth", "known", "-o", "e", "--json"];
    let joined: serde_json::Value = serde_json::from_str(&world.well(&joined).await).unwrap();
    assert_eq!(joined["runs"][0]["inferred"]["by_k"], run["inferred"]["by_k"], "the truth is in a table");
}
