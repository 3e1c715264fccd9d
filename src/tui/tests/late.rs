//! Late answers: the screen never shows or uses an answer to an earlier query.

use super::scene::Scene;
use crate::tui::{
    effect::Effect,
    facts::RunFacts,
    msg::Answer,
    selection::{Group, Selection},
    view_state::ViewState,
};

fn selection(scene: &Scene) -> Selection {
    scene.stage.app.screens.workspace().unwrap().selection().clone()
}

/// Types keys and a text, then presses enter. Answers no queries.
fn type_late(scene: &mut Scene, (keys, text): (&str, &str)) -> Vec<Effect> {
    let mut effects = scene.stage.press(keys);
    effects.extend(scene.stage.type_text(text));
    effects.extend(scene.stage.press("enter"));
    effects
}

#[test]
fn groups_of_the_last_column_are_not_shown_for_another() {
    let mut scene = Scene::ontology_aware();
    let late = type_late(&mut scene, ("5 B", "bulk_labels"));
    assert_eq!(selection(&scene).cluster_column.as_deref(), Some("bulk_labels"));
    scene.stage.press("5 enter");
    assert_eq!(selection(&scene).group, Group::All, "no group of bulk_labels is known yet");
    scene.stage.press("1 G =");
    assert!(!scene.text().contains("bulk_labels="), "{}", scene.text());
    scene.settle(late);
    scene.press("5 enter");
    assert_eq!(selection(&scene).group, Group::Cluster(0));
}

#[test]
fn an_export_offers_no_rows_that_were_filtered_at_another_threshold() {
    let mut scene = Scene::ontology_aware();
    scene.filter("score_1 < 0.5");
    let late = scene.stage.press("] ]");
    scene.stage.press("e");
    assert!(!scene.text().contains("filtered:"), "{}", scene.text());
    scene.stage.press("esc");
    scene.settle(late);
    scene.press("e");
    assert!(scene.text().contains("filtered:"), "{}", scene.text());
}

#[test]
fn a_threshold_is_marked_until_the_cells_are_called_at_it() {
    let mut scene = Scene::ontology_aware();
    let late = scene.stage.press("1 ]");
    assert!(scene.text().contains("call ≥ 0.25 (default 0.20) … "), "{}", scene.text());
    scene.settle(late);
    assert!(!scene.text().contains('…') && scene.text().contains("call ≥ 0.25"), "{}", scene.text());
}

#[test]
fn an_answer_to_a_closed_dialog_is_not_used_in_the_next() {
    let mut scene = Scene::ontology_aware();
    let late = type_late(&mut scene, ("1 b", "bulk_labels"));
    scene.stage.press("esc");
    let asked = type_late(&mut scene, ("1 b", "louvain"));
    let before = scene.text();
    scene.settle(late);
    assert_eq!(scene.text(), before);
    scene.settle(asked);
    assert_ne!(scene.text(), before);
}

#[test]
fn a_filter_typed_before_the_columns_are_known_is_not_replaced_by_the_saved_one() {
    let mut scene = Scene::ontology_aware();
    let view_state = ViewState { filter: Some("louvain = 2".into()), ..ViewState::default() };
    let facts = RunFacts { view_state, ..scene.facts.clone() };
    let mut late = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    late.extend(type_late(&mut scene, ("1 &", "row<3")));
    scene.settle(late);
    assert!(scene.text().contains("3 of 221"), "{}", scene.text());
}
