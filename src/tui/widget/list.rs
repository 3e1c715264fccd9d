//! A selection in a list, moved by actions.

use std::cell::{Cell, RefCell};

use ratatui::layout::{Position, Rect};

use super::scroll;
use crate::tui::action::Action;

/// The selected row of a list. Each move receives the number of rows, as lists change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    selected: usize,
    page: Page,
    drawn: Drawn,
}

/// The place of a list in the last frame, for clicks. It does not affect drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Drawn {
    area: Cell<Rect>,
    /// The row of each line, if rows have several lines or titles between them.
    rows: RefCell<Option<Vec<Option<usize>>>>,
}

/// A click on a row of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// The row is selected now.
    Selected,
    /// The row was selected before.
    Again,
}

/// The height of a list in the last frame, which determines a page step. It does not affect drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page(Cell<u16>);

/// The height of a page before the first frame.
const PAGE: u16 = 20;

impl ListState {
    /// Returns the selected row of a list with `len` rows, if there is any.
    pub fn selected(&self, len: usize) -> Option<usize> {
        len.checked_sub(1).map(|last| self.selected.min(last))
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize) {
        self.selected = row;
    }

    /// Selects the row at a position of the list's area, and returns whether there is one.
    pub fn click(&mut self, len: usize, area: Rect, at: Position) -> bool {
        let row = self.selected(len).and_then(|selected| scroll::row_at(selected, len, area, at));
        self.selected = row.unwrap_or(self.selected);
        row.is_some()
    }

    /// Records the number of visible rows, during drawing.
    pub fn seen(&self, rows: u16) {
        self.page.seen(rows);
    }

    /// Records the area of the rows, one line each, during drawing.
    pub fn drawn(&self, area: Rect) {
        self.page.seen(area.height);
        self.drawn.area.set(area);
        self.drawn.rows.replace(None);
    }

    /// Records the area of the lines and the row of each line, during drawing.
    pub fn drawn_lines(&self, area: Rect, rows: Vec<Option<usize>>) {
        self.drawn.area.set(area);
        self.drawn.rows.replace(Some(rows));
    }

    /// Selects the row at a position of the last frame, in a list of `len` rows.
    pub fn hit(&mut self, len: usize, at: Position) -> Option<Hit> {
        let area = self.drawn.area.get();
        let before = self.selected(len)?;
        let row = match &*self.drawn.rows.borrow() {
            Some(rows) if area.contains(at) => rows.get(usize::from(at.y - area.y)).copied().flatten(),
            Some(_) => None,
            None => scroll::row_at(before, len, area, at),
        };
        let row = row.filter(|row| *row < len)?;
        self.selected = row;
        Some(if row == before { Hit::Again } else { Hit::Selected })
    }

    /// Moves the selection in a list of `len` rows, and returns whether the action was a move.
    pub fn on_action(&mut self, action: Action, len: usize) -> bool {
        let moved = self.page.moved(self.selected, action, len);
        self.selected = moved.unwrap_or(self.selected);
        moved.is_some()
    }
}

impl Page {
    /// Records the number of visible rows, during drawing.
    pub fn seen(&self, rows: u16) {
        self.0.set(rows);
    }

    /// Returns the row that an action moves to in a list of `len` rows, or `None` if the action is not a move.
    pub fn moved(&self, from: usize, action: Action, len: usize) -> Option<usize> {
        let last = len.saturating_sub(1);
        let at = from.min(last);
        let page = self.rows();
        let half = page.div_ceil(2);
        Some(match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => at.saturating_add(1).min(last),
            Action::PageUp => at.saturating_sub(page),
            Action::PageDown => at.saturating_add(page).min(last),
            Action::HalfPageUp => at.saturating_sub(half),
            Action::HalfPageDown => at.saturating_add(half).min(last),
            Action::First => 0,
            Action::Last => last,
            _ => return None,
        })
    }

    /// Returns the rows in a page step: one less than are visible, for orientation.
    fn rows(&self) -> usize {
        let rows = if self.0.get() == 0 { PAGE } else { self.0.get() };
        usize::from(rows).saturating_sub(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_stays_within_a_list_that_shrinks() {
        let mut state = ListState::default();
        state.on_action(Action::Last, 100);
        assert_eq!(state.selected(100), Some(99));
        assert_eq!(state.selected(3), Some(2));
        assert_eq!(state.selected(0), None);
        state.on_action(Action::Up, 3);
        assert_eq!(state.selected(3), Some(1));
        assert!(!state.on_action(Action::Help, 3));
    }

    #[test]
    fn a_click_selects_the_row_that_was_drawn_there() {
        let mut state = ListState::default();
        assert_eq!(state.hit(9, Position::new(3, 3)), None, "nothing was drawn");
        state.drawn(Rect::new(2, 3, 10, 4));
        assert_eq!(state.hit(9, Position::new(3, 5)), Some(Hit::Selected));
        assert_eq!((state.selected(9), state.hit(9, Position::new(3, 5))), (Some(2), Some(Hit::Again)));
        assert_eq!([state.hit(9, Position::new(1, 5)), state.hit(1, Position::new(3, 6))], [None, None]);
        state.drawn_lines(Rect::new(0, 0, 9, 3), vec![None, Some(4), Some(4)]);
        assert_eq!(state.hit(9, Position::new(0, 0)), None, "a title");
        assert_eq!((state.hit(9, Position::new(0, 2)), state.selected(9)), (Some(Hit::Selected), Some(4)));
    }

    #[test]
    fn a_page_is_the_visible_rows_minus_one() {
        let mut state = ListState::default();
        state.seen(12);
        state.on_action(Action::PageDown, 100);
        assert_eq!(state.selected(100), Some(11));
        state.on_action(Action::HalfPageUp, 100);
        assert_eq!(state.selected(100), Some(5));
        state.seen(1);
        state.on_action(Action::PageDown, 100);
        assert_eq!(state.selected(100), Some(6));
    }
}
