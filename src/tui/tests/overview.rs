//! Tests of the overview, over a run on disk.

use std::{collections::HashSet, path::Path};

use super::scene::{QUERY, Scene};
use crate::{
    domain::{OntologyAwareOptions, Operation},
    matrix::{Column, Matrix},
    tui::pane::PaneKind,
};

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 60)];

fn overview() -> Scene {
    let mut scene = Scene::ontology_aware();
    scene.press("O");
    scene
}

/// Replaces the run folder, which differs from test to test.
fn without_folder(text: &str) -> String {
    let line = |line: &str| {
        let (before, after) = line.split_once("query.castui")?;
        // The folder is the last part of its line, and shortened at its start where it is too long.
        let (about, folder) = before.rsplit_once("  ·  ")?;
        let is_folder = folder.starts_with(['/', '…']);
        // The rest of the line moves with the length of the folder's name.
        is_folder.then(|| format!("{about}  ·  …/query.castui {}", after.trim_start()))
    };
    let line = |text: &str| line(text).unwrap_or_else(|| text.to_owned());
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the number of shown cells in the title of the cells table.
fn shown_cells(scene: &Scene) -> usize {
    let text = scene.text();
    let title = text.lines().find(|line| line.contains("1 cells · call")).expect("the cells table is shown").to_owned();
    let note = title.rsplit("─ ").find(|part| part.contains(" of ")).unwrap_or_else(|| panic!("{text}"));
    note.split(" of ").next().unwrap().trim().parse().unwrap()
}

/// Returns the last number of the row under the cursor.
fn number_under_cursor(scene: &Scene) -> usize {
    let text = scene.text();
    let lines: Vec<&str> = text.lines().filter_map(|line| line.split('❯').nth(1)).collect();
    let [line] = lines.as_slice() else { panic!("one cursor is expected\n{text}") };
    let number = line.split_whitespace().rev().find_map(|word| word.parse().ok());
    number.unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn the_cells_of_a_group_with_a_number_name_its_column() {
    let mut scene = Scene::ontology_aware();
    scene.press("O");
    assert!(scene.text().contains(" louvain 0"), "{}", scene.text());
}

#[test]
fn the_overview_is_shown_first() {
    let scene = Scene::opened(Operation::OntologyAware(OntologyAwareOptions::default()));
    assert_eq!(scene.stage.app.screens.workspace().unwrap().focused(), PaneKind::Overview);
    let scene = Scene::opened(Operation::Search);
    assert_eq!(scene.stage.app.screens.workspace().unwrap().focused(), PaneKind::Cells);
}

#[test]
fn the_overview_at_common_sizes() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    let mut votes = Scene::open(summary);
    votes.press("O");
    let mut groups = overview();
    groups.press("l j");
    let mut picker = overview();
    picker.press("o");
    let mut doubts = overview();
    doubts.press("] ] ] l l");
    let scenes = [("types", overview()), ("groups", groups), ("column", picker), ("doubts", doubts), ("votes", votes)];
    for (name, scene) in scenes {
        for size in SIZES {
            let text = without_folder(&scene.stage.text(size));
            insta::assert_snapshot!(format!("overview_{name}_{}x{}", size.0, size.1), text);
        }
    }
}

#[test]
fn counts_per_cell_are_not_offered_as_groups_and_say_why_when_typed() {
    let counts = Matrix::open(Path::new(QUERY)).unwrap().obs_column("n_counts").unwrap();
    let Column::Integer(counts) = counts else { panic!("{counts:?}") };
    let distinct = counts.iter().flatten().collect::<HashSet<_>>().len();
    for pane in ["O", "P", "5"] {
        let mut scene = Scene::ontology_aware();
        scene.press(pane);
        scene.press("o");
        assert!(!scene.text().contains("n_counts"), "{pane}\n{}", scene.text());
        scene.type_text("n_cou");
        let reason = format!("{distinct} different values");
        let line = scene.text().lines().find(|line| line.contains("n_counts")).map(str::to_owned);
        assert!(line.is_some_and(|line| line.contains(&reason)), "{pane}: {reason}\n{}", scene.text());
        scene.press("enter");
        assert!(scene.text().contains(&reason), "{pane}\n{}", scene.text());
    }
}

#[test]
fn enter_lists_exactly_the_counted_cells_of_a_row() {
    for lists in ["", "l", "l l"] {
        for down in 0..3 {
            let mut scene = overview();
            scene.press("] ] ]");
            scene.press(lists);
            (0..down).for_each(|_| scene.press("j"));
            let text = scene.text();
            let line = text.lines().find_map(|line| line.split('❯').nth(1)).unwrap().to_owned();
            let numbers: Vec<usize> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            // A row of a group starts with its label, which is a number here.
            let counted = match lists {
                "" => numbers[0],
                "l" => numbers[1],
                _ => number_under_cursor(&scene),
            };
            scene.press("enter");
            let answered_only = if lists == "l" { " and row>=50" } else { "" };
            if !answered_only.is_empty() {
                // The filter by group also shows cells without an answer, which are those of the first chunk.
                scene.press("&");
                scene.type_text(answered_only);
                scene.press("enter");
            }
            let shown = if counted == 0 { 0 } else { shown_cells(&scene) };
            assert_eq!(shown, counted, "{line}\n{}", scene.text());
        }
    }
}

#[test]
fn the_overview_follows_the_call_threshold() {
    let mut scene = overview();
    let before = scene.text();
    scene.press("] ] ] ] ] ] ] ]");
    assert_ne!(scene.text(), before);
    scene.press("[ [ [ [ [ [ [ [");
    assert_eq!(scene.text(), before);
}

#[test]
fn another_column_groups_the_cells() {
    let mut scene = overview();
    assert!(scene.text().contains("by louvain"), "{}", scene.text());
    scene.press("o");
    scene.type_text("bulk");
    scene.press("enter");
    assert!(scene.text().contains("by bulk_labels"), "{}", scene.text());
    assert!(scene.text().contains("CD14+ Monocyte"), "{}", scene.text());
}

#[test]
fn the_copy_menu_begins_with_the_row_under_the_cursor() {
    use crate::tui::effect::Effect;
    let cases = [("O", "cell type"), ("O right", "group"), ("5", "cluster"), ("3", "term of the match"), ("1", "cell")];
    for (keys, label) in cases {
        let mut scene = Scene::ontology_aware();
        scene.press("1 G");
        scene.press(keys);
        scene.press("Y");
        let menu = scene.text();
        let first = menu.lines().find(|line| line.contains("│ ❯ ")).unwrap_or_default().to_owned();
        assert!(first.contains(label), "{keys}: {first}\n{menu}");
        let effects = scene.stage.press("enter");
        let [Effect::Copy(text)] = &effects[..] else { panic!("{keys}: {effects:?}") };
        let cursor = scene.text().lines().find(|line| line.contains('❯')).unwrap_or_default().to_owned();
        let is_shown = cursor.contains(text.as_str()) || keys == "O" || keys == "3" && text.starts_with("CL:");
        assert!(is_shown && !text.is_empty(), "{keys}: {text} in {cursor}");
    }
}

#[test]
fn copied_rows_have_the_numbers_of_the_overview() {
    use crate::tui::effect::Effect;
    let mut scene = Scene::ontology_aware();
    scene.press("O Y j j");
    let effects = scene.stage.press("enter");
    let [Effect::CopyLines(text)] = &effects[..] else { panic!("{effects:?}") };
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("cell_type\tcells\tmedian_score\tdoubtful"));
    let cells: usize = lines.map(|line| line.split('\t').nth(1).unwrap().parse::<usize>().unwrap()).sum();
    assert_eq!(cells, 171, "all cells with an answer");
}
