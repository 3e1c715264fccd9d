//! Exports as tables.

use std::path::Path;

use castui::{
    domain::Operation,
    results::{
        CallOptions, CellSet, Error, Results,
        export::{self, Existing, Format, LabelOptions, TableFormat},
    },
};
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::fixture::{Fixture, Recipe};

const LABELS: LabelOptions<'static> = LabelOptions {
    cells: &CellSet::All,
    calls: &CallOptions { top_k: 1, ..CallOptions::OFFICIAL },
    prefix: Some(export::CALL_PREFIX),
    clusters: None,
    groups: None,
    levels: false,
    inferred: None,
};

fn run(operation: Operation) -> (Fixture, Results) {
    let fixture = Recipe::ontology_aware(30, 10).of(operation).without(&[1]).make();
    let results = Results::open(&fixture.run).unwrap();
    (fixture, results)
}

fn ontology_aware() -> (Fixture, Results) {
    run(Operation::OntologyAware(Default::default()))
}

fn parquet_rows(path: &Path) -> (Vec<String>, usize) {
    let reader = SerializedFileReader::try_from(path).unwrap();
    let columns = reader.metadata().file_metadata().schema().get_fields().iter().map(|f| f.name().to_owned()).collect();
    (columns, reader.get_row_iter(None).unwrap().map(Result::unwrap).count())
}

#[test]
fn inferred_labels_have_a_line_per_cell_with_empty_fields_without_an_answer() {
    let (fixture, results) = ontology_aware();
    let path = fixture.run.folder().join("inferred_labels.csv");
    export::inferred_labels(&results, &path, Existing::Refuse, &LABELS).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], ",cas_cell_type_label_1,cas_cell_type_name_1,cas_cell_type_score_1");
    assert_eq!(lines.len(), 31);
    assert_eq!(lines[11], "\"AAAC\"\"3,10-1\",,,");
    assert!(lines[1].contains(",CL:"), "{}", lines[1]);
}

#[test]
fn selected_cells_are_exported_in_the_files_order() {
    let (fixture, results) = ontology_aware();
    let path = fixture.run.folder().join("some.csv");
    let cells = CellSet::of([25, 3]);
    export::inferred_labels(&results, &path, Existing::Refuse, &LabelOptions { cells: &cells, ..LABELS }).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let names: Vec<_> = text.lines().skip(1).map(|line| line.split("\",").next().unwrap()).collect();
    assert_eq!(names, ["\"AAAC\"\"3,3-1", "\"AAAC\"\"4,25-1"]);
    export::response(&fixture.run, &fixture.run.folder().join("some.json"), Existing::Refuse, &cells).unwrap();
    let response: serde_json::Value =
        serde_json::from_slice(&std::fs::read(fixture.run.folder().join("some.json")).unwrap()).unwrap();
    assert_eq!(response["data"].as_array().unwrap().len(), 2);
}

#[test]
fn existing_files_are_replaced_only_on_request() {
    let (fixture, results) = ontology_aware();
    let path = fixture.run.folder().join("labels.csv");
    std::fs::write(&path, "precious").unwrap();
    let refused = export::inferred_labels(&results, &path, Existing::Refuse, &LABELS);
    assert!(matches!(refused, Err(Error::Exists { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    export::inferred_labels(&results, &path, Existing::Replace, &LABELS).unwrap();
    assert_ne!(std::fs::read(&path).unwrap(), b"precious");
}

#[test]
fn tables_have_the_same_values_in_every_format() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    for operation in [Operation::OntologyAware(Default::default()), summary, Operation::Search] {
        let (fixture, results) = run(operation);
        let at = |name| fixture.run.folder().join(name);
        for (format, delimiter, cells, matches) in
            [(TableFormat::Csv, ',', "cells.csv", "matches.csv"), (TableFormat::Tsv, '\t', "cells.tsv", "matches.tsv")]
        {
            export::cell_table(&results, &at(cells), (format, Existing::Refuse), &LABELS).unwrap();
            export::match_table(&results, &at(matches), (format, Existing::Refuse), &LABELS).unwrap();
            let text = std::fs::read_to_string(at(cells)).unwrap();
            assert_eq!(text.lines().count(), 31, "{operation:?}");
            assert!(text.starts_with(&format!("row{delimiter}cell{delimiter}")));
        }
        let target = (TableFormat::Parquet, Existing::Refuse);
        export::cell_table(&results, &at("cells.parquet"), target, &LABELS).unwrap();
        export::match_table(&results, &at("matches.parquet"), target, &LABELS).unwrap();
        for (parquet, tsv) in [("cells.parquet", "cells.tsv"), ("matches.parquet", "matches.tsv")] {
            let (columns, rows) = parquet_rows(&at(parquet));
            let text = std::fs::read_to_string(at(tsv)).unwrap();
            assert_eq!(columns.join("\t"), text.lines().next().unwrap());
            assert_eq!(rows, text.lines().count() - 1);
            let missing = text.lines().find(|line| line.starts_with("10\t")).unwrap();
            assert!(missing.contains("3,10-1") && missing.split('\t').skip(2).all(str::is_empty), "{tsv}: {missing}");
        }
    }
}

#[test]
fn formats_are_found_by_name() {
    for format in Format::ALL {
        assert_eq!(format.name().parse::<Format>().unwrap(), format);
    }
    assert!("xlsx".parse::<Format>().unwrap_err().to_string().contains("matches-parquet"));
}
