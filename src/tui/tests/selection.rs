//! The selected cell is the one under the cursor, after any change of the list and in every pane.

use super::scene::Scene;
use crate::tui::{
    effect::{Effect, TerminalEffect},
    facts::RunFacts,
    msg::Answer,
    sample,
    view_state::ViewState,
};

/// Returns the name of the cell under the cursor; `None` if the table shows no cell.
fn under_cursor(scene: &Scene) -> Option<String> {
    let text = scene.text();
    let line = text.lines().find(|line| line.contains('❯'))?;
    // A marked cell has a sign beside the cursor.
    line.split('❯').nth(1)?.trim_start_matches('•').split_whitespace().next().map(str::to_owned)
}

/// Returns the name that `y` copies.
fn copied(scene: &mut Scene) -> Option<String> {
    scene.stage.press("y").into_iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text),
        _ => None,
    })
}

/// Asserts that every action on the selected cell affects the one under the cursor.
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
    let view_state = ViewState { filter: Some("louvain = 2".into()), ..ViewState::default() };
    let facts = RunFacts { view_state, ..scene.facts.clone() };
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    scene.press("1");
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
fn a_search_visits_the_matching_rows_of_the_current_list() {
    let mut scene = Scene::ontology_aware();
    scene.press("/");
    scene.type_text("B cell");
    scene.press("enter");
    for keys in ["1", "s c a l l enter S", "& l o u v a i n < = 2 enter", "]", "] ] ]", "esc"] {
        scene.press(keys);
        let mut seen = std::collections::BTreeSet::new();
        for key in ["n", "n", "n", "N", "n", "n"] {
            scene.press(key);
            let text = scene.text();
            let line = text.lines().find(|line| line.contains('❯')).unwrap_or_default();
            assert!(line.contains("  B cell  "), "after {keys:?} {key} goes to {line:?}");
            seen.extend(under_cursor(&scene));
        }
        assert!(seen.len() > 1, "after {keys:?} it does not move");
    }
}

#[test]
fn an_answer_about_the_last_run_is_not_used_for_the_next() {
    let mut scene = Scene::ontology_aware();
    let effects = scene.stage.press("1 & r o w = 3 enter");
    let late: Vec<Effect> = effects.into_iter().filter(|effect| matches!(effect, Effect::Query(_))).collect();
    assert!(!late.is_empty());
    let facts = RunFacts { folder: "/elsewhere/other.castui".into(), cells: 5, ..sample::run() };
    scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.stage.press("1 & r o w = 1 enter");
    scene.settle(late);
    assert!(!scene.text().contains("1 of 5"), "{}", scene.text());
}

/// Returns the number of cells that a filter shows, and the line below the filter.
fn filtered(scene: &mut Scene, filter: &str) -> (String, String) {
    scene.filter(filter);
    let text = scene.text();
    let title = text.lines().nth(2).unwrap_or_default().trim_matches(['─', '╮', '╭', ' ', '│']).to_owned();
    let count = title.split(" ─").last().unwrap_or_default().trim_matches(['─', ' ']).to_owned();
    (count, text.lines().nth(4).unwrap_or_default().trim_matches(['│', ' ']).to_owned())
}

#[test]
fn a_text_alone_is_searched_in_the_displayed_call_only() {
    let mut scene = Scene::ontology_aware();
    let (by_text, _) = filtered(&mut scene, "CD8");
    assert_eq!(filtered(&mut scene, "call~CD8").0, by_text);
    assert_ne!(filtered(&mut scene, "call~CD8 or call 2~CD8 or call 3~CD8").0, by_text);
    let (count, said) = filtered(&mut scene, "AAATTCGATGCACA");
    assert_eq!(count, "0 of 221");
    assert_eq!(said, "no call contains AAATTCGATGCACA, but try name~AAATTCGATGCACA (1 cell)");
    assert_eq!(filtered(&mut scene, "name~AAATTCGATGCACA").0, "1 of 221");
    let (count, said) = filtered(&mut scene, "leukocyte or row<2");
    assert_eq!(count, "2 of 221");
    assert!(said.starts_with("no call contains leukocyte, but try call_3~leukocyte ("), "{said}");
}

#[test]
fn is_matches_a_term_and_its_descendants() {
    let mut scene = Scene::ontology_aware();
    let (t_cells, _) = filtered(&mut scene, "is \"T cell\"");
    // The T cells of the made-up responses are CD4 or CD8 alpha-beta T cells.
    assert_eq!(filtered(&mut scene, "call~CD4 or call~CD8").0, t_cells);
    assert_ne!(t_cells, "0 of 221");
    for same in ["is T cell", "is CL:0000084", "is T lymphocyte"] {
        assert_eq!(filtered(&mut scene, same).0, t_cells, "{same}");
    }
    assert_eq!(filtered(&mut scene, "is \"B cell\"").0, filtered(&mut scene, "call=\"B cell\"").0);
    scene.filter("is T cells");
    assert!(scene.text().contains("did you mean 'T cell'?"), "{}", scene.text());
    let mut votes = Scene::open(crate::domain::Operation::SummaryStatistics { include_extended_statistics: false });
    assert_eq!(filtered(&mut votes, "is lymphocyte").0, "171 of 221");
    assert_eq!(filtered(&mut votes, "is T cell").0, "0 of 221");
}

#[test]
fn a_filter_by_any_column_of_the_file_searches_all_of_them() {
    let mut scene = Scene::ontology_aware();
    let (any, _) = filtered(&mut scene, "obs=2");
    assert_eq!(filtered(&mut scene, "louvain=2").0, "36 of 221");
    assert_eq!(filtered(&mut scene, "not obs!=2").0, any);
}

#[test]
fn a_filter_by_marks_follows_the_marks() {
    let mut scene = Scene::ontology_aware();
    scene.press("space space space");
    assert_eq!(filtered(&mut scene, "marked=yes").0, "3 of 221");
    scene.press("g g space");
    assert!(scene.text().contains("2 of 221"), "{}", scene.text());
    scene.press("u");
    assert!(scene.text().contains("0 of 221"), "{}", scene.text());
}

#[test]
fn only_filters_by_marks_are_not_restored() {
    let mut scene = Scene::ontology_aware();
    scene.press("space");
    let view_state = |scene: &mut Scene, filter: &str| {
        scene.filter(filter);
        let effects = scene.stage.press("]");
        let view_state = effects.iter().find_map(|effect| match effect {
            Effect::SaveViewState(_, view_state) => Some(view_state.filter.clone()),
            _ => None,
        });
        scene.settle(effects);
        view_state.expect("another threshold is kept")
    };
    assert_eq!(view_state(&mut scene, "name~marked or marked=yes"), None);
    assert_eq!(view_state(&mut scene, "name~marked"), Some("name~marked".to_owned()));
    assert_eq!(view_state(&mut scene, "unmarked"), Some("unmarked".to_owned()));
}

#[test]
fn the_syntax_of_filters_is_explained_where_they_are_typed() {
    let mut scene = Scene::ontology_aware();
    scene.press("& ctrl-u");
    scene.type_text("is ");
    scene.press("ctrl-g");
    let help = scene.text();
    assert!(help.contains("is CL:0000084") && help.contains("descendant"), "{help}");
    scene.press("esc");
    scene.type_text("B cell");
    scene.press("enter");
    let (by_typing, text) = (scene.text(), "is \"B cell\"");
    scene.filter(text);
    assert_eq!(by_typing.lines().nth(2), scene.text().lines().nth(2), "what was typed is still there");
    scene.press("?");
    scene.type_text("descendant");
    assert!(scene.text().contains("is \"T cell\""), "{}", scene.text());
}

#[test]
fn ctrl_c_interrupts_typing_and_choices() {
    for keys in ["1 &", "1 /", "1 s", "1 c", "2 /", "5 B", "6 o", "b", "A", "D", "e", "t", "Y", "?", ":"] {
        let mut scene = Scene::ontology_aware();
        scene.press(keys);
        let effects = scene.stage.press("ctrl-c ctrl-c");
        let is_quit = |effect: &Effect| matches!(effect, Effect::Terminal(TerminalEffect::Quit));
        assert!(effects.iter().any(is_quit), "{keys}: {effects:?}");
    }
}
