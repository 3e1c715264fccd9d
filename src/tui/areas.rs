//! The parts of the screen. In: its size. Out: areas.

use ratatui::layout::{Constraint, Layout, Rect};

/// The smallest screen that shows more than a message.
pub const SMALLEST: (u16, u16) = (60, 15);

/// Returns whether a screen is too small for anything but a message about it.
pub(super) fn is_too_small(screen: Rect) -> bool {
    screen.width < SMALLEST.0 || screen.height < SMALLEST.1
}

/// The parts of a screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Areas {
    /// The area of the line at the top.
    pub(super) top: Rect,
    /// The area of the screen and its overlays.
    pub(super) body: Rect,
    /// The area of the keys.
    pub(super) footer: Rect,
}

/// Returns the parts of a screen.
pub(super) fn areas(screen: Rect) -> Areas {
    let [top, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(screen);
    Areas { top, body, footer }
}
