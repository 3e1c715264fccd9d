//! A selection in a list, moved by actions.

use crate::tui::action::Action;

/// Which row is selected. The number of rows is given with each move, since lists change under their selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    selected: usize,
}

/// Rows that a page has where the height is not known: panes are not told their height, by design.
const PAGE: usize = 20;

impl ListState {
    /// The selected row of a list of so many, if there is any.
    pub fn selected(&self, len: usize) -> Option<usize> {
        len.checked_sub(1).map(|last| self.selected.min(last))
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize) {
        self.selected = row;
    }

    /// Moves the selection in a list of so many rows; whether the action was a move.
    pub fn on_action(&mut self, action: Action, len: usize) -> bool {
        let last = len.saturating_sub(1);
        let at = self.selected.min(last);
        self.selected = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => at.saturating_add(1).min(last),
            Action::PageUp => at.saturating_sub(PAGE),
            Action::PageDown => at.saturating_add(PAGE).min(last),
            Action::HalfPageUp => at.saturating_sub(PAGE / 2),
            Action::HalfPageDown => at.saturating_add(PAGE / 2).min(last),
            Action::First => 0,
            Action::Last => last,
            _ => return false,
        };
        true
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
}
