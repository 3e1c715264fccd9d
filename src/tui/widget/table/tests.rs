use std::cell::Cell;

use ratatui::{Terminal, backend::TestBackend};

use super::*;
use crate::tui::theme::{Background, ColorDepth};

fn theme() -> Theme {
    Theme::bundled(Background::Dark, ColorDepth::None).unwrap()
}

#[test]
fn only_the_visible_rows_of_a_million_are_requested() {
    let theme = theme();
    let asked = Cell::new(0);
    let columns = [Column::left("cell", Constraint::Fill(1)), Column::right("score", Constraint::Length(6))];
    let row = |number: usize| {
        asked.set(asked.get() + 1);
        Row::from_iter([format!("cell {number}"), "0.38".to_owned()])
    };
    let table = Table { columns: &columns, len: 1_000_000, selected: Some(999_999), row: &row };
    let mut terminal = Terminal::new(TestBackend::new(24, 4)).unwrap();
    terminal.draw(|frame| table.render(frame, frame.area(), WidgetStyle::new(&theme, Focus::Here))).unwrap();
    assert_eq!(asked.get(), 3);
    insta::assert_snapshot!(terminal.backend(), @r#"
    "  cell             score"
    "  cell 999997       0.38"
    "  cell 999998       0.38"
    "❯ cell 999999       0.38"
    "#);
}

#[test]
fn a_wide_table_scrolls_by_columns_and_says_that_there_is_more() {
    let theme = theme();
    let columns = ["cell", "call", "score", "donor"].map(|title| Column::left(title, Constraint::Length(6)));
    let row = |_: usize| Row::from_iter(["AAA-1", "B cell", "0.38", "D7"]);
    let table = Table { columns: &columns, len: 1, selected: Some(0), row: &row };
    let mut sideways = Sideways::default();
    let drawn = |sideways: &Sideways| {
        let mut terminal = Terminal::new(TestBackend::new(28, 2)).unwrap();
        let look = WidgetStyle::new(&theme, Focus::Here);
        terminal.draw(|frame| table.render_sideways(frame, frame.area(), look, sideways)).unwrap();
        terminal.backend().to_string()
    };
    insta::assert_snapshot!(drawn(&sideways), @r#"
    "  cell    call    score  +1›"
    "❯ AAA-1   B cell  0.38      "
    "#);
    assert!(sideways.on_action(Action::Right));
    insta::assert_snapshot!(drawn(&sideways), @r#"
    "  cell  ‹ score   donor     "
    "❯ AAA-1   0.38    D7        "
    "#);
    assert!(sideways.on_action(Action::Right) && sideways.on_action(Action::Left));
    assert!(drawn(&sideways).contains("call"), "the end is not passed");
    assert!(!sideways.on_action(Action::Down));
}

#[test]
fn a_table_that_has_room_leaves_the_keys_to_others() {
    assert!(!Sideways::default().on_action(Action::Right));
    assert!(!Sideways::default().on_action(Action::Left));
}

#[test]
fn a_line_of_several_styles_is_cut_as_one() {
    let line = Line::from(vec![Span::raw("macro"), Span::raw("phage")]);
    assert_eq!(fitted(line.clone(), 8).to_string(), "macroph…");
    assert_eq!(fitted(line.clone(), 10).to_string(), "macrophage");
    assert_eq!(fitted(line.clone(), 5).to_string(), "macr…", "the cut is between two spans");
    assert_eq!(fitted(line.clone(), 1).to_string(), "…");
    assert_eq!(fitted(line, 0).to_string(), "");
}
