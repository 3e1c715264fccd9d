//! Tests of inferred cells in the interface, over a run of a third of the demo's cells.

use std::path::Path;

use super::scene::{QUERY, Scene, facts, manifest, store};
use crate::{
    domain::{
        CellOntology, OntologyAwareOptions, Operation, SampleBy, SampleRequest, SampleSize, TermId, sample::FLOOR,
    },
    matrix::Matrix,
    results::{
        CallOptions, CellCall, Results,
        calls::call_all,
        infer::{self, Calibration, CellSource, Inference, InferredCell},
    },
    store::{CellList, Fingerprint, Manifest, SampledCells, Writer},
    wire::general::OntologyResource,
};

/// The number of the file's cells, and of those that were sent: every third one.
const CELLS: usize = 221;
const SENT: usize = 74;
/// Every tenth of the other cells has no call.
const NONE: usize = 15;
const INFERRED: usize = CELLS - SENT - NONE;

/// Opens a run of every third cell whose other cells are inferred as B cells.
fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let names = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let rows: Vec<u32> = (0..names.len() as u32).step_by(3).collect();
    let sent: Vec<String> = rows.iter().map(|row| names[*row as usize].clone()).collect();
    let ontology = CellOntology::embedded().ontology();
    let resource = serde_json::to_vec(&OntologyResource::from(&ontology)).unwrap();
    let size = SampleSize::Cells(sent.len().try_into().unwrap());
    let request = SampleRequest { size, by: SampleBy::Sketch, floor: FLOOR, seed: 0 };
    let mut manifest: Manifest = manifest(Operation::OntologyAware(OntologyAwareOptions::default()), sent.len());
    manifest.input.sample = Some(SampledCells { request, of: names.len() });
    manifest.input.fingerprint = Fingerprint::of(Path::new(QUERY)).unwrap();
    let path = folder.path().join("query.castui");
    let list = CellList { names: &sent, rows: Some(&rows) };
    let writer = Writer::create(&path, manifest, list, Some(&resource)).unwrap();
    writer.run().manifest().chunks().for_each(|chunk| store(&writer, chunk, (&ontology, 0)));
    let run = writer.run().clone();
    drop(writer);
    let results = Results::open(&run).unwrap();
    infer::store(&[Results::open(&run).unwrap()], &inference(&results), &CallOptions::default()).unwrap();
    Scene::over(folder, facts(&run))
}

/// Makes up the inference: B cells, and no call for every tenth of the cells that were not sent.
fn inference(results: &Results) -> Inference {
    let calls = call_all(results, CallOptions::default()).unwrap();
    let b_cell = results.ontology().unwrap().find(&TermId::from("CL:0000236")).unwrap();
    let mut unsent = 0;
    let cell = |row: usize| {
        if row.is_multiple_of(3) {
            let call = match calls.of(row / 3) {
                CellCall::Called(call) => Some((call.term, call.score)),
                CellCall::NoCall | CellCall::NoAnswer => None,
            };
            return InferredCell { source: CellSource::Annotated, call, confidence: None, distance: None };
        }
        unsent += 1;
        if unsent % 10 == 1 {
            return InferredCell { source: CellSource::None, call: None, confidence: None, distance: Some(9.0) };
        }
        let (call, confidence) = (Some((b_cell, 0.625)), Some(0.75));
        InferredCell { source: CellSource::Inferred, call, confidence, distance: Some(1.25) }
    };
    let cells = (0..CELLS).map(cell).collect();
    let calibration = Calibration::new(vec![(1.0, true)]);
    Inference { cells, neighbors: 5, calibration, limit: 4.0, left_out: Vec::new() }
}

/// Returns the lines that contain some words.
fn lines_with(text: &str, words: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains(words)).map(str::to_owned).collect()
}

#[test]
fn a_run_of_a_sample_opens_with_its_annotated_cells() {
    let mut scene = scene();
    for keys in ["O", "1", "6"] {
        scene.press(keys);
        let text = scene.stage.text((160, 40));
        assert!(!text.contains('~') && !text.contains("inferred"), "{keys}\n{text}");
    }
    scene.press("I");
    assert!(scene.stage.text((160, 40)).contains('~'));
    scene.press("I O");
    assert!(!scene.stage.text((160, 40)).contains('~'), "I shows annotated cells only again");
}

#[test]
fn each_inferred_cell_has_a_mark_in_the_table_and_in_its_details() {
    let mut scene = scene();
    scene.press("1 I");
    let title = format!("{SENT} annotated + ~ {INFERRED} inferred");
    for size in [(80, 24), (160, 40)] {
        let text = scene.stage.text(size);
        assert!(text.contains(&title), "{title}\n{text}");
    }
    // The inferred cells follow the annotated ones.
    scene.press("G");
    let text = scene.stage.text((160, 40));
    let marked = lines_with(&text, "~ B cell");
    assert!(marked.len() > 10, "{text}");
    let table: Vec<String> = text.lines().map(|line| line.chars().take(80).collect()).collect();
    let named = table.iter().filter(|line| line.contains("B cell") && !line.contains("is inferred"));
    assert!(named.clone().count() > 10 && named.clone().all(|line| line.contains("~ B cell")), "{text}");
    assert!(marked.iter().all(|line| line.contains("~ 0.62")), "scores have the mark too\n{text}");
    assert!(text.contains("confidence 0.75, 5 annotated neighbors, the nearest at 1.25"), "{text}");
    scene.press("3");
    let text = scene.text();
    assert!(text.contains("B cell is inferred: this cell was not sent"), "{text}");
    assert!(text.contains("confidence 0.75"), "{text}");
}

#[test]
fn inferred_cells_are_filtered_by_their_source_and_never_marked() {
    let mut scene = scene();
    scene.press("1 I");
    scene.filter("source=inferred");
    let shown = |scene: &Scene, wanted: &str| {
        let text = scene.stage.text((160, 40));
        assert!(text.contains(wanted), "{wanted}\n{text}");
    };
    shown(&scene, &format!("{INFERRED} of {SENT} annotated"));
    scene.press("space");
    assert!(scene.stage.app.screens.workspace().unwrap().selection().marked.is_empty());
    scene.filter("source=annotated");
    shown(&scene, &format!("{SENT} of {SENT} annotated"));
    // Inferred cells are among the B cells; columns of the file are read for the run's cells only.
    scene.filter("\"B cell\" and source=inferred");
    shown(&scene, &format!("{INFERRED} of {SENT} annotated"));
    scene.filter("row<3");
    shown(&scene, "2 of 74 annotated");
    scene.press("s");
    scene.type_text("row");
    scene.press("enter");
    shown(&scene, "row ▲");
}

#[test]
fn the_overview_counts_inferred_cells_apart() {
    let mut scene = scene();
    scene.press("O");
    let before = scene.stage.text((160, 40));
    scene.press("I");
    let text = scene.stage.text((160, 40));
    assert!(text.contains(&format!("{SENT} cells annotated  ·  ~ {INFERRED} inferred  ·  {NONE} neither")), "{text}");
    let left = |text: &str| -> Vec<String> { text.lines().map(|line| line.chars().take(80).collect()).collect() };
    let row = |text: &str| left(text).into_iter().find(|line| line.contains("  B cell ")).unwrap();
    let numbers = |line: &str| -> Vec<String> {
        line.split("B cell").nth(1).unwrap().split_whitespace().map(str::to_owned).collect()
    };
    let (was, is) = (numbers(&row(&before)), numbers(&row(&text)));
    assert_eq!((&is[0], &is[1..3]), (&was[0], &["~".to_owned(), INFERRED.to_string()][..]), "{text}");
    // The share, the median and the doubtful calls are those of annotated cells.
    assert_eq!(is[3], was[1], "{text}");
    let others = left(&text).into_iter().filter(|line| line.contains("dendritic cell"));
    assert!(others.clone().count() == 1 && others.clone().all(|line| line.contains("~ 0")), "{text}");
}

#[test]
fn the_embedding_has_categories_of_inferred_calls() {
    let mut scene = scene();
    scene.press("6 I +");
    let text = scene.stage.text((160, 40));
    assert!(text.contains(&format!("~ {INFERRED} inferred")), "{text}");
    assert!(text.contains("call (~ inferred)"), "{text}");
    let legend = lines_with(&text, "~ B cell");
    assert!(legend.iter().any(|line| line.contains(&INFERRED.to_string())), "{text}");
}

#[test]
fn inferred_calls_of_another_threshold_are_not_shown() {
    let mut scene = scene();
    scene.press("1 I ]");
    let text = scene.stage.text((160, 40));
    assert!(!text.contains("~ B cell") && text.contains("no inferred calls"), "{text}");
    assert!(text.contains("the inferred calls of"), "{text}");
    scene.press("[");
    assert!(scene.stage.text((160, 40)).contains(&format!("~ {INFERRED} inferred")));
}
