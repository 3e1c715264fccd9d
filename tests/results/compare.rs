//! Benchmarks, comparisons of runs, reports, and runs in progress.

use std::collections::HashSet;

use castui::{
    domain::{ChunkIndex, TermId},
    matrix::Column,
    results::{
        CallOptions, CellSet, Clusters, DepthRule, Error, Results,
        benchmark::{self, Truth},
        calls::{self, ClusterOptions, call_all},
        diff,
        export::Existing,
        report::{self, CalledClusters, ReportOptions},
    },
};

use crate::fixture::{Fixture, Recipe};

fn run(missing: &'static [u32]) -> (Fixture, Results) {
    let fixture = Recipe::ontology_aware(60, 20).without(missing).make();
    let results = Results::open(&fixture.run).unwrap();
    (fixture, results)
}

/// Returns the label of each cell's first call.
fn called(results: &Results) -> Vec<Option<String>> {
    let calls = call_all(results, CallOptions::default()).unwrap();
    let ontology = results.ontology().unwrap();
    (0..calls.len()).map(|row| calls.official(row, 0).map(|call| ontology.label(call.term).to_owned())).collect()
}

#[test]
fn a_run_agrees_with_itself() {
    let (fixture, results) = run(&[]);
    let mut labels = called(&results);
    labels[7] = None;
    let truth = Truth::new("truth", &Column::Text(labels), results.ontology().unwrap(), |_| None).unwrap();
    let found = benchmark::benchmark(&results, &truth, CallOptions::default()).unwrap();
    assert_eq!((found.cells, found.unlabeled, found.unanswered, found.by_k.len()), (59, 1, 0, 3));
    assert!(found.by_k.iter().all(|k| k.flat.f1_macro == 1.0 && k.hierarchical.h_f1_micro == 1.0));
    let files =
        benchmark::write(&[found.clone(), found], results.ontology().unwrap(), fixture.run.folder(), Existing::Refuse);
    // There are four tables; for each k the matrices of two runs and one model have three files each.
    assert_eq!(files.unwrap().len(), 4 + 3 * (2 + 1) * 3);
    let run = fixture.run.folder().file_name().unwrap().to_string_lossy().into_owned();
    for name in [format!("cm_raw_k1/{run}"), format!("cm_raw_k3/{run}-2"), "cm_aggregate_k2/made-up model".into()] {
        assert!(fixture.run.folder().join(&name).join("confusion_matrix.npz").is_file(), "{name}");
    }
    let table = std::fs::read_to_string(fixture.run.folder().join("f_measure_per_group.csv")).unwrap();
    assert!(table.starts_with("group_name,tp_k1,fp_k1,fn_k1,precision_micro_k1,"));
    assert!(table.lines().nth(1).unwrap().starts_with("made-up model,118,0,0,1.0,"));
}

#[test]
fn more_calls_find_more_of_the_truth() {
    let (_fixture, results) = run(&[2]);
    let calls = call_all(&results, CallOptions::default()).unwrap();
    let ontology = results.ontology().unwrap();
    let second = |row| calls.official(row, 1).map(|call| ontology.id(call.term).to_string());
    let labels = (0..60).map(|row| second(row).or(Some(TermId::CELL.to_owned()))).collect();
    let truth = Truth::new("truth", &Column::Text(labels), ontology, |_| None).unwrap();
    let found = benchmark::benchmark(&results, &truth, CallOptions::default()).unwrap();
    assert_eq!((found.cells, found.unanswered), (40, 20));
    assert_eq!(found.by_k[1].flat.tp, 40);
    assert!(found.by_k[0].flat.tp < 40 && found.by_k[0].hierarchical.h_f1_micro < 1.0);
}

#[test]
fn cells_that_are_unknown_or_na_have_no_label() {
    let (_fixture, results) = run(&[]);
    let ontology = results.ontology().unwrap();
    let texts = ["unknown", "na", "NA", "N/A", "nan", "NaN", "None", "<NA>", "", " ", "Unknown"];
    let labels = (0..60).map(|row| Some((*texts.get(row).unwrap_or(&"CL:0000236")).to_owned())).collect();
    let truth = Truth::new("truth", &Column::Text(labels), ontology, |_| None).unwrap();
    let found = benchmark::benchmark(&results, &truth, CallOptions::default()).unwrap();
    assert_eq!((found.unlabeled, found.cells + found.unanswered), (texts.len(), 60 - texts.len()));
}

#[test]
fn labels_outside_the_ontology_are_named_in_the_error() {
    let (_fixture, results) = run(&[]);
    let labels = Column::Text((0..60).map(|row| Some(if row == 3 { "B-cell" } else { "B cell" }.to_owned())).collect());
    let ontology = results.ontology().unwrap();
    let refused = Truth::new("truth", &labels, ontology, |_| None).unwrap_err();
    assert!(matches!(&refused, Error::UnknownLabels { labels, count: 1, .. } if labels == &["B-cell"]), "{refused}");
    let synonym = |label: &str| (label == "B-cell").then(|| TermId::from("CL:0000236"));
    assert!(Truth::new("truth", &labels, ontology, synonym).is_ok());
}

#[test]
fn a_diff_shows_changed_calls_and_their_distance() {
    let (_fixture, first) = run(&[0]);
    let (_other, second) = run(&[1]);
    let clusters = Clusters::new("c", &Column::Integer((0..60).map(|row| Some(row % 2)).collect()), 60).unwrap();
    let found = diff::diff(&first, &second, CallOptions::default(), Some(&clusters)).unwrap();
    assert_eq!((found.compared, found.only_first, found.only_second), (20, 20, 20));
    assert!(found.changed.is_empty());
    assert_eq!(found.clusters.iter().map(|cluster| cluster.compared).collect::<Vec<_>>(), [10, 10]);
    let ontology = first.ontology().unwrap();
    let monocyte = ontology.find(&TermId::from("CL:0001054")).unwrap();
    let parent = ontology.parents(monocyte)[0];
    let distances = diff::distances_from(ontology, monocyte);
    assert_eq!((distances[monocyte.as_usize()], distances[parent.as_usize()]), (Some(0), Some(1)));
}

#[test]
fn a_report_describes_the_run_and_its_missing_cells() {
    let (_fixture, results) = run(&[1]);
    let clusters = Clusters::new("lei|den", &Column::Integer((0..60).map(|row| Some(row % 3)).collect()), 60).unwrap();
    let how = ClusterOptions::default();
    let called = calls::by_cluster(&results, &clusters, how.clone()).unwrap();
    let called = CalledClusters { clusters: &clusters, calls: &called, options: how };
    let annotate = Some(castui::cli::command_lines().of_run(results.run()));
    let options = ReportOptions { clusters: Some(called), annotate, ..ReportOptions::default() };
    let text = report::markdown(&report::report(&results, &options).unwrap());
    for part in [
        "| Model | made-up model |",
        "20 cells have no answer and no call: rows 20–39 of the file, counted from 0.",
        "## Calls by lei\\|den",
        "castui annotate /data/cells.h5ad --server http://127.0.0.1:1 --cas-model-name 'made-up model'",
        "prune threshold 0.05",
        "doi.org/10.1186/s13326-016-0088-7",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[test]
fn new_answers_of_a_run_in_progress_are_found() {
    let (fixture, results) = run(&[1]);
    assert!(results.missing().into_iter().eq(std::iter::once(20..40)));
    assert!(results.cell(25).unwrap().is_none() && results.cell(45).unwrap().is_some());
    let whole = Recipe::ontology_aware(60, 20).make();
    std::fs::copy(whole.run.answer_path(ChunkIndex(1)), fixture.run.answer_path(ChunkIndex(1))).unwrap();
    assert_eq!(results.refresh().unwrap(), [ChunkIndex(1)]);
    assert!(results.cell(25).unwrap().is_some());
    assert_eq!(results.answered(&CellSet::of([1, 21, 59])), 3);
}

#[test]
fn a_missing_or_damaged_index_is_built_again() {
    let (fixture, results) = run(&[]);
    let options = CallOptions { depth: DepthRule::LongestPath, ..CallOptions::default() };
    let before = call_all(&results, options.clone()).unwrap();
    let indexes: Vec<_> =
        std::fs::read_dir(fixture.run.folder().join("index")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(indexes.len(), 3);
    std::fs::write(&indexes[0], "bent").unwrap();
    std::fs::remove_file(&indexes[1]).unwrap();
    assert_eq!(call_all(&results, options).unwrap(), before);
    assert!(indexes.iter().all(|path| std::fs::metadata(path).unwrap().len() > 100));
    let names: HashSet<_> = indexes.iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert!(names.contains(std::ffi::OsStr::new("chunk-000002.scores")));
}
