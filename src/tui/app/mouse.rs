//! Handling of the mouse. The target of a gesture follows from the layout of the last frame.

use ratatui::layout::{Position, Rect};

use super::App;
use crate::tui::{
    areas::{areas, is_too_small},
    effect::Effect,
    msg::{Gesture, Pointer},
    pane::Reply,
    screen::Screen,
};

impl App {
    /// Scrolls or selects the item under the pointer. An overlay, or a screen without panes, takes the wheel wherever
    /// the pointer is.
    pub(super) fn on_pointer(&mut self, pointer: Pointer) -> Vec<Effect> {
        let screen = Rect::from((Position::ORIGIN, pointer.screen));
        if is_too_small(screen) {
            return Vec::new();
        }
        if pointer.gesture == Gesture::Click {
            self.log.dismiss();
        }
        if !self.overlays.is_empty() {
            return self.on_overlay_pointer(pointer);
        }
        let body = areas(screen).body;
        let reply = match self.screens.current_mut() {
            Screen::Home(home) => home.on_pointer(pointer, body, &self.facts),
            Screen::Workspace(workspace) => workspace.on_pointer(pointer, body, &self.facts),
            Screen::Login(_) | Screen::NewRun(_) | Screen::Finder(_) => return self.on_form_pointer(pointer),
        };
        match (reply, pointer.gesture.scrolls()) {
            (Reply::Done(effects), _) => effects,
            (Reply::Pass, Some(scroll)) => self.on_action(scroll),
            (Reply::Pass, None) => Vec::new(),
        }
    }

    /// Scrolls the topmost overlay, or selects its row under the pointer.
    fn on_overlay_pointer(&mut self, pointer: Pointer) -> Vec<Effect> {
        let clicked = match (pointer.gesture.scrolls(), self.overlays.last_mut()) {
            (Some(scroll), _) => Some(scroll),
            (None, overlay) => overlay.and_then(|overlay| overlay.on_click(pointer.at, &self.log)),
        };
        clicked.map_or_else(Vec::new, |action| self.on_action(action))
    }

    /// Scrolls a screen that is a form, or selects its row under the pointer.
    fn on_form_pointer(&mut self, pointer: Pointer) -> Vec<Effect> {
        let (mut effects, action) = match (pointer.gesture.scrolls(), self.screens.current_mut()) {
            (Some(scroll), _) => (Vec::new(), Some(scroll)),
            (None, Screen::Login(login)) => (Vec::new(), login.on_click(pointer.at)),
            (None, Screen::NewRun(new_run)) => new_run.on_click(pointer.at, &self.facts),
            (None, Screen::Finder(finder)) => finder.picker.on_click(pointer.at, &self.facts),
            (None, Screen::Home(_) | Screen::Workspace(_)) => (Vec::new(), None),
        };
        effects.extend(action.into_iter().flat_map(|action| self.on_action(action)));
        effects
    }
}
