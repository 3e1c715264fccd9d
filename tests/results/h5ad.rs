//! Annotated copies of the input.

use std::{ffi::OsStr, path::PathBuf, process::Command};

use castui::{
    matrix::{Column, ColumnName, CountSource, Matrix},
    results::{
        CallOptions, CellSet, Error, Results,
        calls::call_all,
        export::{self, CopyPaths, Existing, LabelOptions},
    },
};

use crate::fixture::{Fixture, Recipe};

const LABELS: fn() -> LabelOptions<'static> = || LabelOptions {
    cells: &CellSet::All,
    calls: &CallOptions::OFFICIAL,
    prefix: Some(export::CALL_PREFIX),
    clusters: None,
    groups: None,
    levels: false,
    inferred: None,
};

fn query() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/demo/query.h5ad")
}

fn run(missing: &'static [u32]) -> (Fixture, Results, PathBuf) {
    let fixture = Recipe::ontology_aware(221, 100).without(missing).on(&query()).make();
    let results = Results::open(&fixture.run).unwrap();
    let target = fixture.run.folder().join("annotated.h5ad");
    (fixture, results, target)
}

#[test]
fn a_copy_contains_the_input_and_the_calls() {
    let (fixture, results, target) = run(&[]);
    export::annotated_h5ad(&results, CopyPaths { source: &query(), target: &target }, Existing::Refuse, &LABELS())
        .unwrap();
    let (before, after) = (Matrix::open(&query()).unwrap(), Matrix::open(&target).unwrap());
    assert_eq!(after.obs_columns().len(), before.obs_columns().len() + 9 + 1);
    for column in before.obs_columns() {
        assert_eq!(after.obs_column(&column.name).unwrap(), before.obs_column(&column.name).unwrap());
    }
    let rows = |matrix: &Matrix| matrix.row_source(&CountSource::X, None).unwrap().rows(0..221).unwrap();
    assert_eq!(rows(&before), rows(&after));
    let ids = |matrix: &Matrix| matrix.gene_column(&CountSource::X, &ColumnName::Index).unwrap();
    assert_eq!(ids(&before), ids(&after));
    let calls = call_all(&results, CallOptions::default()).unwrap();
    let Column::Real(scores) = after.obs_column("cas_cell_type_score_2").unwrap() else { panic!() };
    let names = after.obs_column("cas_cell_type_name_2").unwrap();
    for (row, score) in scores.iter().enumerate() {
        let call = calls.official(row, 1).unwrap();
        assert_eq!(score.to_bits(), call.score.to_bits());
        assert_eq!(names.text(row).as_deref(), Some(results.ontology().unwrap().id(call.term).as_str()));
    }
    export::official(&fixture.run, fixture.run.folder()).unwrap();
    let files = [query(), target, fixture.run.folder().to_owned()];
    let files = || files.iter().map(|path| path.as_os_str());
    for python in ["CASTUI_PARITY_PYTHON", "CASTUI_PARITY_ANNDATA"].into_iter().filter_map(std::env::var_os) {
        check(&python, "h5ad.py", files());
    }
    if let Some(python) = std::env::var_os("CASTUI_PARITY_PYTHON") {
        check(&python, "viewer.py", files().chain([OsStr::new("louvain")]));
    }
}

fn check<'a>(python: &OsStr, script: &str, arguments: impl IntoIterator<Item = &'a OsStr>) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(script);
    assert!(Command::new(python).arg(script).args(arguments).status().unwrap().success(), "see above");
}

/// Tests files written by several versions of anndata. The newest version must read all copies.
#[test]
fn anndata_reads_a_copy_of_every_layout() {
    let Some(python) = std::env::var_os("CASTUI_PARITY_ANNDATA") else { return };
    let folder = tempfile::tempdir().unwrap();
    let fixtures = std::fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")).unwrap();
    let packed = fixtures.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "gz"));
    for packed in packed {
        let source = folder.path().join(packed.file_stem().unwrap());
        let mut unpacked = std::fs::File::create(&source).unwrap();
        let packed = std::fs::File::open(packed).unwrap();
        std::io::copy(&mut flate2::read::GzDecoder::new(packed), &mut unpacked).unwrap();
        let fixture = Recipe::ontology_aware(12, 5).on(&source).make();
        let results = Results::open(&fixture.run).unwrap();
        let target = source.with_extension("annotated.h5ad");
        export::annotated_h5ad(&results, CopyPaths { source: &source, target: &target }, Existing::Refuse, &LABELS())
            .unwrap();
        export::official(&fixture.run, fixture.run.folder()).unwrap();
        check(&python, "h5ad.py", [&source, &target, fixture.run.folder()].map(|path| path.as_os_str()));
    }
}

#[test]
fn cells_without_an_answer_have_missing_values() {
    let (_fixture, results, target) = run(&[1]);
    export::annotated_h5ad(&results, CopyPaths { source: &query(), target: &target }, Existing::Refuse, &LABELS())
        .unwrap();
    let matrix = Matrix::open(&target).unwrap();
    let Column::Real(scores) = matrix.obs_column("cas_cell_type_score_1").unwrap() else { panic!() };
    let labels = matrix.obs_column("cas_cell_type_label_1").unwrap();
    for (row, score) in scores.iter().enumerate() {
        let missing = (100..200).contains(&row);
        assert_eq!(score.is_nan(), missing);
        assert_eq!(labels.text(row).is_none(), missing);
    }
}

#[test]
fn results_of_an_earlier_annotation_are_replaced() {
    let (fixture, results, target) = run(&[]);
    export::annotated_h5ad(&results, CopyPaths { source: &query(), target: &target }, Existing::Refuse, &LABELS())
        .unwrap();
    let again = Recipe::ontology_aware(221, 100).on(&target).make();
    let other = fixture.run.folder().join("again.h5ad");
    let results = Results::open(&again.run).unwrap();
    export::annotated_h5ad(&results, CopyPaths { source: &target, target: &other }, Existing::Refuse, &LABELS())
        .unwrap();
    let columns = |path| Matrix::open(path).unwrap().obs_columns();
    assert_eq!(columns(&target), columns(&other));
}

#[test]
fn neither_the_input_nor_an_existing_file_is_overwritten() {
    let (fixture, results, target) = run(&[]);
    let copy = fixture.run.folder().join("copy.h5ad");
    std::fs::copy(query(), &copy).unwrap();
    let before = std::fs::read(&copy).unwrap();
    for existing in [Existing::Refuse, Existing::Replace] {
        let refused = export::annotated_h5ad(&results, CopyPaths { source: &copy, target: &copy }, existing, &LABELS());
        assert!(refused.is_err());
        assert_eq!(std::fs::read(&copy).unwrap(), before);
    }
    std::fs::write(&target, "precious").unwrap();
    let refused =
        export::annotated_h5ad(&results, CopyPaths { source: &copy, target: &target }, Existing::Refuse, &LABELS());
    assert!(matches!(refused, Err(Error::Exists { .. })));
    std::fs::write(&copy, "another file").unwrap();
    let refused =
        export::annotated_h5ad(&results, CopyPaths { source: &copy, target: &target }, Existing::Replace, &LABELS());
    assert!(matches!(refused, Err(Error::InputChanged { .. })));
    assert_eq!(std::fs::read(&target).unwrap(), b"precious");
}
