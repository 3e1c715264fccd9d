//! Tests of the mouse: a click selects, and a wheel scrolls, the item under the pointer.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect, Size},
};

use super::{scene::Scene, stage::Stage};
use crate::tui::{
    msg::{Gesture, Msg, Pointer},
    theme::{Background, ColorDepth, Theme},
    view::Charset,
};

const SIZES: [(u16, u16); 4] = [(60, 15), (80, 24), (120, 36), (200, 60)];

fn msg(gesture: Gesture, at: (u16, u16), size: (u16, u16)) -> Msg {
    Msg::Mouse(Pointer { gesture, at: Position::from(at), screen: Size::from(size) })
}

/// Makes a gesture with the mouse and answers the queries that follow.
fn point(scene: &mut Scene, gesture: Gesture, at: (u16, u16), size: (u16, u16)) {
    let effects = scene.stage.app.update(msg(gesture, at, size));
    scene.settle(effects);
}

fn draw(stage: &Stage, size: (u16, u16)) -> Buffer {
    stage.draw(size, ColorDepth::True, Charset::Unicode)
}

/// Returns a row of a part of the screen as text.
fn row(buffer: &Buffer, part: Rect, y: u16) -> String {
    (part.left()..part.right()).map(|x| buffer[(x, y)].symbol()).collect()
}

/// Returns the parts of the screen inside borders.
fn panes(buffer: &Buffer) -> Vec<Rect> {
    let is = |x: u16, y: u16, symbol: &str| buffer[(x, y)].symbol() == symbol;
    let corners = buffer.area.positions().filter(|at| is(at.x, at.y, "╭"));
    let pane = |at: Position| {
        let right = (at.x + 1..buffer.area.width).find(|x| is(*x, at.y, "╮"))?;
        let bottom = (at.y + 1..buffer.area.height).find(|y| is(at.x, *y, "╰"))?;
        Some(Rect::new(at.x + 1, at.y + 1, right - at.x - 1, bottom - at.y - 1))
    };
    corners.filter_map(pane).collect()
}

/// Returns the last row of a part that has the style of the cursor: chunk maps mark a place above the list.
fn cursor_row(buffer: &Buffer, part: Rect) -> Option<u16> {
    let theme = Theme::bundled(Background::Dark, ColorDepth::True).unwrap();
    let backgrounds = [theme.selection.bg, theme.pale_selection.bg];
    (part.top()..part.bottom()).rfind(|y| backgrounds.contains(&Some(buffer[(part.x + 3, *y)].bg)))
}

/// Returns the key of a row: its first word, or its second if the first is the mark of a node or of a run's state.
fn key(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.trim_matches('❯'));
    let words = words.filter(|word| word.chars().any(char::is_alphanumeric));
    words.take(3).collect::<Vec<_>>().join(" ")
}

/// Returns whether a row of a pane can be selected.
fn is_row(pane: char, text: &str) -> bool {
    let text = text.trim_start_matches([' ', '❯']);
    let first = text.split_whitespace().next().unwrap_or_default();
    match pane {
        '1' => first.contains('-') && first.len() == 16,
        '2' | '3' => text.starts_with(['•', '▾', '▸']),
        '5' | '0' => first.parse::<u32>().is_ok(),
        _ => false,
    }
}

/// Returns the pane of a screen whose title begins with a digit.
fn pane_of(buffer: &Buffer, digit: &str) -> Option<Rect> {
    panes(buffer).into_iter().find(|pane| row(buffer, *pane, pane.y - 1).trim_start().starts_with(digit))
}

/// Returns the key of the selected row of a pane.
fn selected(buffer: &Buffer, pane: Rect) -> Option<String> {
    Some(key(&row(buffer, pane, cursor_row(buffer, pane)?)))
}

#[test]
fn a_click_selects_the_row_under_the_pointer_and_no_other() {
    let mut scene = Scene::ontology_aware();
    scene.press("G");
    for digit in ["1", "2", "3", "5", "0"] {
        scene.press(digit);
        for size in SIZES {
            let mut clicked = 0;
            for y in 2..size.1 - 1 {
                let before = draw(&scene.stage, size);
                let pane = pane_of(&before, digit).unwrap();
                if !(pane.top()..pane.bottom()).contains(&y) {
                    continue;
                }
                let (text, was) = (row(&before, pane, y), selected(&before, pane));
                point(&mut scene, Gesture::Click, (pane.x + pane.width / 2, y), size);
                let after = draw(&scene.stage, size);
                let is_row = is_row(digit.chars().next().unwrap(), &text);
                let expected = if is_row { Some(key(&text)) } else { was };
                let screen = scene.stage.text(size);
                assert_eq!(selected(&after, pane), expected, "{digit} line {y} of {size:?}: {text:?}\n{screen}");
                clicked += usize::from(is_row);
            }
            let screen = scene.stage.text(size);
            assert!(clicked > 0, "pane {digit} at {size:?}: {clicked} rows\n{screen}");
        }
    }
}

#[test]
fn a_click_on_another_pane_gives_it_focus_and_selects_its_row() {
    let size = (120, 36);
    for line in [3, 7, 12] {
        let mut scene = Scene::ontology_aware();
        scene.press("3");
        let before = draw(&scene.stage, size);
        let pane = pane_of(&before, "1").unwrap();
        let text = key(&row(&before, pane, pane.y + line));
        point(&mut scene, Gesture::Click, (pane.x + 5, pane.y + line), size);
        let after = draw(&scene.stage, size);
        let now = selected(&after, pane_of(&after, "1").unwrap()).unwrap();
        let name = text.split(' ').next().unwrap_or_default();
        let (start, end) = name.split_once('…').unwrap_or((name, ""));
        let now = now.split(' ').next().unwrap_or_default();
        assert!(start.len() > 3 && now.starts_with(start) && now.ends_with(end), "{text:?} {now:?}");
        assert!(scene.stage.text(size).contains('❯'), "the table of cells has focus");
    }
}

#[test]
fn the_wheel_scrolls_the_pane_under_the_pointer_and_leaves_the_focus() {
    let mut scene = Scene::ontology_aware();
    scene.press("G 3");
    let size = (120, 36);
    let before = draw(&scene.stage, size);
    let cells =
        panes(&before).into_iter().find(|pane| row(&before, *pane, pane.y - 1).starts_with(" 1 cells")).unwrap();
    let at = (cells.x + 4, cells.y + 4);
    let first = cursor_row(&before, cells).unwrap();
    point(&mut scene, Gesture::WheelUp, at, size);
    let after = draw(&scene.stage, size);
    assert_ne!(row(&after, cells, cursor_row(&after, cells).unwrap()), row(&before, cells, first));
    point(&mut scene, Gesture::WheelDown, at, size);
    assert_eq!(draw(&scene.stage, size), before, "the same cell, and the focus where it was");
}

#[test]
fn a_click_on_a_tab_shows_its_pane() {
    let mut scene = Scene::ontology_aware();
    let size = (80, 24);
    for (name, title) in [("5 cluster", "╭ 5 clusters"), ("2 tree", "╭ 2 ontology"), ("0 run", "╭ 0 run")] {
        let tabs = scene.stage.text(size).lines().nth(1).unwrap().to_owned();
        let column = tabs.find(name).unwrap() + name.len() - 1;
        point(&mut scene, Gesture::Click, (column as u16, 1), size);
        assert!(scene.stage.text(size).contains(title), "{name}\n{}", scene.stage.text(size));
    }
}

#[test]
fn a_click_on_a_point_selects_its_cell() {
    let size = (120, 36);
    let mut scene = Scene::ontology_aware();
    scene.press("6 +");
    let buffer = draw(&scene.stage, size);
    let pane = pane_of(&buffer, "6").unwrap();
    let is_point =
        |at: &Position| ('\u{2801}'..='\u{28ff}').contains(&buffer[*at].symbol().chars().next().unwrap_or(' '));
    // The legend is to the right of the plot.
    let plot = Rect { width: pane.width / 2, ..pane };
    let points: Vec<Position> = plot.positions().filter(is_point).collect();
    assert!(points.len() > 20, "{}", scene.stage.text(size));
    for at in points.iter().step_by(points.len() / 12) {
        point(&mut scene, Gesture::Click, (at.x, at.y), size);
        let after = draw(&scene.stage, size);
        let screen = scene.stage.text(size);
        let selected = plot.positions().find(|place| after[*place].symbol() == "◆");
        let selected = selected.unwrap_or_else(|| panic!("no cell is selected at {at:?}\n{screen}"));
        assert_eq!(selected, *at, "the selected cell is in the character under the pointer\n{screen}");
    }
}

#[test]
fn a_click_selects_a_run_at_home() {
    for size in SIZES {
        let mut stage = Stage::connected();
        for file in ["atlas_merge.h5ad", "lung_biopsy_07.h5ad", "pbmc_10x_v3_4k.h5ad"] {
            let screen = stage.text(size);
            let Some((y, line)) = screen.lines().enumerate().find(|(_, line)| line.contains(&file[..8])) else {
                panic!("{file} at {size:?}\n{screen}");
            };
            let column = line.split(&file[..8]).next().unwrap_or_default().chars().count();
            stage.app.update(msg(Gesture::Click, (column as u16 + 1, y as u16), size));
            let screen = stage.text(size);
            let line = screen.lines().find(|line| line.contains('❯')).unwrap_or_default().to_owned();
            assert!(line.contains(&file[..8]), "{file} at {size:?}\n{screen}");
        }
    }
}

/// Clicks on the first occurrence of a text, in its second column.
fn click_on(scene: &mut Scene, text: &str) {
    let size = (100, 30);
    let screen = scene.stage.text(size);
    let found = screen.lines().enumerate().find_map(|(y, line)| Some((y, line.split_once(text)?.0)));
    let (y, before) = found.unwrap_or_else(|| panic!("{text}\n{screen}"));
    let column = before.chars().count() as u16 + 1;
    point(scene, Gesture::Click, (column, y as u16), size);
}

#[test]
fn a_click_in_a_dialog_selects_its_row_and_another_one_acts() {
    // Each case: keys that open a dialog, the row to click on, and a text that only the second click shows.
    for (keys, row, after) in [
        ("s", "score_1", "score ▲"),
        (":", "Show only what matches", "explains"),
        ("?", "Sort by a column", "╭ sort by"),
        ("e", "if it exists", "replace it"),
        ("O o", "cell_type_ontology_term_id", "by cell_type_ontology"),
        ("5 B", "cell_type_ontology_term_id", "of cell_type_ontology"),
        ("b", "cell_type_ontology_term_id", "cells compared"),
        ("A", "cell_type_ontology_term_id", "✓ cell_type_ontology_term_id"),
    ] {
        let mut scene = Scene::ontology_aware();
        scene.press("1 G");
        scene.press(keys);
        let before = scene.stage.text((100, 30));
        assert!(!before.contains(after), "{keys}: {after}\n{before}");
        click_on(&mut scene, row);
        let selected = scene.stage.text((100, 30));
        assert!(!selected.contains(after), "{keys}: one click selects\n{selected}");
        click_on(&mut scene, row);
        let screen = scene.stage.text((100, 30));
        assert!(screen.contains(after), "{keys}: {after}\n{screen}");
    }
    let mut scene = Scene::ontology_aware();
    scene.press("1 G Y");
    click_on(&mut scene, "run folder");
    assert!(!scene.stage.app.overlays.is_empty(), "{}", scene.text());
    click_on(&mut scene, "run folder");
    assert!(scene.stage.app.overlays.is_empty(), "{}", scene.text());
}

#[test]
fn a_click_in_the_steps_of_a_new_run_selects_and_another_one_acts() {
    let click = |stage: &mut Stage, text: &str| {
        let screen = stage.text((100, 30));
        let found = screen.lines().enumerate().find_map(|(y, line)| Some((y, line.split_once(text)?.0)));
        let (y, before) = found.unwrap_or_else(|| panic!("{text}\n{screen}"));
        let at = (before.chars().count() as u16 + 1, y as u16);
        stage.app.update(msg(Gesture::Click, at, (100, 30)));
        stage.text((100, 30))
    };
    let mut stage = Stage::choosing_a_model();
    let screen = click(&mut stage, "human-scvi-001");
    assert!(screen.contains("model") && !screen.contains("cells per chunk"), "{screen}");
    let screen = click(&mut stage, "human-scvi-001");
    assert!(screen.contains("cells per chunk"), "{screen}");
    click(&mut stage, "send non-counts");
    let screen = click(&mut stage, "send non-counts");
    let line = screen.lines().find(|line| line.contains("send non-counts")).unwrap_or_default();
    assert!(line.contains("yes"), "{screen}");
    let mut stage = Stage::running();
    stage.press("n x");
    let screen = click(&mut stage, "Stop after the chunks in flight");
    let line = screen.lines().find(|line| line.contains("❯ Stop after")).unwrap_or_default();
    assert!(!line.is_empty(), "{screen}");
    let screen = click(&mut stage, "Continue the run");
    assert!(screen.contains("❯ Continue"), "{screen}");
    let screen = click(&mut stage, "Continue the run");
    assert!(!screen.contains("cancel the run?"), "{screen}");
}

#[test]
fn no_click_and_no_wheel_at_any_place_panics() {
    let mut scene = Scene::ontology_aware();
    for keys in ["", "+", "2 /", "esc &", "esc 6 c", "esc ?", "esc e", "esc esc"] {
        scene.press(keys);
        for size in [(0, 0), (1, 1), (59, 14), (60, 15), (200, 60)] {
            for at in [(0, 0), (3, 1), (30, 7), (59, 14), (199, 59), (u16::MAX, u16::MAX)] {
                for gesture in [Gesture::Click, Gesture::WheelUp, Gesture::WheelDown] {
                    point(&mut scene, gesture, at, size);
                }
            }
        }
    }
}
