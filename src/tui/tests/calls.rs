//! Tests of thresholds, cells without a call, and flags, over a run on disk.

use std::path::Path;

use super::scene::{CELLS_IN_CHUNK, Scene};
use crate::{
    domain::Operation,
    store::Writer,
    tui::{
        facts::{Activity, RunFacts},
        msg::Answer,
        query::Source,
        sample,
        selection::Thresholds,
    },
};

#[test]
fn moving_the_threshold_calls_every_cell_again() {
    let mut scene = Scene::ontology_aware();
    scene.filter("call_1 ~ \"natural killer\"");
    let few = scene.text();
    scene.press("] ] ] ] ] ] ] ]");
    assert_ne!(scene.text(), few);
    scene.press("[ [ [ [ [ [ [ [");
    assert_eq!(scene.text(), few);
}

#[test]
fn brackets_move_the_call_threshold_in_every_pane_and_nothing_else() {
    for pane in "1 2 3 5 6 0".split(' ') {
        let mut scene = Scene::ontology_aware();
        scene.press(pane);
        scene.press("] ]");
        assert_eq!(scene.thresholds().call, 0.3, "pane {pane}");
        scene.press("[ [ [");
        let expected = Thresholds { call: 0.15, ..Thresholds::default() };
        assert_eq!(scene.thresholds(), expected, "pane {pane}");
    }
}

#[test]
fn the_evidence_threshold_has_separate_keys() {
    let mut scene = Scene::ontology_aware();
    scene.press("2 ) )");
    assert_eq!(scene.thresholds(), Thresholds { evidence: 0.07, ..Thresholds::default() });
    scene.press("( ( (");
    assert_eq!(scene.thresholds(), Thresholds { evidence: 0.04, ..Thresholds::default() });
}

/// Replaces the responses of a chunk.
fn replace(run: &Path, chunk: u32, cell: impl Fn(usize) -> String) {
    let writer = Writer::open(run, sample::clock()).unwrap();
    let chunk = crate::domain::ChunkIndex(chunk);
    let rows = writer.run().manifest().range(chunk);
    let header = writer.run().answer_header(chunk).unwrap();
    let cells: Vec<String> = rows.map(cell).collect();
    writer.store(chunk, &header, format!("[{}]", cells.join(",")).as_bytes()).unwrap();
}

/// Returns a response in which only the root has a score.
fn only_root(row: usize) -> String {
    let root = r#"{"score": 1.0, "cell_type_ontology_term_id": "CL:0000000", "cell_type": "cell"}"#;
    format!(
        r#"{{"query_cell_id": "{row}", "matches": [{root}], "total_weight": 2.5, "total_neighbors": 5, "total_neighbors_unrecognized": 0}}"#
    )
}

#[test]
fn the_call_threshold_is_in_the_titles_and_marked_when_it_is_not_the_default() {
    let mut scene = Scene::ontology_aware();
    for pane in ["1", "2", "3", "5", "6"] {
        scene.press(pane);
        let text = scene.text();
        assert!(text.contains("call ≥ 0.20") && !text.contains("default"), "{pane}\n{text}");
    }
    scene.press("1 ] ] ] ]");
    for pane in ["1", "2", "3", "5", "6"] {
        scene.press(pane);
        assert!(scene.text().contains("call ≥ 0.40 (default 0.20)"), "{pane}\n{}", scene.text());
    }
    scene.press("1 e");
    assert!(scene.text().contains("export · call ≥ 0.40 (default 0.20)"), "{}", scene.text());
    scene.press("esc b enter");
    assert!(scene.text().contains("call ≥ 0.40 (default 0.20)"), "{}", scene.text());
    scene.press("esc 4");
    assert!(!scene.text().contains("call ≥"), "neighbors are not calls\n{}", scene.text());
}

#[test]
fn a_cell_without_a_call_is_marked_and_comes_last_in_any_order() {
    let mut scene = Scene::ontology_aware();
    replace(&scene.folder.path().join("query.castui"), 4, only_root);
    scene.source = Source::open(&scene.folder.path().join("query.castui")).unwrap();
    scene.press("1 ] [ G");
    let last = |scene: &Scene| scene.text().lines().find(|line| line.contains('❯')).unwrap().to_owned();
    assert!(last(&scene).contains("no call") && !last(&scene).contains("1.00"), "{}", scene.text());
    scene.filter("row > 150");
    for field in ["score_1", "call_1"] {
        scene.press("s ctrl-u");
        scene.type_text(field);
        scene.press("enter");
        for _ in 0..2 {
            scene.press("g g");
            assert!(!last(&scene).contains("no call"), "{field}\n{}", scene.text());
            scene.press("G");
            assert!(last(&scene).contains("no call"), "{field}\n{}", scene.text());
            scene.press("S");
        }
    }
    scene.filter("call_1 = \"no call\"");
    assert!(scene.text().contains("21 of 221"), "{}", scene.text());
    scene.press("3");
    assert!(scene.text().contains("no call: only the root of the ontology reaches 0.20"), "{}", scene.text());
    assert!(!scene.text().contains("call 1"), "{}", scene.text());
}

#[test]
fn one_unreadable_answer_hides_the_calls_of_its_cells_only_and_is_named() {
    let mut scene = Scene::ontology_aware();
    let run = scene.folder.path().join("query.castui");
    std::fs::write(run.join("answers/chunk-000002.zst"), "no answer").unwrap();
    let facts = RunFacts {
        folder: run.clone(),
        cells: 221,
        chunk_size: CELLS_IN_CHUNK,
        activity: Activity::None,
        stored: crate::store::Run::open(&run).unwrap().stored().unwrap(),
        ..sample::run()
    };
    scene.source = Source::open(&run).unwrap();
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    scene.filter("row = 110");
    scene.press("g g");
    let text = scene.text();
    assert!(text.contains("unreadable") && text.contains("answers/chunk-000002.zst cannot be read"), "{text}");
    assert!(text.contains("requests it again, which costs 50 cells of quota"), "{text}");
    scene.filter("row = 160");
    assert!(!scene.text().contains("unreadable"), "{}", scene.text());
    scene.filter("score_1 >= 0");
    assert!(scene.text().contains("121 of 221"), "three of five chunks have calls\n{}", scene.text());
    scene.press("0");
    let text = scene.text();
    assert!(text.contains("partial, 1 answer unreadable") && text.contains("50 cells cannot be read"), "{text}");
    assert!(text.contains("121 of 221 cells") && text.contains("1 unreadable"), "{text}");
    assert!(scene.text().contains("n Problem"), "the key is offered\n{}", scene.text());
    scene.press("n");
    assert!(scene.text().contains("✗ unreadable                   it does not start with"), "{}", scene.text());
    scene.press("5");
    assert!(scene.text().contains("cluster call"), "{}", scene.text());
    scene.press("1 esc");
    scene.filter("row = 110");
    scene.press("g g 3");
    // The path may be wrapped anywhere.
    let joined = scene.text().replace(['│', '\n', ' '], "");
    assert!(joined.contains("chunk-000002.zst") && joined.contains("unaffected"), "{}", scene.text());
}

#[test]
fn a_share_of_neighbors_is_not_called_a_score() {
    let mut scene = Scene::open(Operation::SummaryStatistics { include_extended_statistics: false });
    scene.press("1 G");
    let text = scene.text();
    assert!(text.contains("share of neighbors") && text.contains("100 %") && !text.contains("score"), "{text}");
    scene.press("s");
    assert!(!scene.text().contains("score"), "{}", scene.text());
    scene.press("esc");
    scene.filter("share >= 1");
    assert!(scene.text().contains("171 of 221"), "{}", scene.text());
    // The view state of an earlier version may contain this filter.
    scene.filter("score_1 < 1");
    assert!(scene.text().contains("0 of 221"), "{}", scene.text());
}

#[test]
fn flags_are_explained_with_the_reasons_for_the_selected_cell() {
    let mut scene = Scene::ontology_aware();
    scene.press("1 g g");
    let legend = "A another branch scores as high  C 100+ finer types  X unlike its cluster";
    assert!(scene.text().contains(legend), "{}", scene.text());
    scene.filter("flags = X");
    scene.press("g g");
    let text = scene.text();
    assert!(text.contains("X unlike cluster: the most frequent call in louvain"), "{text}");
    scene.press("3");
    assert!(scene.text().contains("X unlike cluster: the most frequent call in louvain"), "{}", scene.text());
    scene.press("1 c");
    assert!(scene.text().contains("A, C, X: ? explains them"), "{}", scene.text());
}
