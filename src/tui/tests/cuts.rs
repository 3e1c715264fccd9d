//! Text that does not fit ends with a mark: no line ends in the middle of a text that a larger screen shows whole.

use std::time::Duration;

use super::{scene::Scene, stage::Stage};
use crate::{
    domain::{ChunkIndex, ModelName, OntologyAwareOptions, Operation},
    engine::{ChunkEvent, Event, EventKind},
    tui::{log::Severity, msg::Answer, sample},
};

const SMALL: [(u16, u16); 4] = [(60, 15), (80, 24), (100, 30), (120, 36)];
/// A size at which every text fits.
const LARGE: (u16, u16) = (400, 150);
/// The minimum length of a text that is looked for on the large screen.
const LEAST: usize = 6;

/// Returns the texts that reach the right end of their pane, each with the line below it.
fn texts_at_the_end(screen: &str) -> Vec<(String, String)> {
    let lines: Vec<Vec<&str>> = screen.lines().map(|line| line.split('│').collect()).collect();
    let mut found = Vec::new();
    for (number, parts) in lines.iter().enumerate() {
        let last = parts.len().saturating_sub(1);
        for (place, part) in parts.iter().enumerate().take(last).skip(1) {
            let text = part.strip_suffix(' ').unwrap_or(part);
            let ends_with_a_word = text.ends_with(|last: char| last.is_alphanumeric() || last == ',');
            let text = text.rsplit("  ").next().unwrap_or_default().trim_start_matches(['❯', ' ', '•', '·', '✓']);
            if ends_with_a_word && text.chars().count() >= LEAST {
                let below = lines.get(number + 1).filter(|below| below.len() == parts.len());
                found.push((text.to_owned(), below.map_or("", |below| below[place].trim()).to_owned()));
            }
        }
    }
    found
}

/// Returns the texts on a screen that are cut without a mark, by comparison with a larger screen.
fn cut_without_mark(small: &str, large: &str) -> Vec<String> {
    let whole: Vec<&str> = large.lines().flat_map(|line| line.split('│')).flat_map(|part| part.split("  ")).collect();
    let is_cut = |(text, below): &(String, String)| {
        let rests: Vec<&str> =
            whole.iter().filter_map(|whole| Some(whole.split_once(text.as_str())?.1.trim_end())).collect();
        let goes_on = |rest: &&str| {
            let next = rest.split_whitespace().next().unwrap_or_default();
            !rest.starts_with(' ') || !below.starts_with(next)
        };
        !rests.is_empty() && rests.iter().all(|rest| !rest.is_empty() && goes_on(rest))
    };
    texts_at_the_end(small).into_iter().filter(is_cut).map(|(text, _)| text).collect()
}

/// Opens a run again, with a long name of its file and a long name of its model.
fn with_long_names(operation: Operation) -> Scene {
    let mut scene = Scene::open(operation);
    let mut facts = scene.facts.clone();
    facts.name = format!("{}.h5ad", "a long name of a file ".repeat(4).trim_end().replace(' ', "_"));
    facts.model = ModelName::new("cellarium-pca-512-with-a-long-name-of-a-model-v1");
    let effects = scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
    scene.settle(effects);
    scene
}

#[test]
fn every_text_that_does_not_fit_ends_with_a_mark() {
    let mut scene = with_long_names(Operation::OntologyAware(OntologyAwareOptions::default()));
    scene.press("1 G");
    for pane in ["O", "1", "2", "3", "4", "5", "6", "7", "8", "9", "E", "P", "0"] {
        scene.press(pane);
        assert_no_cut(&scene, pane);
    }
}

#[test]
fn every_text_that_does_not_fit_in_a_dialog_ends_with_a_mark() {
    let mut scene = with_long_names(Operation::OntologyAware(OntologyAwareOptions::default()));
    scene.press("1 G");
    let dialogs = [
        ("1", "s"),
        ("1", "c"),
        ("1", "&"),
        ("1", "e"),
        ("1", "Y"),
        ("1", "m"),
        ("1", "t"),
        ("1", "b"),
        ("1", "A"),
        ("1", "A enter"),
        ("1", "A enter t"),
        ("1", "D"),
        ("1", "!"),
        ("1", "?"),
        ("1", ":"),
        ("1", "x"),
        ("5", "B"),
        ("5", "o"),
        ("5", "C"),
        ("6", "o"),
        ("6", "e l"),
        ("P", "c"),
        ("P", "e"),
    ];
    for (pane, keys) in dialogs {
        scene.press(pane);
        let (before, whole) = (SMALL.map(|size| scene.stage.text(size)), scene.stage.text(LARGE));
        scene.press(keys);
        let large = scene.stage.text(LARGE);
        for (size, before) in SMALL.into_iter().zip(before) {
            let screen = scene.stage.text(size);
            let dialog = changed(&before, &screen);
            assert!(!dialog.is_empty(), "{keys} in {pane} opens nothing\n{screen}");
            let cut = cut_without_mark(&dialog, &large);
            assert!(cut.is_empty(), "{pane} {keys} at {size:?}: {cut:?}\n{screen}");
        }
        // A dialog may have a list of its own, which esc closes first.
        for _ in 0..2 {
            if scene.stage.text(LARGE) != whole {
                scene.press("esc");
            }
        }
        assert!(scene.stage.app.screens.workspace().is_some(), "{keys} in {pane} leaves the run");
    }
}

/// Returns the smallest rectangle of a screen with everything that differs from the screen before, without the footer.
/// Text outside of it is covered and not cut.
fn changed(before: &str, after: &str) -> String {
    let lines = |screen: &str| -> Vec<Vec<char>> { screen.lines().map(|line| line.chars().collect()).collect() };
    let (before, after) = (lines(before), lines(after));
    let at = |lines: &[Vec<char>], row: usize, column: usize| {
        lines.get(row).and_then(|line| line.get(column)).copied().unwrap_or(' ')
    };
    let rows = after.len().saturating_sub(1);
    let width = after.iter().map(Vec::len).max().unwrap_or(0);
    let differs = |(row, column): &(usize, usize)| at(&before, *row, *column) != at(&after, *row, *column);
    let places: Vec<(usize, usize)> =
        (0..rows).flat_map(|row| (0..width).map(move |column| (row, column))).filter(differs).collect();
    let ends = |of: fn(&(usize, usize)) -> usize| Some((places.iter().map(of).min()?, places.iter().map(of).max()?));
    let (Some((top, bottom)), Some((left, right))) = (ends(|place| place.0), ends(|place| place.1)) else {
        return String::new();
    };
    let line = |row: usize| (left..=right).map(|column| at(&after, row, column)).collect::<String>();
    (top..=bottom).map(line).collect::<Vec<_>>().join("\n")
}

/// Checks that no text of the screen is cut without a mark at any small size.
fn assert_no_cut(scene: &Scene, what: &str) {
    let large = scene.stage.text(LARGE);
    for size in SMALL {
        let screen = scene.stage.text(size);
        let cut = cut_without_mark(&screen, &large);
        assert!(cut.is_empty(), "{what} at {size:?}: {cut:?}\n{screen}\n{large}");
    }
}

/// A message of 40 words, which needs several lines.
fn long_message() -> String {
    (1..=40).map(|word| format!("word{word}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_long_line_of_the_log_ends_with_a_mark() {
    let mut stage = Stage::connected();
    stage.answer(Answer::Said(Severity::Warn, long_message()));
    stage.press("!");
    let screen = stage.text((80, 24));
    let below = screen.split("the selected line").nth(1).unwrap();
    assert!(below.contains(" …") && !below.contains("word40"), "{screen}");
}

#[test]
fn the_cause_of_a_failed_chunk_has_more_lines_on_a_tall_screen() {
    let mut stage = Stage::running();
    let failed = ChunkEvent::Failed { error: long_message().into() };
    let event = Event { elapsed: Duration::from_secs(96), kind: EventKind::Chunk(ChunkIndex(6), failed) };
    stage.answer(Answer::RunEvents(sample::run().folder, vec![event]));
    stage.press("g g j j j j j j");
    let lines = |size| {
        let screen = stage.text(size);
        let cause = screen.lines().skip_while(|line| !line.contains("chunk 7: word1"));
        let lines: Vec<String> = cause.take_while(|line| line.contains("word")).map(str::to_owned).collect();
        assert!(lines.last().is_some_and(|last| last.contains('…')) || screen.contains("word40"), "{screen}");
        lines.len()
    };
    assert_eq!([lines((80, 24)), lines((80, 48))], [2, 4]);
}

#[test]
fn a_cut_without_a_mark_is_noticed() {
    let large = "│ another process works on this run       │";
    assert_eq!(cut_without_mark("│ another process wor │", large), ["another process wor"]);
    assert_eq!(cut_without_mark("│ another process │\n│              │", large), ["another process"]);
    for right in ["│ another process wo… │", "│ another process │\n│ works on this run   │"] {
        assert!(cut_without_mark(right, large).is_empty(), "{right}");
    }
}
