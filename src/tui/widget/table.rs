//! A table of which only the rows in sight are asked for: a million rows cost what twenty do.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
};

use super::scroll;
use crate::tui::{pane::Focus, text, theme::Theme};

/// A column.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    /// What stands over it.
    pub title: &'a str,
    /// How wide it is.
    pub width: Constraint,
    /// On which side its values stand.
    pub side: Side,
    /// The order, if the table is sorted by it.
    pub sorted: Option<Sorted>,
}

/// On which side values stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// The order of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Least first.
    Ascending,
    /// Greatest first.
    Descending,
}

impl Sorted {
    /// The other direction.
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// The cells of a row, one a column.
#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    /// The cells.
    pub cells: Vec<Line<'a>>,
    /// The style under all of them.
    pub style: Style,
}

/// A table.
pub struct Table<'a> {
    /// Its columns.
    pub columns: &'a [Column<'a>],
    /// How many rows it has.
    pub len: usize,
    /// The row under the cursor.
    pub selected: Option<usize>,
    /// Gives a row; asked for those in sight only.
    pub row: &'a dyn Fn(usize) -> Row<'a>,
}

impl<'a> Column<'a> {
    /// A column of text.
    pub fn left(title: &'a str, width: Constraint) -> Self {
        Self { title, width, side: Side::Left, sorted: None }
    }

    /// A column of numbers.
    pub fn right(title: &'a str, width: Constraint) -> Self {
        Self { title, width, side: Side::Right, sorted: None }
    }
}

impl<'a, T: Into<Line<'a>>> FromIterator<T> for Row<'a> {
    fn from_iter<I: IntoIterator<Item = T>>(cells: I) -> Self {
        Self { cells: cells.into_iter().map(Into::into).collect(), style: Style::new() }
    }
}

impl Table<'_> {
    /// Draws the header and the rows around the cursor. Columns that have no room are left out from the right.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, (theme, focus): (&Theme, Focus)) {
        if area.height == 0 || area.width < 4 {
            return;
        }
        let [header, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        for (column, place) in self.columns.iter().zip(&self.places(header)) {
            frame.render_widget(title(column, usize::from(place.width), theme), *place);
        }
        self.render_rows(frame, body, (theme, focus));
    }

    /// Draws the rows around the cursor without a header.
    pub fn render_rows(&self, frame: &mut Frame<'_>, body: Rect, (theme, focus): (&Theme, Focus)) {
        if body.height == 0 || body.width < 4 {
            return;
        }
        let places = self.places(body);
        let rows = scroll::window(self.selected.unwrap_or(0), self.len, usize::from(body.height));
        for (number, line) in rows.zip(body.rows()) {
            let row = (self.row)(number);
            let under = if self.selected == Some(number) { row.style.patch(theme.cursor(focus)) } else { row.style };
            for ((cell, place), column) in row.cells.into_iter().zip(&places).zip(self.columns) {
                let place = Rect { y: line.y, height: 1, ..*place };
                let cell = fitted(cell, usize::from(place.width));
                frame.render_widget(if column.side == Side::Right { cell.right_aligned() } else { cell }, place);
            }
            if self.selected == Some(number) && focus == Focus::Here {
                frame.render_widget(Span::styled("❯", theme.accent), Rect { width: 1, ..line });
            }
            frame.buffer_mut().set_style(line, under);
        }
    }

    /// Where the columns stand, after two columns for the cursor.
    fn places(&self, area: Rect) -> Vec<Rect> {
        let inner = Rect { x: area.x + 2, width: area.width - 2, ..area };
        let mut shown = self.columns.len();
        let needed = |shown: usize| {
            let widths = self.columns[..shown].iter().map(|column| least_width(column.width) + 2);
            widths.sum::<u16>().saturating_sub(2)
        };
        while shown > 1 && needed(shown) > inner.width {
            shown -= 1;
        }
        Layout::horizontal(self.columns[..shown].iter().map(|column| column.width)).spacing(2).split(inner).to_vec()
    }
}

fn title(column: &Column<'_>, width: usize, theme: &Theme) -> Line<'static> {
    let order = match column.sorted {
        None => "",
        Some(Sorted::Ascending) => " ▲",
        Some(Sorted::Descending) => " ▼",
    };
    let title = text::fit(column.title, width.saturating_sub(text::width(order))).into_owned();
    let line = Line::styled(title + order, theme.header);
    if column.side == Side::Right { line.right_aligned() } else { line }
}

fn least_width(width: Constraint) -> u16 {
    match width {
        Constraint::Length(columns) | Constraint::Min(columns) => columns,
        Constraint::Max(_) | Constraint::Fill(_) | Constraint::Percentage(_) | Constraint::Ratio(..) => 8,
    }
}

/// Cuts a line of several spans to a width, with an ellipsis.
pub fn fitted(line: Line<'_>, width: usize) -> Line<'_> {
    if line.width() <= width {
        return line;
    }
    let (mut room, style) = (width, line.style);
    let mut spans = Vec::new();
    for span in line.spans {
        let (needed, cut) = (span.width(), text::fit(&span.content, room).into_owned());
        let rest = room.saturating_sub(needed);
        spans.push(Span::styled(cut, span.style));
        if needed > room || rest == 0 {
            break;
        }
        room = rest;
    }
    Line::from(spans).style(style)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    #[test]
    fn of_a_million_rows_only_those_in_sight_are_asked_for() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        let asked = Cell::new(0);
        let columns = [Column::left("cell", Constraint::Fill(1)), Column::right("score", Constraint::Length(6))];
        let row = |number: usize| {
            asked.set(asked.get() + 1);
            Row::from_iter([format!("cell {number}"), "0.38".to_owned()])
        };
        let table = Table { columns: &columns, len: 1_000_000, selected: Some(999_999), row: &row };
        let mut terminal = Terminal::new(TestBackend::new(24, 4)).unwrap();
        terminal.draw(|frame| table.render(frame, frame.area(), (&theme, Focus::Here))).unwrap();
        assert_eq!(asked.get(), 3);
        insta::assert_snapshot!(terminal.backend(), @r#"
        "  cell             score"
        "  cell 999997       0.38"
        "  cell 999998       0.38"
        "❯ cell 999999       0.38"
        "#);
    }

    #[test]
    fn columns_without_room_are_left_out_from_the_right() {
        let columns = [Column::left("a", Constraint::Length(10)), Column::left("b", Constraint::Length(10))];
        let table = Table { columns: &columns, len: 0, selected: None, row: &|_| Row::default() };
        assert_eq!(table.places(Rect::new(0, 0, 24, 1)).len(), 2);
        assert_eq!(table.places(Rect::new(0, 0, 23, 1)).len(), 1);
        assert_eq!(table.places(Rect::new(0, 0, 4, 1)).len(), 1);
    }

    #[test]
    fn a_line_of_several_styles_is_cut_as_one() {
        let line = Line::from(vec![Span::raw("macro"), Span::raw("phage")]);
        assert_eq!(fitted(line.clone(), 8).to_string(), "macroph…");
        assert_eq!(fitted(line.clone(), 10).to_string(), "macrophage");
        assert_eq!(fitted(line, 5).width(), 5);
    }
}
