//! Comparison of marker genes and dot plots with scanpy. Runs only if `CASTUI_PARITY_SCANPY` names a Python with scanpy
//! 1.11 (`tests/parity/markers.py`).

use std::{path::Path, process::Command};

use castui::{
    analysis::{
        DotPlot, Gene, Watch,
        markers::{Comparison, Groups, Method, Selection},
    },
    matrix::Matrix,
    results::{
        CallOptions, CellSet, Clusters, GeneReader, Results,
        export::{self, CopyContent, CopyPaths, Existing, LabelOptions, MarkerFormat, Separator},
        expression::CountChoice,
        markers::find_markers,
    },
};
use serde_json::json;

use crate::fixture::Recipe;

#[test]
fn anndata_and_scanpy_read_the_marker_genes_of_a_copy() {
    let query = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/query.h5ad");
    let fixture = Recipe::ontology_aware(221, 100).on(&query).make();
    let results = Results::open(&fixture.run).unwrap();
    let reader = GeneReader::of_run(&results, &query).unwrap();
    let column = reader.matrix().obs_column("louvain").unwrap();
    let groups: Groups = Clusters::new("louvain", &column, 221).unwrap().into();
    let comparison = Comparison {
        groups: &groups,
        tested: (0..groups.len() as u32).filter(|group| groups.size(*group) > 1).collect(),
        reference: None,
        method: Method::TTest,
        selection: Selection { top: Some(20), min_fraction: 0.0 },
    };
    let table = find_markers(&reader, &comparison, &Watch::default()).unwrap();
    let markers = export::ranked_genes(&table, &reader, "louvain");
    assert!(markers.groups.len() > 1 && markers.groups.iter().all(|group| group.names.len() == 20));
    let labels = LabelOptions {
        cells: &CellSet::All,
        calls: &CallOptions::OFFICIAL,
        prefix: Some(export::CALL_PREFIX),
        clusters: None,
        groups: None,
        levels: false,
        inferred: None,
    };
    let (target, csv) = (fixture.run.folder().join("annotated.h5ad"), fixture.run.folder().join("markers.csv"));
    let paths = CopyPaths { source: &query, target: &target };
    let content = CopyContent { labels, markers: Some(&markers) };
    export::annotated_h5ad_with(&results, paths, Existing::Refuse, &content).unwrap();
    let text = export::marker_lines(&table, reader.genes(), MarkerFormat::Scanpy, Separator::Comma);
    export::write_markers(&csv, Existing::Refuse, &text).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/ranked.py");
    let pythons = ["CASTUI_PARITY_PYTHON", "CASTUI_PARITY_ANNDATA", "CASTUI_PARITY_SCANPY"];
    for python in pythons.into_iter().filter_map(std::env::var_os) {
        let status =
            Command::new(&python).arg(&script).arg(&target).arg(&csv).env("HOME", fixture.run.folder()).status();
        assert!(status.unwrap().success(), "{python:?}: see above");
    }
}

/// Returns a comparison of all groups with the other cells.
fn all(groups: &Groups, top: usize) -> Comparison<'_> {
    Comparison {
        groups,
        tested: (0..groups.len() as u32).collect(),
        reference: None,
        method: Method::TTest,
        selection: Selection { top: Some(top), min_fraction: 0.0 },
    }
}

#[test]
fn markers_of_a_run_are_computed_once_per_file_and_grouping() {
    let folder = tempfile::tempdir().unwrap();
    let query = folder.path().join("query.h5ad");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/query.h5ad"), &query).unwrap();
    let fixture = Recipe::ontology_aware(221, 100).on(&query).make();
    let results = Results::open(&fixture.run).unwrap();
    let groups = |column: &str, reader: &GeneReader| -> Groups {
        let column = reader.matrix().obs_column(column).unwrap();
        Clusters::new("groups", &column, 221).unwrap().into()
    };
    let reader = GeneReader::of_run(&results, &query).unwrap();
    let louvain = groups("louvain", &reader);
    let canceled = Watch::new(&|_| {}, &|| true);
    assert!(find_markers(&reader, &all(&louvain, 10), &canceled).is_err(), "nothing is cached yet");
    let found = find_markers(&reader, &all(&louvain, 10), &Watch::default()).unwrap();
    // Work that is canceled at its start succeeds only if no counts are read.
    assert_eq!(find_markers(&reader, &all(&louvain, 10), &canceled).unwrap(), found);
    let more = find_markers(&reader, &all(&louvain, 30), &canceled).unwrap();
    assert_eq!(more.groups[1].genes[..10], found.groups[1].genes[..]);
    assert!(find_markers(&reader, &all(&louvain, 51), &canceled).is_err(), "more genes than are cached");
    let others = groups("bulk_labels", &reader);
    assert!(find_markers(&reader, &all(&others, 10), &canceled).is_err(), "another grouping");
    let another = GeneReader::of_run(&results, &query).unwrap();
    assert_eq!(find_markers(&another, &all(&louvain, 10), &canceled).unwrap(), found);
    let touched = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
    std::fs::File::options().append(true).open(&query).unwrap().set_modified(touched).unwrap();
    let changed = GeneReader::of_run(&results, &query).unwrap();
    assert!(find_markers(&changed, &all(&louvain, 10), &canceled).is_err(), "the file was changed");
    castui::store::MarkerCache::remove(&fixture.run).unwrap();
    assert!(!fixture.run.folder().join("markers").exists());
}

#[test]
fn dots_of_markers_equal_those_of_the_expression_of_single_genes() {
    let query = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/query.h5ad");
    let reader = GeneReader::of_file(Matrix::open(&query).unwrap(), &CountChoice::default()).unwrap();
    let column = reader.matrix().obs_column("louvain").unwrap();
    let groups: Groups = Clusters::new("louvain", &column, 221).unwrap().into();
    let table = find_markers(&reader, &all(&groups, 5), &Watch::default()).unwrap();
    let genes: Vec<Gene> = table.dots.columns().iter().map(|column| reader.genes().gene(*column)).collect();
    let values = reader.read(&genes, &Watch::default()).unwrap();
    let plot = DotPlot::new(&groups, values.iter().map(AsRef::as_ref));
    assert!(genes.len() >= groups.len());
    for group in 0..groups.len() {
        for (place, gene) in genes.iter().enumerate() {
            let (found, expected) = (table.dots.get(group, gene.column).unwrap(), plot.dot(group, place));
            assert_eq!(found.fraction, expected.fraction);
            assert!((found.mean - expected.mean).abs() <= 1e-6 * expected.mean.max(1.0), "{found:?} {expected:?}");
        }
    }
    let marker = &table.groups[0].genes[0];
    let dot = table.dots.get(0, marker.column).unwrap();
    assert_eq!((dot.fraction, dot.mean), (marker.fraction, marker.mean));
}

#[test]
fn markers_and_dot_plots_equal_those_of_scanpy() {
    let Some(python) = std::env::var_os("CASTUI_PARITY_SCANPY") else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parity/markers");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/markers.py");
    let run = |step: &str| {
        let mut command = Command::new(&python);
        command.arg(&script).arg(step).arg(&folder).arg("--castui").arg(env!("CARGO_BIN_EXE_castui"));
        command.env("HOME", &folder).env("MPLBACKEND", "Agg");
        assert!(command.status().unwrap().success(), "see above");
    };
    run("make");
    for name in ["small", "large"] {
        write_dots(&folder, name);
    }
    run("compare");
}

/// Writes the dots of some genes.
fn write_dots(folder: &Path, name: &str) {
    let reader = {
        let matrix = Matrix::open(&folder.join(format!("{name}.h5ad"))).unwrap();
        GeneReader::of_file(matrix, &CountChoice::default()).unwrap()
    };
    let column = reader.matrix().obs_column("group").unwrap();
    let groups: Groups = Clusters::new("group", &column, reader.matrix().cell_count()).unwrap().into();
    let genes: Vec<Gene> = (0..40).map(|column| reader.genes().gene(column * 7)).collect();
    let values = reader.read(&genes, &Watch::default()).unwrap();
    let plot = DotPlot::new(&groups, values.iter().map(AsRef::as_ref));
    let rows = |of: fn(&DotPlot, usize, usize) -> f64| -> Vec<Vec<f64>> {
        (0..groups.len()).map(|group| (0..genes.len()).map(|gene| of(&plot, group, gene)).collect()).collect()
    };
    let dots = json!({
        "groups": groups.names(),
        "genes": genes.iter().map(|gene| &gene.name).collect::<Vec<_>>(),
        "fraction": rows(|plot, group, gene| plot.dot(group, gene).fraction),
        "mean": rows(|plot, group, gene| plot.dot(group, gene).mean),
    });
    std::fs::write(folder.join(format!("dots-{name}.json")), serde_json::to_vec(&dots).unwrap()).unwrap();
}
