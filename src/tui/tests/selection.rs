//! One cell is selected, and it is the one under the cursor: whatever changes the list, whichever pane asks.

use super::panes::Scene;
use crate::tui::{effect::Effect, facts::RunFacts, kept::Kept, msg::Answer, sample};

/// The name of the cell under the cursor; `None` where the table shows no cell.
fn under_cursor(scene: &Scene) -> Option<String> {
    let text = scene.text();
    let line = text.lines().find(|line| line.contains('❯'))?;
    line.split('❯').nth(1)?.split_whitespace().next().map(str::to_owned)
}

/// The name that `y` copies.
fn copied(scene: &mut Scene) -> Option<String> {
    scene.stage.press("y").into_iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    })
}

/// Every way to act on the selected cell acts on the one under the cursor.
fn assert_acts_on_the_cursor(scene: &mut Scene) {
    scene.press("1");
    let cell = under_cursor(scene).expect("a cell is shown");
    assert_eq!(copied(scene).as_ref(), Some(&cell));
    scene.press("3");
    let title = scene.text().lines().nth(2).unwrap_or_default().to_owned();
    assert!(title.contains(&cell), "the matches are those of {cell}:\n{}", scene.text());
    scene.press("1 space");
    scene.filter("marked=yes");
    assert_eq!(under_cursor(scene), Some(cell), "the marked cell is the one that was under the cursor");
    assert!(scene.text().contains("1 of 221"), "{}", scene.text());
}

#[test]
fn a_filter_selects_a_cell_that_it_shows() {
    let mut scene = Scene::ontology_aware();
    scene.filter("call~\"natural killer\"");
    assert!(scene.text().contains("of 221"));
    assert_acts_on_the_cursor(&mut scene);
}

#[test]
fn undoing_a_filter_keeps_the_cell_under_the_cursor() {
    let mut scene = Scene::ontology_aware();
    scene.filter("call~\"natural killer\"");
    scene.press("j j");
    let before = under_cursor(&scene);
    scene.press("esc");
    assert_eq!(under_cursor(&scene), before);
    assert_acts_on_the_cursor(&mut scene);
}

#[test]
fn a_saved_filter_selects_a_cell_that_it_shows() {
    let mut scene = Scene::ontology_aware();
    let kept = Kept { filter: Some("louvain = 2".into()), ..Kept::default() };
    let facts = RunFacts { kept, ..scene.facts.clone() };
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    assert!(scene.text().contains("36 of 221"), "{}", scene.text());
    assert_acts_on_the_cursor(&mut scene);
}

#[test]
fn a_threshold_that_hides_the_selected_cell_selects_the_next_one_shown() {
    let mut scene = Scene::ontology_aware();
    scene.filter("call_1 ~ \"natural killer\"");
    scene.press("] ] ] ]");
    assert_acts_on_the_cursor(&mut scene);
}

#[test]
fn a_filter_that_hides_every_cell_leaves_none_selected_and_esc_returns_to_the_last() {
    let mut scene = Scene::ontology_aware();
    scene.press("G k");
    let before = under_cursor(&scene);
    scene.filter("score_1 < 0");
    assert_eq!((under_cursor(&scene), copied(&mut scene)), (None, None));
    scene.press("space =");
    assert!(scene.text().contains("0 of 221"), "there is no cell to be like:\n{}", scene.text());
    scene.press("3");
    assert!(scene.text().contains("no cell is selected"), "{}", scene.text());
    scene.press("4");
    assert!(scene.text().contains("No cell is selected"), "{}", scene.text());
    scene.press("1 esc");
    assert_eq!(under_cursor(&scene), before);
    assert_acts_on_the_cursor(&mut scene);
}

#[test]
fn the_neighborhood_of_a_hidden_cell_is_not_shown() {
    let summary = crate::domain::Operation::SummaryStatistics { include_extended_statistics: false };
    let mut scene = Scene::open(summary);
    scene.press("G 9");
    assert!(scene.text().contains("neighbors of"), "{}", scene.text());
    scene.filter("score_1 < 0");
    scene.press("9");
    assert!(scene.text().contains("No cell is selected"), "{}", scene.text());
}

#[test]
fn a_search_goes_through_the_rows_that_match_in_the_list_as_it_is() {
    let mut scene = Scene::ontology_aware();
    scene.press("/");
    scene.type_text("natural killer");
    scene.press("enter");
    for keys in ["1", "1 s c a l l enter S", "1 & l o u v a i n = 2 enter", "1 ]", "1 ] ] ]", "1 esc"] {
        scene.press(keys);
        let mut seen = std::collections::BTreeSet::new();
        for key in ["n", "n", "n", "N", "n", "n"] {
            scene.press(key);
            let text = scene.text();
            let line = text.lines().find(|line| line.contains('❯')).unwrap_or_default();
            assert!(line.contains("natural"), "after {keys:?} {key} goes to {line:?}");
            seen.extend(under_cursor(&scene));
        }
        assert!(seen.len() > 1, "after {keys:?} it does not move");
    }
}

#[test]
fn an_answer_to_the_last_run_is_not_taken_for_one_to_the_next() {
    let mut scene = Scene::ontology_aware();
    let effects = scene.stage.press("1 & r o w = 3 enter");
    let late: Vec<Effect> = effects.into_iter().filter(|effect| matches!(effect, Effect::Ask(_))).collect();
    assert!(!late.is_empty());
    let facts = RunFacts { folder: "/elsewhere/other.castui".into(), cells: 5, ..sample::run() };
    scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.stage.press("1 & r o w = 1 enter");
    scene.settle(late);
    assert!(!scene.text().contains("1 of 5"), "{}", scene.text());
}
