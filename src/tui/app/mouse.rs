//! Handling of the mouse. The target of a gesture follows from the layout of the last frame.

use ratatui::layout::{Position, Rect};

use super::{App, Shown};
use crate::tui::{
    effect::Effect,
    msg::{Gesture, Pointer},
    pane::Reply,
    view,
};

impl App {
    /// Scrolls or selects the item under the pointer. An overlay, or a screen without panes, takes the wheel wherever
    /// the pointer is.
    pub(super) fn on_pointer(&mut self, pointer: Pointer) -> Vec<Effect> {
        let screen = Rect::from((Position::ORIGIN, pointer.screen));
        if view::is_too_small(screen) {
            return Vec::new();
        }
        if pointer.gesture == Gesture::Click {
            self.log.dismiss();
        }
        let (shown, body) = (self.shown(), view::areas(screen).body);
        let (screens, facts) = (&mut self.screens, &self.facts);
        let reply = match (shown, &mut screens.workspace) {
            _ if !self.overlays.is_empty() => Reply::Pass,
            (Shown::Home, _) => screens.home.on_pointer(pointer, body, facts),
            (Shown::Workspace, Some(workspace)) => workspace.on_pointer(pointer, body),
            (Shown::Login | Shown::NewRun | Shown::Finder | Shown::Workspace, _) => Reply::Pass,
        };
        match (reply, pointer.gesture.scrolls()) {
            (Reply::Done(effects), _) => effects,
            (Reply::Pass, Some(scroll)) => self.on_action(scroll),
            (Reply::Pass, None) => Vec::new(),
        }
    }
}
