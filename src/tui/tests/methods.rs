//! The Methods paragraph is shown, scrolled and copied.

use super::scene::Scene;
use crate::tui::{effect::Effect, keymap::Context};

/// Returns the texts that effects copy.
fn copied(effects: &[Effect]) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Copy(text) | Effect::CopyLines(text) => Some(text.clone()),
        _ => None,
    };
    effects.iter().filter_map(text).collect()
}

#[test]
fn lines_below_the_dialog_are_counted_in_its_border() {
    let mut scene = Scene::ontology_aware();
    scene.press("m");
    let below = |screen: &str| {
        let line = screen.lines().find(|line| line.contains(" more; j goes on")).unwrap_or_else(|| panic!("{screen}"));
        line.split_whitespace().find_map(|word| word.parse::<usize>().ok()).unwrap()
    };
    let all = below(&scene.text());
    scene.press("j");
    assert_eq!(below(&scene.text()), all - 1);
    scene.press("G");
    assert!(scene.text().contains("the end; k goes back"), "{}", scene.text());
    let large = scene.stage.text((120, 100));
    assert!(!large.contains("goes on") && !large.contains("goes back"), "{large}");
}

#[test]
fn the_methods_of_a_run_are_shown_and_copied() {
    let mut scene = Scene::ontology_aware();
    scene.press("m");
    assert!(scene.stage.app.contexts().contains(&Context::Methods));
    let screen = scene.text();
    assert!(screen.contains("Cells were annotated on") && screen.contains("y copies"), "{screen}");
    let text = copied(&scene.stage.press("y")).concat();
    assert!(text.contains("Each cell was assigned the deepest term that scores at least 0.20"), "{text}");
    assert!(text.contains("the column 'louvain' is on another branch (unlike cluster)"), "{text}");
    assert!(text.contains("\n\nReferences\n\nCellarium Cell Annotation Service"), "{text}");
    scene.press("Y");
    let paragraph = copied(&scene.stage.press("down enter")).concat();
    assert_eq!(text.split("\n\n").next(), Some(paragraph.as_str()));
    scene.press("esc");
    assert!(scene.stage.app.overlays.is_empty());
}

/// Returns the words in the dialog, which leaves one column free at each side.
fn shown_words(screen: &str) -> Vec<String> {
    let inside = |line: &str| line.chars().skip(1).take(line.chars().count().saturating_sub(2)).collect::<String>();
    let lines = screen.lines().map(inside).skip_while(|line| !line.contains("methods ─")).skip(1);
    let lines: Vec<String> = lines.take_while(|line| line.starts_with('│')).collect();
    let words = lines.iter().flat_map(|line| line.split(['│', ' '])).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[test]
fn lines_are_wrapped_and_never_cut() {
    let mut scene = Scene::ontology_aware();
    scene.press("m");
    let text = copied(&scene.stage.press("y")).concat();
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    for size in [(60, 15), (80, 24), (88, 60)] {
        let screen = scene.stage.text(size);
        let shown = shown_words(&screen);
        assert!(shown.len() > 40 && words.starts_with(&shown), "{size:?}\n{screen}");
    }
    assert_eq!(shown_words(&scene.stage.text((88, 60))), words);
}

#[test]
fn the_methods_follow_the_thresholds_and_scroll_in_a_small_window() {
    let mut scene = Scene::ontology_aware();
    scene.press("] ] m");
    let first = scene.stage.text((60, 15));
    assert!(first.contains("Cells were annotated on") && !first.contains("References"), "{first}");
    scene.press("G");
    let last = scene.stage.text((60, 15));
    assert!(last.contains("s13326-016-0088-7") && !last.contains("Cells were annotated on"), "{last}");
    let text = copied(&scene.stage.press("y")).concat();
    assert!(text.contains("scores at least 0.30"), "{text}");
}

#[test]
fn a_run_of_another_kind_has_methods_too() {
    let mut scene = Scene::open(crate::domain::Operation::Search);
    scene.press("m");
    let text = copied(&scene.stage.press("y")).concat();
    assert!(text.contains("no cell type was assigned."), "{text}");
}
