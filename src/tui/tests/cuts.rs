//! Text that does not fit ends with a mark: no line ends in the middle of a text that a larger screen shows whole.

use super::scene::Scene;
use crate::{
    domain::{ModelName, OntologyAwareOptions, Operation},
    tui::msg::Answer,
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
    for pane in ["O", "1", "2", "3", "4", "5", "6", "7", "8", "9"] {
        scene.press(pane);
        let large = scene.stage.text(LARGE);
        for size in SMALL {
            let screen = scene.stage.text(size);
            let cut = cut_without_mark(&screen, &large);
            assert!(cut.is_empty(), "{pane} at {size:?}: {cut:?}\n{screen}\n{large}");
        }
    }
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
