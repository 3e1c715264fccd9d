//! The rows of a legend that is longer than its area. Pure, except for the height of the last drawn legend.

use std::{cell::Cell, ops::Range};

use crate::tui::action::Action;

/// The scrolled part of a legend.
#[derive(Debug, Default)]
pub(super) struct LegendRows {
    first: usize,
    /// The number of entries of the last drawn legend that have a line.
    lines: Cell<usize>,
}

impl LegendRows {
    /// Returns the shown entries of a legend with `count` entries and room for `room` lines. If not all fit, the last line
    /// is for the number of the others.
    pub(super) fn shown(&self, count: usize, room: usize) -> Range<usize> {
        let lines = if count <= room { count } else { room.saturating_sub(1) };
        self.lines.set(lines);
        let first = self.first.min(count - lines);
        first..first + lines
    }

    /// Returns whether some of the entries had no line in the last drawn legend.
    pub(super) fn is_longer(&self, count: usize) -> bool {
        count > self.lines.get()
    }

    /// Scrolls by half of the lines, or by one with the wheel, and returns whether the action did that.
    pub(super) fn on_action(&mut self, action: Action, count: usize) -> bool {
        let (lines, last) = (self.lines.get(), count.saturating_sub(self.lines.get()));
        let (first, half) = (self.first.min(last), (lines / 2).max(1));
        self.first = match action {
            Action::LegendDown => (first + half).min(last),
            Action::LegendUp => first.saturating_sub(half),
            Action::Down => (first + 1).min(last),
            Action::Up => first.saturating_sub(1),
            _ => return false,
        };
        last > 0
    }

    /// Scrolls to an entry.
    pub(super) fn show(&mut self, entry: usize) {
        let lines = self.lines.get().max(1);
        self.first = self.first.clamp((entry + 1).saturating_sub(lines), entry);
    }

    /// Scrolls to the first entry.
    pub(super) fn reset(&mut self) {
        self.first = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_reached_and_no_line_is_wasted() {
        for (count, room) in [(30, 7), (13, 12), (100, 2), (5, 9), (40, 1), (3, 0)] {
            let mut rows = LegendRows::default();
            let mut seen: Vec<bool> = vec![false; count];
            let lines = rows.shown(count, room).len();
            assert_eq!(lines, if count <= room { count } else { room.saturating_sub(1) });
            for _ in 0..=count {
                rows.shown(count, room).for_each(|entry| seen[entry] = true);
                rows.on_action(Action::LegendDown, count);
            }
            assert!(lines == 0 || seen.iter().all(|seen| *seen), "{count} entries, {room} lines: {seen:?}");
            for _ in 0..=count {
                rows.on_action(Action::LegendUp, count);
            }
            assert_eq!(rows.shown(count, room).start, 0);
        }
    }

    #[test]
    fn an_entry_is_scrolled_into_sight() {
        let mut rows = LegendRows::default();
        assert_eq!(rows.shown(30, 7), 0..6);
        for (entry, shown) in [(5, 0..6), (6, 1..7), (29, 24..30), (26, 24..30), (2, 2..8)] {
            rows.show(entry);
            assert_eq!(rows.shown(30, 7), shown, "{entry}");
        }
        assert!(rows.is_longer(30) && !rows.is_longer(6));
    }
}
