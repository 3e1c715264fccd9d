//! Tests of panes with little room: the most important columns and names are visible, and cuts are marked.

use uuid::Uuid;

use super::scene::Scene;
use crate::tui::{facts::RecentRun, msg::Answer, sample};

#[test]
fn the_list_of_runs_to_compare_with_has_no_entry_for_the_run_itself() {
    let mut scene = Scene::ontology_aware();
    let recent =
        |run_id, folder: &str| RecentRun { run_id, folder: folder.into(), cells: 221, ..sample::runs().remove(1) };
    let runs =
        vec![recent(scene.facts.run_id, "/by/another/path/itself.castui"), recent(Uuid::max(), "/b/other.castui")];
    scene.stage.answer(Answer::Runs(Ok(runs)));
    scene.press("D");
    let screen = scene.text();
    assert!(screen.contains("other.castui") && !screen.contains("itself.castui"), "{screen}");
}

#[test]
fn runs_of_the_same_name_are_listed_with_the_folders_that_distinguish_them() {
    let mut scene = Scene::ontology_aware();
    let folders = ["/a/first/run", "/a/second/run", "/a/second/other.castui", "/b/second/run"];
    let recent = |(number, folder): (usize, &&str)| RecentRun {
        run_id: Uuid::from_u128(number as u128 + 7),
        folder: (*folder).into(),
        ..sample::runs().remove(1)
    };
    scene.stage.answer(Answer::Runs(Ok(folders.iter().enumerate().map(recent).collect())));
    scene.press("D");
    let screen = scene.text();
    for name in [" first/run ", " a/second/run ", " other.castui ", " b/second/run "] {
        assert!(screen.contains(name), "{name}\n{screen}");
    }
}

#[test]
fn a_narrow_cells_pane_shows_call_score_and_flags_before_other_columns() {
    let mut scene = Scene::ontology_aware();
    for keys in ["2", "3", "6"] {
        scene.press("1 G");
        scene.press(keys);
        let screen = scene.stage.text((120, 36));
        let header = screen.lines().find(|line| line.contains("call 1")).unwrap();
        assert!(header.contains("score") && header.contains("ACX") && !header.contains('…'), "{keys}\n{screen}");
        // Barcodes end with the number of their sample.
        let cell = screen.lines().filter(|line| line.contains("…") && line.contains("-8")).count();
        assert!(cell > 5, "{keys}\n{screen}");
    }
}

#[test]
fn the_column_that_flag_x_is_about_is_visible_at_80_columns() {
    for column in ["louvain", "bulk_labels", "cell_type"] {
        let mut scene = Scene::ontology_aware();
        scene.press("5 B");
        scene.type_text(column);
        scene.press("enter 1");
        let screen = scene.text();
        let header = screen.lines().find(|line| line.contains("call 1")).unwrap();
        assert!(header.contains(column) && header.contains("flags"), "{column}\n{screen}");
    }
}

#[test]
fn names_in_the_overview_use_the_width_of_their_column_and_are_cut_once() {
    let mut scene = Scene::ontology_aware();
    scene.press("O");
    for size in [(60, 15), (70, 20), (80, 24), (120, 36)] {
        let screen = scene.stage.text(size);
        let cut_twice = screen.lines().find(|line| line.split("  ").any(|part| part.matches('…').count() > 1));
        assert_eq!(cut_twice, None, "{screen}");
        // A name that is shortened in the middle keeps its end.
        let types = screen.lines().filter(|line| line.contains(" % ")).take(5);
        for line in types {
            let name = line.trim_matches(['│', ' ', '❯']).split("  ").next().unwrap();
            assert!(!name.ends_with('…'), "{name} at {size:?}\n{screen}");
        }
    }
}

#[test]
fn a_marked_cell_has_a_sign_that_needs_no_color() {
    let mut scene = Scene::ontology_aware();
    scene.press("g g space");
    let marked = |screen: &str| screen.lines().filter(|line| line.contains("│  •") || line.contains("❯•")).count();
    assert_eq!(marked(&scene.text()), 1, "{}", scene.text());
    scene.press("k space");
    assert_eq!(marked(&scene.text()), 0, "{}", scene.text());
}

#[test]
fn the_clusters_pane_shows_the_labels_of_the_file_at_80_columns() {
    let mut scene = Scene::ontology_aware();
    scene.press("5");
    for size in [(80, 24), (120, 36)] {
        let screen = scene.stage.text(size);
        let header = screen.lines().find(|line| line.contains("cluster call")).unwrap();
        for title in ["cells", "score", "cell_type", "majority", "agree"] {
            assert!(header.contains(title), "{title} at {size:?}\n{screen}");
        }
        assert!(!header.contains('›'), "{screen}");
    }
}

#[test]
fn the_share_of_agreeing_cells_is_visible_for_columns_with_long_names() {
    for column in ["cell_type_ontology_term_id", "bulk_labels", "louvain"] {
        let mut scene = Scene::ontology_aware();
        scene.press("5 B");
        scene.type_text(column);
        scene.press("enter");
        for size in [(80, 24), (120, 36), (200, 60)] {
            let screen = scene.stage.text(size);
            let header = screen.lines().find(|line| line.contains("cluster call")).unwrap();
            assert!(header.contains("agree") && !header.contains('›'), "{column} at {size:?}\n{screen}");
        }
    }
}

#[test]
fn names_of_frequent_calls_are_whole_in_a_narrow_cells_pane() {
    let mut scene = Scene::ontology_aware();
    scene.press("1 G 6");
    let screen = scene.stage.text((120, 36));
    assert!(
        screen.contains("-8 CD14+ mono. ") && !screen.contains("CD14+…") && !screen.contains("CD14+ m…"),
        "{screen}"
    );
}

#[test]
fn the_matches_show_the_call_and_where_there_is_room_the_root_above_it() {
    let mut scene = Scene::ontology_aware();
    scene.press("1 G k k 3");
    for (step, size) in [(80, 24), (120, 36)].into_iter().cycle().take(8).enumerate() {
        let screen = scene.stage.text(size);
        let first = screen.lines().skip_while(|line| !line.contains("term  ")).nth(1).unwrap_or_default();
        let is_root = first.contains("▾ cell ");
        assert!((is_root || size.1 < 36) && screen.contains("call 1"), "cell {step} at {size:?}\n{screen}");
        scene.press("<");
    }
}

#[test]
fn a_definition_that_does_not_fit_ends_with_a_mark() {
    let mut scene = Scene::ontology_aware();
    scene.press("1 G 2");
    scene.press("/");
    scene.type_text("natural killer cell");
    scene.press("enter");
    let ends = |size| {
        let screen = scene.stage.text(size);
        let lines: Vec<&str> = screen.lines().skip_while(|line| !line.contains("the selected term")).collect();
        (lines.iter().any(|line| line.contains('…')), screen)
    };
    for size in [(120, 36), (120, 40), (200, 60)] {
        let (is_cut, screen) = ends(size);
        assert!(is_cut || screen.contains("is a  "), "{size:?}\n{screen}");
    }
}
