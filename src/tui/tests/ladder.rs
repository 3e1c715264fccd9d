//! A larger screen shows no less: titles of columns, sections and panes, and rows, over increasing sizes.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{scene::Scene, stage::Stage};
use crate::tui::{
    theme::{Background, ColorDepth, Theme},
    view::Charset,
};

/// Sizes in ascending order of both columns and rows.
const LADDER: [(u16, u16); 7] = [(80, 24), (100, 30), (117, 36), (120, 36), (160, 50), (200, 60), (300, 90)];

/// Returns the titles in the style of headers inside a part of the screen.
fn titles(buffer: &Buffer, part: Rect) -> BTreeSet<String> {
    let header = Theme::bundled(Background::Dark, ColorDepth::True).unwrap().header.fg;
    let mut titles = BTreeSet::new();
    for row in part.rows() {
        let text: String = row
            .columns()
            .map(|cell| &buffer[cell.as_position()])
            .map(|cell| if cell.style().fg == header { cell.symbol() } else { "  " })
            .collect();
        titles.extend(text.split("  ").map(|title| title.trim_matches([' ', '▲', '▼']).to_owned()));
    }
    titles.retain(|title| !title.is_empty());
    titles
}

/// Returns the area of the pane with focus, by the corners of its border, or else the whole screen.
fn focused_part(buffer: &Buffer) -> Rect {
    let focus = Theme::bundled(Background::Dark, ColorDepth::True).unwrap().focus.fg;
    let corner = |symbol: &str| {
        let is_corner = |at: &Position| buffer[*at].symbol() == symbol && buffer[*at].style().fg == focus;
        buffer.area.positions().find(is_corner)
    };
    let (Some(from), Some(to)) = (corner("╭"), corner("╯")) else { return buffer.area };
    Rect::new(from.x, from.y, to.x - from.x + 1, to.y - from.y + 1)
}

fn assert_grows(stage: &Stage, name: &str) {
    let mut before: BTreeSet<String> = BTreeSet::new();
    for size in LADDER {
        let buffer = stage.draw(size, ColorDepth::True, Charset::Unicode);
        let now = titles(&buffer, focused_part(&buffer));
        let lost: Vec<_> = before.difference(&now).collect();
        assert!(lost.is_empty(), "{name} at {size:?} loses {lost:?} of {before:?}\n{}", stage.text(size));
        before = now;
    }
}

#[test]
fn a_larger_screen_shows_every_title_that_a_smaller_one_does() {
    let mut scene = Scene::ontology_aware();
    scene.press("G");
    for digit in ["1", "2", "3", "5", "6", "0"] {
        scene.press(digit);
        assert_grows(&scene.stage, &format!("pane {digit}"));
    }
    assert_grows(&Stage::connected(), "home");
    assert_grows(&Stage::running(), "a run");
}

#[test]
fn a_larger_screen_shows_no_fewer_cells() {
    let mut scene = Scene::ontology_aware();
    scene.press("G 1");
    let cells = |size| scene.stage.text(size).lines().filter(|line| line.contains("-8 ")).count();
    let counts: Vec<usize> = LADDER.into_iter().map(cells).collect();
    assert!(counts.is_sorted(), "{counts:?}");
}

#[test]
fn a_larger_screen_shows_every_pane_that_a_smaller_one_does() {
    let mut scene = Scene::ontology_aware();
    for digit in ["1", "2", "3", "5", "6", "0"] {
        scene.press(digit);
        let mut before = BTreeSet::new();
        for size in LADDER {
            let screen = scene.stage.text(size);
            let now: BTreeSet<char> = screen.split("╭ ").skip(1).filter_map(|part| part.chars().next()).collect();
            assert!(before.is_subset(&now), "{before:?} {now:?} at {size:?}");
            before = now;
        }
    }
}

/// Returns the names of terms in the trees of a screen: the text between the mark of a node and two spaces.
fn names_in_trees(screen: &str) -> Vec<String> {
    let of_part = |part: &str| {
        let name = part.trim_start().strip_prefix(['•', '▾', '▸'])?.trim_start().split("  ").next()?;
        Some(name.trim_end_matches([' ', '⇄']).to_owned())
    };
    screen.lines().flat_map(|line| line.split('│')).filter_map(of_part).collect()
}

#[test]
fn names_in_trees_fit_at_every_width() {
    /// The minimum width of a cut name.
    const LEAST: usize = 14;
    let ontology = crate::domain::CellOntology::embedded().ontology();
    for pane in ["1", "2", "3"] {
        let mut scene = Scene::ontology_aware();
        scene.press("G");
        scene.press(pane);
        for width in 80..=200 {
            let screen = scene.stage.text((width, 36));
            let names = names_in_trees(&screen);
            assert!(names.len() > 5 || pane == "1", "pane {pane} at {width}\n{screen}");
            for name in names {
                let is_whole = ontology.terms().any(|term| ontology.label(term) == name);
                let is_readable = is_whole || name.chars().count() >= LEAST || !name.contains('…');
                assert!(is_readable, "pane {pane} at {width}: {name:?}\n{screen}");
            }
        }
    }
}
