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
            _ if !self.overlays.is_empty() => return self.on_overlay_pointer(pointer),
            (Shown::Home, _) => screens.home.on_pointer(pointer, body, facts),
            (Shown::Workspace, Some(workspace)) => workspace.on_pointer(pointer, body, facts),
            (Shown::Login | Shown::NewRun | Shown::Finder | Shown::Workspace, _) => {
                return self.on_form_pointer(pointer);
            }
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
        let (shown, screens, facts) = (self.shown(), &mut self.screens, &self.facts);
        let (mut effects, action) = match (pointer.gesture.scrolls(), shown) {
            (Some(scroll), _) => (Vec::new(), Some(scroll)),
            (None, Shown::Login) => (Vec::new(), screens.login.on_click(pointer.at)),
            (None, Shown::NewRun) => match &mut screens.new_run {
                Some(wizard) => wizard.on_click(pointer.at, facts),
                None => (Vec::new(), None),
            },
            (None, Shown::Finder) => match &mut screens.finder {
                Some((_, finder)) => finder.on_click(pointer.at, facts),
                None => (Vec::new(), None),
            },
            (None, Shown::Home | Shown::Workspace) => (Vec::new(), None),
        };
        effects.extend(action.into_iter().flat_map(|action| self.on_action(action)));
        effects
    }
}
