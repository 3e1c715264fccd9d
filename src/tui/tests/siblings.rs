//! Runs of other kinds about the same file: panes read from the run that has their data, or say what it costs.

use std::path::Path;

use super::scene::{CELLS_IN_CHUNK, QUERY, Scene, facts, manifest, write};
use crate::{
    domain::{CellAnswer, OntologyAwareOptions, Operation, OperationKind},
    matrix::Matrix,
    results::Results,
    store::{Run, Writer},
    tui::{facts::RunFacts, msg::Answer, sample},
};

const AWARE: Operation =
    Operation::OntologyAware(OntologyAwareOptions { prune_threshold: 0.05, weighting_prefactor: 1.0 });
const SUMMARY: Operation = Operation::SummaryStatistics { include_extended_statistics: false };

/// A row in a stored chunk.
const ROW: usize = 60;

/// Writes a search with five neighbors of each cell, of 40 reference cells, in all chunks but the first.
fn write_search(path: &Path) -> RunFacts {
    let cells = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    let writer = Writer::create(path, manifest(Operation::Search, cells.len()), &cells, None).unwrap();
    for chunk in writer.run().manifest().chunks().skip(1) {
        let rows = writer.run().manifest().range(chunk);
        let neighbor = |row: usize, place: usize| {
            let (id, distance) = (100 + (row * 7 + place * 3) % 40, (place * 3 % 5) as f64 + 0.5);
            format!("{{\"cas_cell_index\":{id},\"distance\":{distance}}}")
        };
        let cell = |row: usize| {
            let neighbors = (0..5).map(|place| neighbor(row, place)).collect::<Vec<_>>().join(",");
            format!("{{\"query_cell_id\":\"{row}\",\"neighbors\":[{neighbors}]}}")
        };
        let body = format!("[{}]", rows.clone().map(cell).collect::<Vec<_>>().join(","));
        writer.store(chunk, &sample::header(&rows), body.as_bytes()).unwrap();
    }
    facts(writer.run())
}

fn write_run(path: &Path, operation: Operation) -> RunFacts {
    if operation == Operation::Search { write_search(path) } else { write(path, operation, 0) }
}

/// Opens a run beside another one of the same file, at a cell that both have answered.
fn beside(operation: Operation, other: (Operation, &str)) -> (Scene, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join(other.1);
    write_run(&at, other.0);
    let facts = write_run(&folder.path().join("query.castui"), operation);
    assert_eq!(facts.siblings.len(), 1);
    let mut scene = Scene::over(folder, facts);
    scene.filter(&format!("row = {ROW}"));
    scene.press("g g");
    (scene, at)
}

fn read(folder: &Path) -> CellAnswer {
    Results::open(&Run::open(folder).unwrap()).unwrap().cell(ROW).unwrap().unwrap()
}

#[test]
fn neighbors_are_read_from_a_search_of_the_same_file() {
    let (mut scene, search) = beside(AWARE, (Operation::Search, "cells-search.castui"));
    let CellAnswer::Search(found) = read(&search) else { panic!("a search") };
    let nearest = found.nearest_first()[0];
    for pane in ["4", "7"] {
        scene.press(pane);
        let text = scene.stage.text((120, 36));
        assert!(text.contains("in cells-search.castui"), "{text}");
        let is_first = |row: &str| row.contains('❯') && row.contains(&format!(" {} ", nearest.cell));
        assert!(pane == "7" || text.lines().any(is_first), "{nearest:?}\n{text}");
    }
    // The run's own panes are as before.
    scene.press("3");
    let text = scene.stage.text((120, 36));
    assert!(text.contains("terms from") && !text.contains("cells-search.castui"), "{text}");
}

#[test]
fn matches_are_read_from_an_ontology_aware_run_of_the_same_file() {
    let (mut scene, _) = beside(Operation::Search, (AWARE, "cells.castui"));
    scene.press("3");
    let borrowed = scene.stage.text((80, 24));
    assert!(borrowed.contains("in cells.castui"), "{borrowed}");
    let mut own = Scene::ontology_aware();
    own.filter(&format!("row = {ROW}"));
    own.press("g g 3");
    // Only the title differs.
    let rows = |text: &str| text.lines().filter(|row| row.contains("│")).map(str::to_owned).collect::<Vec<_>>();
    let (borrowed, own) = (rows(&borrowed), rows(&own.stage.text((80, 24))));
    assert!(borrowed.len() > 10, "{borrowed:?}");
    assert_eq!(borrowed, own);
}

#[test]
fn distances_are_read_from_summary_statistics_of_the_same_file() {
    let (mut scene, _) = beside(AWARE, (SUMMARY, "cells-summary.castui"));
    scene.press("9");
    let text = scene.stage.text((120, 36));
    assert!(text.contains("in cells-summary.castui"), "{text}");
}

#[test]
fn a_cell_that_the_other_run_has_not_answered_is_said_to_be_missing_there() {
    let (mut scene, _) = beside(AWARE, (Operation::Search, "cells-search.castui"));
    scene.filter("row = 3");
    scene.press("g g 4");
    let text = scene.stage.text((120, 36));
    assert!(text.contains("cells-search.castui has no answer about this cell."), "{text}");
}

#[test]
fn without_another_run_a_pane_names_its_cost_the_key_and_the_command() {
    for (operation, pane, words, command) in [
        (AWARE, "4", "A search of this file has the neighbors themselves; it sends 221 cells", "castui search /"),
        (SUMMARY, "7", "A search of this file has the neighbors themselves; it sends 221 cells", "castui search /"),
        (AWARE, "9", "it costs 221 cells of the quota", "--strategy summary-statistics"),
        (
            Operation::Search,
            "3",
            "An ontology-aware run of this file has the calls; it costs 221 cells",
            "castui annotate /",
        ),
    ] {
        let mut scene = Scene::open(operation);
        scene.filter(&format!("row = {ROW}"));
        scene.press(&format!("g g {pane}"));
        let text = scene.text().replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(words) && text.contains(command), "{operation:?} {pane}: {text}");
        assert!(text.contains("n prepares it."), "{text}");
    }
}

#[test]
fn the_key_prepares_the_run_that_a_pane_lacks() {
    let mut scene = Scene::open(AWARE);
    scene.press("4 n");
    let file = std::path::PathBuf::from(QUERY);
    scene.stage.answer(Answer::Preview(file, Ok(Box::new(sample::preview()))));
    scene.press("enter");
    let text = scene.text();
    assert!(text.contains("strategy") && text.contains("search"), "{text}");
    assert!(text.contains("lung_biopsy_07-search.castui"), "{text}");
    scene.press("esc esc esc");
}

#[test]
fn runs_of_the_same_kind_and_other_files_are_not_siblings() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("first.castui"), AWARE, 0);
    let RunFacts { siblings, .. } = write(&folder.path().join("second.castui"), AWARE, 1);
    assert_eq!(siblings, []);
    let third = write(&folder.path().join("third.castui"), SUMMARY, 0);
    assert_eq!(third.siblings.iter().map(|sibling| sibling.kind).collect::<Vec<_>>(), [OperationKind::OntologyAware]);
}

/// A size at which the composition of neighbors is below the features of one.
const TALL: (u16, u16) = (65, 45);

/// Returns the number at the end of the row with a value, as the composition of neighbors shows it.
fn shown(text: &str, value: &str) -> Option<usize> {
    let (_, below) = text.split_once(" neighbors ─")?;
    let row = below.lines().find(|row| row.contains(&format!(" {value} ")))?;
    row.split(|c: char| !c.is_ascii_digit()).rfind(|number| !number.is_empty())?.parse().ok()
}

#[test]
fn the_neighbors_of_a_group_are_summed_by_feature() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("query.castui");
    let facts = write_search(&path);
    let results = Results::open(&Run::open(&path).unwrap()).unwrap();
    let ids = |row: usize| match results.cell(row).unwrap().unwrap() {
        CellAnswer::Search(found) => found.neighbors.iter().map(|neighbor| neighbor.cell.0).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let tissue = |id: i64| if id % 2 == 0 { "lung" } else { "blood" };
    let all: std::collections::BTreeSet<i64> = (CELLS_IN_CHUNK..results.cell_count()).flat_map(ids).collect();
    let entry = |id: &i64| serde_json::json!({"cas_cell_index": id, "tissue": tissue(*id)});
    let known = serde_json::to_vec(&all.iter().map(entry).collect::<Vec<_>>()).unwrap();
    std::fs::write(path.join("reference_cells.json"), known).unwrap();
    let mut scene = Scene::over(folder, facts);
    let (first, second) = (ROW, ROW + 1);
    for row in [first, second] {
        scene.filter(&format!("row = {row}"));
        scene.press("g g space");
    }
    let expected =
        |rows: &[usize], wanted: &str| rows.iter().flat_map(|row| ids(*row)).filter(|id| tissue(*id) == wanted).count();
    // The cell alone, then its cluster, the marked cells, and all cells with an answer.
    scene.press("esc 7 +");
    let text = scene.stage.text(TALL);
    assert_eq!(shown(&text, "lung"), Some(expected(&[second], "lung")), "{text}");
    scene.press("o");
    assert!(scene.stage.text(TALL).contains("neighbors of louvain"), "{}", scene.stage.text(TALL));
    scene.press("o");
    let text = scene.stage.text(TALL);
    assert!(text.contains("neighbors of the marked cells (2 cells)"), "{text}");
    for value in ["lung", "blood"] {
        assert_eq!(shown(&text, value), Some(expected(&[first, second], value)), "{value}\n{text}");
    }
    scene.press("o");
    let text = scene.stage.text(TALL);
    let answered: Vec<usize> = (CELLS_IN_CHUNK..results.cell_count()).collect();
    assert!(text.contains("neighbors of all cells (171 of 221 answered)"), "{text}");
    assert_eq!(shown(&text, "lung"), Some(expected(&answered, "lung")), "{text}");
    scene.press("o");
    assert!(scene.stage.text(TALL).contains("neighbor 1 of"), "back to the cell");
}
