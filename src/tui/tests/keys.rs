//! Every key in the help of a pane or a screen has an effect there, or a message gives the reason.

use super::{scene::Scene, stage::Stage};
use crate::{
    domain::{OntologyAwareOptions, Operation},
    tui::{
        action::Action, app::Start, keymap::Context, log::Severity, msg::Answer, pane::PaneKind, sample,
        theme::ColorDepth, view::Charset,
    },
};

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (200, 60);

/// Moves without effect at the edge of a list, and keys that end the program or leave the screen.
const EXEMPT: [Action; 19] = [
    Action::NextCell,
    Action::PreviousCell,
    Action::Up,
    Action::Down,
    Action::Left,
    Action::Right,
    Action::PageUp,
    Action::PageDown,
    Action::HalfPageUp,
    Action::HalfPageDown,
    Action::PageLeft,
    Action::PageRight,
    Action::First,
    Action::Last,
    Action::Back,
    Action::NewRun,
    Action::Quit,
    Action::ResetField,
    Action::Interrupt,
];

/// Returns the keys of the pane or screen with focus, each with its action.
fn keys(stage: &Stage) -> Vec<(String, Action)> {
    let bindings = stage.app.keymap.bindings(&stage.app.contexts()).into_iter();
    let bindings = bindings.filter(|binding| !EXEMPT.contains(&binding.action));
    bindings.map(|binding| (binding.keys[0].to_string(), binding.action)).collect()
}

/// Presses a key. Returns whether it had an effect, a message or a change on the screen, and its effects. Answers no
/// queries.
fn does_something(stage: &mut Stage, key: &str) -> (bool, Vec<crate::tui::effect::Effect>) {
    let look = |stage: &Stage| {
        let drawn = [SMALL, LARGE].map(|size| stage.draw(size, ColorDepth::True, Charset::Unicode));
        (drawn, stage.app.log.entries().len(), std::mem::discriminant(stage.app.screens.current()))
    };
    let before = look(stage);
    let effects = stage.press(key);
    (!effects.is_empty() || look(stage) != before, effects)
}

/// Presses every key of some panes of a run. Fails if a key has no effect and gives no reason.
fn every_key_does_something(operation: Operation, panes: &[PaneKind]) {
    let mut scene = Scene::open(operation);
    // A cell with a response, between other cells.
    scene.press("1 G k k k k k");
    let mut idle = Vec::new();
    for kind in panes {
        let digit = kind.key().to_string();
        scene.press(&digit);
        for (key, action) in keys(&scene.stage) {
            scene.press(&digit);
            let is_shown_already = PaneKind::shown_by(action) == Some(*kind);
            let (done, effects) = does_something(&mut scene.stage, &key);
            if !done && !is_shown_already {
                idle.push(format!("{key} ({action}) in {digit} of {operation:?}\n{}", scene.text()));
            }
            scene.settle(effects);
            while !scene.stage.app.overlays.is_empty() || scene.stage.app.contexts().contains(&Context::Input) {
                scene.press("esc");
            }
        }
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

/// Makes tests that share the panes of a run, so that they run side by side.
macro_rules! every_key {
    ($($name:ident: $operation:expr, part $part:literal of $parts:literal;)*) => {$(
        #[test]
        fn $name() {
            let panes = PaneKind::ALL.iter().skip($part - 1).step_by($parts).copied();
            every_key_does_something($operation, &panes.collect::<Vec<_>>());
        }
    )*};
}

const ONTOLOGY_AWARE: Operation =
    Operation::OntologyAware(OntologyAwareOptions { prune_threshold: 0.05, weighting_prefactor: 1.0 });
const SUMMARY: Operation = Operation::SummaryStatistics { include_extended_statistics: false };

every_key! {
    every_key_of_a_pane_has_an_effect_or_gives_a_reason_1: ONTOLOGY_AWARE, part 1 of 5;
    every_key_of_a_pane_has_an_effect_or_gives_a_reason_2: ONTOLOGY_AWARE, part 2 of 5;
    every_key_of_a_pane_has_an_effect_or_gives_a_reason_3: ONTOLOGY_AWARE, part 3 of 5;
    every_key_of_a_pane_has_an_effect_or_gives_a_reason_4: ONTOLOGY_AWARE, part 4 of 5;
    every_key_of_a_pane_has_an_effect_or_gives_a_reason_5: ONTOLOGY_AWARE, part 5 of 5;
    every_key_of_a_summary_run_has_an_effect_or_gives_a_reason_1: SUMMARY, part 1 of 2;
    every_key_of_a_summary_run_has_an_effect_or_gives_a_reason_2: SUMMARY, part 2 of 2;
    every_key_of_a_search_run_has_an_effect_or_gives_a_reason_1: Operation::Search, part 1 of 2;
    every_key_of_a_search_run_has_an_effect_or_gives_a_reason_2: Operation::Search, part 2 of 2;
}

#[test]
fn the_help_of_a_pane_names_only_keys_with_an_effect_there() {
    let mut scene = Scene::ontology_aware();
    for (pane, missing) in [("5", "Sort by a column"), ("2", "Filter by this value"), ("3", "Select cells with a box")]
    {
        scene.press(pane);
        scene.press("?");
        scene.type_text(missing);
        assert!(scene.text().contains("No key or word matches"), "{pane}: {missing}\n{}", scene.text());
        scene.press("esc");
    }
    scene.press("5 s");
    assert!(scene.text().contains("not here, but in 1 cells"), "{}", scene.text());
}

#[test]
fn every_description_of_an_action_fits_into_the_help() {
    for action in Action::ALL {
        assert!(action.description().len() <= 50, "{action}: {}", action.description());
    }
}

#[test]
fn b_chooses_clusters_from_any_pane_of_a_run_that_has_calls() {
    let mut scene = Scene::ontology_aware();
    scene.press("6 B");
    assert!(scene.text().contains("clusters by"), "{}", scene.text());
    let mut scene = Scene::open(Operation::Search);
    scene.press("5 B");
    assert!(!scene.stage.app.contexts().contains(&Context::Input), "{}", scene.text());
    scene.press("1");
    assert!(scene.text().contains("1 cells"), "{}", scene.text());
}

#[test]
fn every_key_of_every_screen_has_an_effect() {
    let offline = || {
        let mut stage = Stage::unconnected(Start::Home);
        stage.answer(Answer::Runs(Ok(Vec::new())));
        stage
    };
    let options = || {
        let mut stage = Stage::choosing_a_model();
        stage.press("enter");
        stage
    };
    let screens: [fn() -> Stage; 6] =
        [Stage::connected, offline, Stage::picking, Stage::choosing_a_model, options, Stage::checked];
    for screen in screens {
        // At its first field, a form has no previous one.
        for (key, action) in keys(&screen()).into_iter().filter(|(_, action)| *action != Action::PreviousPane) {
            let mut stage = screen();
            assert!(does_something(&mut stage, &key).0, "{key} ({action})\n{}", stage.text((80, 24)));
        }
    }
}

/// Returns all text of the help, as it scrolls by at 80 × 24.
fn whole_help(scene: &mut Scene) -> String {
    scene.press("?");
    let mut seen = String::new();
    for _ in 0..12 {
        seen.push_str(&scene.text());
        scene.press("pgdn");
    }
    scene.press("esc");
    seen
}

#[test]
fn the_help_of_a_pane_explains_its_columns_and_signs() {
    let mut scene = Scene::ontology_aware();
    for (pane, words) in [
        (
            "1",
            &["call 1", "no call", "flags: A", "flags: C", "flags: X", "marked", "Rows count from 0", "call ≥ 0.20"][..],
        ),
        ("2", &["group", "minimum score", "minimum fraction", "⇄", "▸ ▾ •"]),
        ("3", &["total weight", "depth", "call 1 to call 3", "why this call", "⇄"]),
        ("5", &["cluster call", "majority call", "agree"]),
        ("6", &["X_umap 1 × 2", "box", "a, b, c"]),
        ("0", &["chunk", "↻", "cells/s"]),
    ] {
        scene.press(pane);
        let help = whole_help(&mut scene);
        for word in words {
            assert!(help.contains(word), "{pane}: {word}\n{help}");
        }
        assert!(!help.contains('…') || !help.lines().any(|line| line.ends_with("…│")), "nothing is cut\n{help}");
    }
}

#[test]
fn the_help_shows_long_examples_whole_and_ignores_a_slash_before_the_search() {
    let mut scene = Scene::ontology_aware();
    scene.press("?");
    scene.stage.type_text("/bracket");
    let screen = scene.text();
    assert!(screen.contains("(flags=A or score<0.3) and leiden=3"), "{screen}");
    assert!(screen.contains("group conditions with brackets"), "{screen}");
}

#[test]
fn the_demo_is_described_with_the_next_steps() {
    let demo = |size| {
        let mut stage = Stage::connected();
        stage.answer(Answer::LocalReady(Ok(Some(sample::file()))));
        stage.answer(Answer::Account(Ok(sample::account())));
        stage.answer(Answer::Models(Ok(sample::models())));
        stage.answer(Answer::Preview(sample::file(), Ok(Box::new(sample::preview()))));
        stage.press("enter");
        stage.text(size)
    };
    for size in [(80, 24), (120, 36), (200, 60)] {
        let screen = demo(size);
        for words in ["Demo: a service on this machine", "enter to check", "b compares the calls", "results folder"] {
            let flowing = screen.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flowing.contains(words), "{words}\n{screen}");
        }
    }
    let mut other = Stage::choosing_a_model();
    other.press("enter");
    assert!(!other.text((80, 24)).contains("Demo:"));
}

#[test]
fn an_answer_to_a_key_is_no_problem_in_the_log() {
    let mut scene = Scene::ontology_aware();
    let mut answered = 0;
    for pane in ["O", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0"] {
        for key in ["n", "s", "u", "x", "i", "f", "=", "I", "v", "ctrl-x", "R", "y", "X", "D", "b", "A"] {
            scene.press("esc esc esc");
            if scene.stage.app.screens.current().workspace().is_none() {
                let facts = scene.facts.clone();
                scene.stage.answer(Answer::RunOpened(Ok(Box::new(facts))));
            }
            scene.press(pane);
            scene.press(key);
            let log = &scene.stage.app.log;
            answered += usize::from(log.toast(scene.stage.app.now).is_some());
            let problems: Vec<_> = log.entries().iter().filter(|entry| entry.severity > Severity::Good).collect();
            assert!(problems.is_empty(), "{pane} {key}: {problems:?}");
        }
    }
    assert!(answered > 50, "{answered} keys were answered");
    scene.press("esc esc esc 3 n !");
    assert!(scene.text().contains("0 warnings, 0 failures"), "{}", scene.text());
}
