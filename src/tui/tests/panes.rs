//! Tests of the panes over a run on disk.

use std::path::Path;

use super::scene::{CELLS_IN_CHUNK, QUERY, Scene, TYPES, write};
use crate::{
    domain::{CellOntology, OntologyAwareOptions, Operation, TermId},
    matrix::Matrix,
    tui::{
        effect::Effect,
        facts::{Activity, RunFacts},
        msg::Answer,
        query::Source,
        sample,
        theme::ColorDepth,
        view::Charset,
    },
};

/// Returns every pane in all relevant states.
fn scenes() -> Vec<(&'static str, Scene)> {
    let with = |keys: &str| {
        let mut scene = Scene::ontology_aware();
        scene.press("G");
        scene.press(keys);
        scene
    };
    let mut fault = with("&");
    fault.type_text("score_1 < 0.5 and lieden = 3");
    fault.press("enter");
    let mut search = with("/");
    let mut unknown = with("b");
    unknown.type_text("bulk");
    unknown.press("enter");
    search.type_text("natural");
    vec![
        ("cells", with("")),
        ("cells_marked", with("g g space space")),
        ("cells_same_as", with("=")),
        ("cells_fault", fault),
        ("cells_search", search),
        ("cells_columns", with("c")),
        ("matches", with("3")),
        ("matches_term", with("3 i")),
        ("matches_unanswered", with("g g 3")),
        ("ontology", with("2")),
        ("ontology_cluster", with("5 j enter")),
        ("ontology_nothing", with(&format!("2 {}", "} ".repeat(100)))),
        ("clusters", with("5")),
        ("clusters_column", with("5 B")),
        ("benchmark", with("b enter right j")),
        ("benchmark_column", with("b")),
        ("benchmark_unknown", unknown),
        ("thresholds", with("t down")),
    ]
}

#[test]
fn a_pane_without_content_names_only_panes_that_have_some() {
    for (operation, names, other) in [
        (Operation::Search, "4 shows the neighbors", "9 shows"),
        (Operation::SummaryStatistics { include_extended_statistics: true }, "9 shows the distances", "4 shows"),
    ] {
        let mut scene = Scene::open(operation);
        scene.press("3");
        assert!(scene.text().contains(names) && !scene.text().contains(other), "{}", scene.text());
    }
}

#[test]
fn every_pane_at_common_sizes() {
    for (name, scene) in scenes() {
        for size in [(80, 24), (120, 36)] {
            insta::assert_snapshot!(format!("pane_{name}_{}x{}", size.0, size.1), scene.stage.text(size));
        }
    }
}

#[test]
fn no_size_makes_any_pane_panic() {
    let scenes = scenes();
    for width in (1..=12).chain([20, 40, 60, 69, 70, 80, 100, 120, 139, 140, 201, 300]) {
        for height in (1..=9).chain([13, 15, 17, 20, 24, 36, 60, 100]) {
            for (_, scene) in &scenes {
                scene.stage.draw((width, height), ColorDepth::True, Charset::Unicode);
            }
        }
    }
}

/// Returns the items of the copy menu: the label and the text of each.
fn copies(scene: &mut Scene) -> Vec<(String, String)> {
    scene.press("Y");
    let menu = scene.text();
    let labels = ["cell", "call", "term id of the call", "row, tab", "row with", "run folder", "equivalent command"];
    assert!(labels.iter().all(|label| menu.contains(label)), "{menu}");
    scene.press("esc");
    (0..labels.len())
        .map(|place| {
            scene.press("Y");
            (0..place).for_each(|_| scene.press("j"));
            let effects = scene.stage.press("enter");
            let [Effect::Copy(text) | Effect::CopyLines(text)] = &effects[..] else { panic!("{effects:?}") };
            (labels[place].to_owned(), text.clone())
        })
        .collect()
}

#[test]
fn the_copy_menu_copies_the_data_of_the_selected_cell() {
    let mut scene = Scene::ontology_aware();
    scene.press("G");
    let names = Matrix::open(Path::new(QUERY)).unwrap().cell_names().unwrap();
    // Of the two types at the same depth in the last cell's response, this one has the greater fraction.
    let row = names.len() - 1;
    let (_, id) = TYPES[row % TYPES.len()];
    let score = 0.9 - (0.3 + 0.05 * (row % 11) as f64);
    let copied = copies(&mut scene);
    let text = |label: &str| copied.iter().find(|(known, _)| known == label).unwrap().1.clone();
    assert_eq!(text("cell"), names[row]);
    assert_eq!(text("term id of the call"), id);
    let ontology = CellOntology::embedded().ontology();
    assert_eq!(text("call"), ontology.label(ontology.find(&TermId::from(id)).unwrap()));
    let values: Vec<String> = text("row, tab").split('\t').map(str::to_owned).collect();
    let with_header = text("row with");
    let lines: Vec<&str> = with_header.lines().collect();
    let titles: Vec<&str> = lines[0].split('\t').collect();
    assert_eq!(lines[1], values.join("\t"));
    let value = |title: &str| &values[titles.iter().position(|known| *known == title).unwrap()];
    assert_eq!((value("name"), value("call_1")), (&names[row], &text("call")));
    assert!((value("score_1").parse::<f64>().unwrap() - score).abs() < 1e-6, "{}", value("score_1"));
    assert!(text("equivalent command").starts_with("castui annotate "));
    assert!(text("run folder").ends_with("query.castui"));
}

#[test]
fn an_export_proposes_and_names_the_shown_cells() {
    let mut scene = Scene::ontology_aware();
    scene.press("e");
    assert!(scene.text().contains("all 221 cells"), "{}", scene.text());
    scene.press("esc");
    scene.filter("louvain = 2");
    scene.press("e");
    let screen = scene.text();
    assert!(screen.contains("filtered: 36") && screen.contains("36 of 221 cells"), "{screen}");
    assert!(screen.contains("louvain = 2 shows"), "{screen}");
    let effects = scene.stage.press("enter");
    let [Effect::Export(export)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(export.cells.count_within(0..221), 36);
    assert_eq!(export.path.file_name().unwrap(), "cells-filtered.csv");
    scene.press("esc e down left");
    assert!(scene.text().contains("also those that louvain = 2 hides"), "{}", scene.text());
}

#[test]
fn filters_by_calls_scores_columns_and_flags_find_the_right_cells() {
    let mut scene = Scene::ontology_aware();
    for (filter, expected) in [
        ("row < 10", "10 of 221"),
        ("louvain = 2", "36 of 221"),
        ("louvain = 2 or louvain = 1", "77 of 221"),
        ("not louvain = 2 and not louvain = 1", "144 of 221"),
        ("n_counts > 0 and n_counts < 0", "0 of 221"),
        ("score_1 >= 0", "171 of 221"),
        ("not score_1 >= 0", "50 of 221"),
        ("name~AAATTCGATGCACA", "1 of 221"),
    ] {
        scene.filter(filter);
        assert!(scene.text().contains(expected), "{filter}\n{}", scene.text());
    }
    scene.press("esc");
    assert!(!scene.text().contains("of 221"));
}

#[test]
fn the_selected_cell_stays_under_the_cursor_through_sorting() {
    let mut scene = Scene::ontology_aware();
    scene.press("G");
    let under_cursor = |scene: &Scene| {
        let text = scene.text();
        let line = text.lines().find(|line| line.contains('❯')).unwrap();
        line.split_whitespace().find(|word| word.contains("-8")).unwrap().to_owned()
    };
    let before = under_cursor(&scene);
    scene.press("s");
    scene.type_text("score_1");
    scene.press("enter");
    assert_eq!(under_cursor(&scene), before);
    scene.press("S");
    assert_eq!(under_cursor(&scene), before);
}

#[test]
fn the_cells_that_another_run_calls_differently_are_shown_and_no_others() {
    let mut scene = Scene::ontology_aware();
    let other = scene.folder.path().join("other.castui");
    write(&other, Operation::OntologyAware(OntologyAwareOptions::default()), 1);
    scene.press("D");
    scene.type_text(other.to_str().unwrap());
    scene.press("enter");
    let screen = scene.stage.text((120, 36));
    assert!(screen.contains("163 of 171 cells called differently"), "{screen}");
    assert!(screen.contains("ontology distance") && screen.contains("louvain"), "{screen}");
    for size in [(1, 1), (20, 5), (60, 15), (80, 24), (300, 100)] {
        scene.stage.draw(size, ColorDepth::True, Charset::Unicode);
    }
    scene.press("space enter");
    assert!(scene.text().contains("31 of 221"), "{}", scene.text());
    scene.press("u g g space");
    assert!(scene.text().contains("31 of 221"), "other marks change nothing: {}", scene.text());
    scene.filter("marked=yes");
    assert!(scene.text().contains("1 of 221"), "{}", scene.text());
    scene.press("D");
    scene.type_text(other.to_str().unwrap());
    scene.press("enter j enter");
    let first = scene.text();
    assert!(first.contains("differs=yes") && !first.contains("31 of 221") && !first.contains(" 1 of 221"), "{first}");
}

#[test]
fn the_view_state_of_a_run_is_restored_when_it_is_reopened() {
    let mut scene = Scene::ontology_aware();
    scene.filter("louvain = 2");
    scene.press("s");
    scene.type_text("score_1");
    scene.press("enter S");
    let effects = scene.stage.press("]");
    let view_state = effects.iter().find_map(|effect| match effect {
        Effect::SaveViewState(_, view_state) => Some((**view_state).clone()),
        _ => None,
    });
    let view_state = view_state.expect("a change is kept");
    scene.settle(effects);
    let facts = |scene: &Scene, view_state| RunFacts {
        folder: scene.folder.path().join("query.castui"),
        cells: 221,
        chunk_size: CELLS_IN_CHUNK,
        activity: Activity::None,
        view_state,
        ..sample::run()
    };
    let again = facts(&scene, view_state);
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(again))));
    scene.settle(effects);
    scene.press("1");
    let screen = scene.text();
    assert!(screen.contains("36 of 221") && screen.contains("score ▼"), "{screen}");
    scene.press("t");
    assert!(scene.text().contains("0.25"), "{}", scene.text());
    let odd = crate::tui::view_state::ViewState {
        filter: Some("((".into()),
        columns: Some(vec!["gone".into()]),
        ..Default::default()
    };
    let again = facts(&scene, odd);
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(again))));
    scene.settle(effects);
    assert!(scene.text().contains("221") && !scene.text().contains("of 221"), "{}", scene.text());
}

#[test]
fn only_a_cluster_column_that_the_user_chose_is_saved() {
    let view_state = |effects: &[Effect]| {
        let view_state = effects.iter().rev().find_map(|effect| match effect {
            Effect::SaveViewState(_, view_state) => Some(view_state.clusters.clone()),
            _ => None,
        });
        view_state.expect("a change is kept")
    };
    let mut scene = Scene::ontology_aware();
    let effects = scene.stage.press("]");
    assert_eq!(view_state(&effects), None, "the default column is not a choice");
    scene.settle(effects);
    scene.press("5 B");
    scene.type_text("cell_type_ontology");
    let effects = scene.stage.press("enter");
    assert_eq!(view_state(&effects).as_deref(), Some("cell_type_ontology_term_id"));
}

#[test]
fn a_run_is_not_compared_with_a_folder_that_is_not_a_run() {
    let mut scene = Scene::ontology_aware();
    scene.press("D");
    scene.type_text("/nowhere/at/all");
    scene.press("enter");
    assert!(scene.text().contains("/nowhere/at/all"), "{}", scene.text());
    assert!(scene.text().contains("D chooses another run"), "{}", scene.text());
    scene.press("esc");
    assert!(scene.text().contains("221"));
}

#[test]
fn runs_without_ontology_explain_empty_panes() {
    let summary = Operation::SummaryStatistics { include_extended_statistics: false };
    for (operation, keys, said) in [
        (summary, "2", "have no ontology terms"),
        (summary, "3", "have no ontology terms"),
        (Operation::Search, "2", "have no ontology terms"),
        (Operation::Search, "5", "no clusters"),
    ] {
        let mut scene = Scene::open(operation);
        scene.press(keys);
        assert!(scene.text().contains(said), "{keys}\n{}", scene.text());
    }
    let mut scene = Scene::open(summary);
    scene.press("G");
    assert!(scene.text().contains("B cell"), "{}", scene.text());
    scene.press("5");
    assert!(scene.text().contains("majority call"), "{}", scene.text());
}

#[test]
fn a_run_whose_file_is_gone_still_shows_its_calls() {
    let mut scene = Scene::ontology_aware();
    let manifest = scene.folder.path().join("query.castui/run.json");
    let text = std::fs::read_to_string(&manifest).unwrap().replace(QUERY, "/nowhere/query.h5ad");
    std::fs::write(&manifest, text).unwrap();
    scene.source = Source::open(&scene.folder.path().join("query.castui")).unwrap();
    let facts = crate::tui::facts::RunFacts { folder: scene.folder.path().join("query.castui"), ..sample::run() };
    let facts = RunFacts { cells: 221, chunk_size: CELLS_IN_CHUNK, ..facts };
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    scene.press("1 G");
    assert!(scene.text().contains("B cell"), "{}", scene.text());
    scene.press("5");
    assert!(scene.text().contains("put it back"), "{}", scene.text());
}

#[test]
fn an_empty_pane_is_hidden_once_it_has_no_focus() {
    let mut scene = Scene::ontology_aware();
    scene.press("4 7 9 8 1");
    let screen = scene.stage.text((120, 36));
    assert!(screen.contains("╭ 1 cells") && screen.contains("╭ 3 matches"), "{screen}");
    assert!(!screen.contains("╭ 8") && !screen.contains("╭ 9"), "{screen}");
    let large = scene.stage.text((200, 60));
    for title in ["1 cells", "2 ontology", "3 matches", "5 clusters", "6 embedding"] {
        assert!(large.contains(&format!("╭ {title}")), "{title}\n{large}");
    }
}

#[test]
fn enter_in_the_cells_shows_the_answer_of_each_kind_of_run() {
    let footer = |scene: &Scene| scene.stage.text((80, 24)).lines().last().unwrap_or_default().to_owned();
    for (operation, title, has_hint) in [
        (Operation::SummaryStatistics { include_extended_statistics: false }, "╭ 9 summary", false),
        (Operation::Search, "╭ 4 neighbors", false),
        (Operation::OntologyAware(OntologyAwareOptions::default()), "╭ 3 matches", true),
    ] {
        let mut scene = Scene::open(operation);
        scene.press("1");
        assert_eq!(footer(&scene).contains("enter Matches"), has_hint, "{}", footer(&scene));
        scene.press("enter");
        let screen = scene.stage.text((80, 24));
        assert!(screen.contains(title), "{screen}");
        scene.press("5");
        assert_eq!(footer(&scene).contains("enter Ontology"), has_hint, "{}", footer(&scene));
    }
}

#[test]
fn a_narrow_pane_shows_both_thresholds_of_the_ontology_and_whole_meanings_of_flags() {
    let mut scene = Scene::ontology_aware();
    scene.press("5");
    let screen = scene.stage.text((120, 36));
    assert!(screen.contains("( ) score > 0.05   { } cells > 1 %"), "{screen}");
    scene.press("1 g g 2");
    let screen = scene.stage.text((120, 36));
    assert!(
        screen.contains("│ C 100+ finer types") && screen.contains("( ) score > 0.05   { } cells > 1 %"),
        "{screen}"
    );
}

#[test]
fn a_pane_offers_only_actions_with_an_effect() {
    let footer = |scene: &Scene| scene.stage.text((200, 60)).lines().last().unwrap_or_default().to_owned();
    let mut scene = Scene::ontology_aware();
    assert!(footer(&scene).contains("b Benchmark"));
    for (pane, not) in [("4", "Fetch metadata"), ("7", "Fetch"), ("9", "By dataset")] {
        scene.press(pane);
        assert!(!footer(&scene).contains(not), "{}", footer(&scene));
    }
    let mut scene = Scene::open(Operation::Search);
    for (pane, not) in [("2", "Color UMAP"), ("3", "Why"), ("5", "Compare with"), ("1", "Benchmark")] {
        scene.press(pane);
        assert!(!footer(&scene).contains(not), "{}", footer(&scene));
    }
}
