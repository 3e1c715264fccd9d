//! A table that requests only the visible rows, so that a million rows cost no more than twenty. Columns that do not
//! fit can be scrolled to; the first one is fixed.

mod columns;

use std::cell::Cell;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
};

use super::{WidgetStyle, scroll};
use crate::tui::{action::Action, focus::Focus, text, theme::Theme};
use columns::Shown;

pub(crate) use columns::widths;

/// A column.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    /// The header.
    pub title: &'a str,
    /// The header where `title` does not fit.
    pub short: &'a str,
    /// The minimum width; `Min` and `Fill` take the remaining width.
    pub width: Constraint,
    /// The alignment of the values.
    pub side: Side,
    /// The order, if the table is sorted by it.
    pub sorted: Option<Sorted>,
    /// The width at which the values are complete.
    pub wanted: Option<Wanted>,
    /// The minimum width in a table that is too narrow for all essential columns. `None` if the column is not
    /// essential.
    pub compact: Option<u16>,
}

/// A width that a column grows to, with its priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// For names, which grow first.
    First(u16),
    /// For bars, which grow after names.
    Last(u16),
}

/// The alignment of values.
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
    /// Ascending.
    Ascending,
    /// Descending.
    Descending,
}

impl Sorted {
    /// Returns the other direction.
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// A row, with a cell for each column.
#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    /// The cells.
    pub cells: Vec<Line<'a>>,
    /// The style under all cells.
    pub style: Style,
    /// A sign of one column between the cursor and the first cell; empty for most rows.
    pub sign: &'static str,
}

/// A table.
pub struct Table<'a> {
    /// The columns.
    pub columns: &'a [Column<'a>],
    /// The number of rows.
    pub len: usize,
    /// The row under the cursor.
    pub selected: Option<usize>,
    /// The function that returns a row; called for visible rows only.
    pub row: &'a dyn Fn(usize) -> Row<'a>,
}

/// The horizontal scroll state of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sideways {
    /// The number of skipped columns after the first one.
    passed: usize,
    /// The maximum of `passed` in the last frame. It does not affect drawing.
    most: Cell<usize>,
}

impl<'a> Column<'a> {
    /// Creates a column of text.
    pub fn left(title: &'a str, width: Constraint) -> Self {
        Self { title, short: title, width, side: Side::Left, sorted: None, wanted: None, compact: None }
    }

    /// Creates a column of numbers.
    pub fn right(title: &'a str, width: Constraint) -> Self {
        Self { side: Side::Right, ..Self::left(title, width) }
    }

    /// Returns the column as an essential one, which takes precedence over the others. If the essential columns do not
    /// fit side by side, they get these narrower widths.
    pub fn essential(self, compact: u16) -> Self {
        Self { compact: Some(compact), ..self }
    }

    /// Returns the column with a width that it grows to.
    pub fn wanting(self, wanted: Wanted) -> Self {
        Self { wanted: Some(wanted), ..self }
    }
}

impl<'a, T: Into<Line<'a>>> FromIterator<T> for Row<'a> {
    fn from_iter<I: IntoIterator<Item = T>>(cells: I) -> Self {
        Self { cells: cells.into_iter().map(Into::into).collect(), style: Style::new(), sign: "" }
    }
}

impl Sideways {
    /// Scrolls by a column, and returns whether the action did that.
    pub fn on_action(&mut self, action: Action) -> bool {
        let (most, passed) = (self.most.get(), self.passed.min(self.most.get()));
        self.passed = match action {
            Action::Left => passed.saturating_sub(1),
            Action::Right => (passed + 1).min(most),
            _ => return false,
        };
        most > 0
    }
}

impl Table<'_> {
    /// Draws the header and the rows around the cursor.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, style: WidgetStyle<'_>) {
        self.render_shown(frame, area, &columns::shown(self.columns, area.width, None), style);
    }

    /// Draws the header and the rows around the cursor of a table that is scrolled to the right.
    pub fn render_sideways(&self, frame: &mut Frame<'_>, area: Rect, style: WidgetStyle<'_>, sideways: &Sideways) {
        let shown = columns::shown(self.columns, area.width, Some(sideways));
        sideways.most.set(shown.most);
        self.render_shown(frame, area, &shown, style);
    }

    fn render_shown(&self, frame: &mut Frame<'_>, area: Rect, shown: &Shown, style: WidgetStyle<'_>) {
        if area.height == 0 || area.width < 4 {
            return;
        }
        let [header, body] = parts(area);
        self.render_header(frame, header, shown, style.theme);
        self.render_body(frame, body, shown, style);
    }

    /// Draws the rows around the cursor without a header.
    pub fn render_rows(&self, frame: &mut Frame<'_>, body: Rect, style: WidgetStyle<'_>) {
        if body.height == 0 || body.width < 4 {
            return;
        }
        let shown = columns::shown(self.columns, body.width, None);
        self.render_body(frame, body, &shown, style);
    }

    fn render_header(&self, frame: &mut Frame<'_>, header: Rect, shown: &Shown, theme: &Theme) {
        for place in &shown.places {
            let column = &self.columns[place.column];
            frame.render_widget(title(column, usize::from(place.width), theme), place.on(header));
        }
        if let (true, Some(first)) = (shown.before > 0, shown.places.first()) {
            let mark = Rect { x: first.on(header).right(), width: 1, ..header };
            frame.render_widget(Span::styled("‹", theme.key), mark.intersection(header));
        }
        let more = shown.more();
        if !more.is_empty() {
            let width = (text::width(more) as u16).min(header.width);
            let place = Rect { x: header.right() - width, width, ..header };
            frame.render_widget(Span::styled(more, theme.key), place);
        }
    }

    fn render_body(&self, frame: &mut Frame<'_>, body: Rect, shown: &Shown, style: WidgetStyle<'_>) {
        let WidgetStyle { theme, focus } = style;
        let rows = scroll::window(self.selected.unwrap_or(0), self.len, usize::from(body.height));
        for (number, line) in rows.zip(body.rows()) {
            let mut row = (self.row)(number);
            let under = if self.selected == Some(number) { row.style.patch(theme.cursor(focus)) } else { row.style };
            for place in &shown.places {
                let Some(cell) = row.cells.get_mut(place.column).map(std::mem::take) else { continue };
                let cell = fitted(cell, usize::from(place.width));
                let is_right = self.columns[place.column].side == Side::Right;
                frame.render_widget(if is_right { cell.right_aligned() } else { cell }, place.on(line));
            }
            if self.selected == Some(number) && focus == Focus::Here {
                frame.render_widget(Span::styled("❯", theme.accent), Rect { width: 1, ..line });
            }
            if !row.sign.is_empty() {
                frame.render_widget(Span::raw(row.sign), Rect { x: line.x + 1, width: 1, ..line });
            }
            frame.buffer_mut().set_style(line, under);
        }
    }
}

/// Returns the areas of the header and of the rows.
pub fn parts(area: Rect) -> [Rect; 2] {
    Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area)
}

/// Returns the area of the rows of a table with a header.
pub fn body(area: Rect) -> Rect {
    let [_, body] = parts(area);
    body
}

fn title(column: &Column<'_>, width: usize, theme: &Theme) -> Line<'static> {
    let order = match column.sorted {
        None => "",
        Some(Sorted::Ascending) => " ▲",
        Some(Sorted::Descending) => " ▼",
    };
    let room = width.saturating_sub(text::width(order));
    let title = if text::width(column.title) <= room { column.title } else { column.short };
    let title = text::fit(title, room).into_owned();
    let line = Line::styled(title + order, theme.header);
    if column.side == Side::Right { line.right_aligned() } else { line }
}

/// Cuts a line of several spans to a width, with an ellipsis.
pub fn fitted(line: Line<'_>, width: usize) -> Line<'_> {
    if line.width() <= width {
        return line;
    }
    let style = line.style;
    // One column is reserved for the mark, also where the cut is between two spans.
    let Some(mut room) = width.checked_sub(1) else { return Line::default() };
    let mut spans = Vec::new();
    for span in line.spans {
        let content = text::fit(&span.content, usize::MAX).into_owned();
        let needed = text::width(&content);
        if needed > room {
            spans.push(Span::styled(format!("{}…", text::start(&content, room)), span.style));
            break;
        }
        room -= needed;
        spans.push(Span::styled(content, span.style));
    }
    Line::from(spans).style(style)
}

#[cfg(test)]
mod tests;
