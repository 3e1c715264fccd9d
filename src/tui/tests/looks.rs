//! Snapshots of every screen.

use super::stage::{Stage, all, text};
use crate::tui::{
    msg::Answer,
    sample,
    theme::{ColorDepth, Theme},
    view::Charset,
};

#[test]
fn every_screen_at_common_sizes() {
    for (name, stage) in all() {
        for size in [(80, 24), (120, 36), (200, 60)] {
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), stage.text(size));
        }
    }
}

#[test]
fn a_screen_that_is_too_small_says_how_small() {
    insta::assert_snapshot!("too_small", Stage::connected().text((59, 14)));
}

#[test]
fn the_smallest_screen_still_works() {
    for (name, stage) in all() {
        let screen = stage.text((60, 15));
        assert!(!screen.contains("a larger window"), "{name}");
        assert!(screen.lines().count() == 15 && screen.trim().len() > 100, "{name}\n{screen}");
    }
}

#[test]
fn no_size_makes_any_screen_panic() {
    let widths = (1..=12).chain([20, 35, 59, 60, 61, 69, 70, 79, 80, 99, 100, 109, 110, 139, 140, 201, 300]);
    let heights: Vec<u16> = (1..=9).chain([13, 14, 15, 16, 19, 20, 24, 36, 60, 100]).collect();
    let screens = all();
    for width in widths {
        for &height in &heights {
            for (_, stage) in &screens {
                stage.draw((width, height), ColorDepth::True, Charset::Unicode);
            }
        }
    }
}

#[test]
fn without_colors_no_screen_has_any_and_the_cursor_is_reversed() {
    for (name, stage) in all() {
        let buffer = stage.draw((120, 36), ColorDepth::None, Charset::Unicode);
        assert!(buffer.content.iter().all(|cell| !Theme::uses_color(cell.style())), "{name}");
    }
    let home = Stage::connected().draw((120, 36), ColorDepth::None, Charset::Unicode);
    let reversed = ratatui::style::Modifier::REVERSED;
    assert!(home.content.iter().any(|cell| cell.modifier.contains(reversed)));
}

#[test]
fn without_utf_8_every_screen_is_ascii() {
    for (name, stage) in all() {
        let screen = text(&stage.draw((80, 24), ColorDepth::Ansi16, Charset::Ascii));
        assert!(screen.is_ascii(), "{name}\n{screen}");
    }
    insta::assert_snapshot!("home_ascii", text(&Stage::connected().draw((80, 24), ColorDepth::None, Charset::Ascii)));
}

#[test]
fn names_from_files_and_servers_cannot_control_the_terminal() {
    let hostile = "evil\x1b]0;owned\x07\u{202E}name.h5ad";
    let mut stage = Stage::connected();
    let mut runs = sample::runs();
    runs[0].name = hostile.into();
    runs[0].model = hostile.into();
    let mut models = sample::models();
    models[0].description = hostile.into();
    let mut run = sample::run();
    run.name = hostile.into();
    stage.answer(Answer::Runs(Ok(runs)));
    stage.answer(Answer::Models(Ok(models)));
    let home = stage.text((120, 36));
    stage.answer(Answer::RunOpened(Ok(Box::new(run))));
    for screen in [home, stage.text((120, 36))] {
        assert!(screen.contains("evil") && !screen.contains(['\x1b', '\x07', '\u{202E}']), "{screen}");
    }
}

#[test]
fn the_date_of_the_quota_is_never_cut() {
    let mut stage = Stage::connected();
    let million = crate::domain::Quota { weekly: Some(1_000_000), remaining_weekly: Some(956_400), ..sample::quota() };
    for quota in [sample::quota(), million] {
        stage.answer(Answer::Quota(Ok(quota)));
        for size in [(80, 24), (100, 30), (117, 36), (120, 36), (130, 36), (160, 50), (200, 60), (300, 90)] {
            assert!(stage.text(size).contains("resets in 52 h"), "{size:?}\n{}", stage.text(size));
        }
    }
}

#[test]
fn a_run_is_named_by_its_strategy_and_folder_too() {
    let mut stage = Stage::connected();
    let run = crate::tui::facts::RunFacts { folder: "/scratch/second-try.castui".into(), ..sample::run() };
    stage.answer(Answer::RunOpened(Ok(Box::new(run))));
    for width in [60, 80, 120, 200] {
        let top = stage.text((width, 24)).lines().next().unwrap_or_default().to_owned();
        assert!(top.contains("second-try.castui") && top.contains("ontology"), "{top}");
    }
    let top = stage.text((200, 60)).lines().next().unwrap_or_default().to_owned();
    assert!(top.contains("lung_biopsy_07.h5ad · ontology-aware · human-pca-002 · second-try.castui"), "{top}");
}

#[test]
fn runs_are_listed_with_strategy_and_on_wide_screens_with_folder() {
    let stage = Stage::connected();
    assert!(stage.text((80, 24)).contains("strategy"), "{}", stage.text((80, 24)));
    let wide = stage.text((200, 60));
    assert!(wide.contains("folder") && wide.contains("proj7/atlas_merge.castui"), "{wide}");
}
