//! What lies over a screen: help, palette, dialogs, the log. The topmost takes every key.

pub mod commands;
pub mod confirm;
pub mod help;
pub mod log_view;
pub mod palette;

use ratatui::{Frame, layout::Rect};

use super::{
    action::Action,
    keymap::{Context, Key},
    log::Log,
    pane::{Look, Reply},
};

/// Something over a screen.
#[derive(Debug)]
pub enum Overlay {
    /// The keys.
    Help(help::Help),
    /// Commands to find and run.
    Palette(palette::Palette),
    /// A question.
    Confirm(confirm::Confirm),
    /// What happened so far.
    Log(log_view::LogView),
}

impl Overlay {
    /// The contexts its keys are looked up in.
    pub fn contexts(&self) -> &'static [Context] {
        match self {
            Self::Help(_) | Self::Palette(_) => &[Context::Input],
            Self::Confirm(_) => &[Context::Dialog, Context::List, Context::Global],
            Self::Log(_) => &[Context::Log, Context::List, Context::Global],
        }
    }

    /// Whether keys are text.
    pub fn is_typing(&self) -> bool {
        matches!(self, Self::Help(_) | Self::Palette(_))
    }

    /// Takes a key while typing; whether it meant anything.
    pub fn on_key(&mut self, key: Key) -> bool {
        match self {
            Self::Help(help) => help.on_key(key),
            Self::Palette(palette) => palette.on_key(key),
            Self::Confirm(_) | Self::Log(_) => false,
        }
    }

    /// Does what an action means here.
    pub fn on_action(&mut self, action: Action, log: &Log) -> Reply {
        match self {
            Self::Help(help) => help.on_action(action),
            Self::Palette(palette) => palette.on_action(action),
            Self::Confirm(confirm) => confirm.on_action(action),
            Self::Log(view) => view.on_action(action, log),
        }
    }

    /// Draws it over the screen.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, (look, log): (&Look<'_>, &Log)) {
        match self {
            Self::Help(help) => help.render(frame, area, look),
            Self::Palette(palette) => palette.render(frame, area, look),
            Self::Confirm(confirm) => confirm.render(frame, area, look),
            Self::Log(view) => view.render(frame, area, (look, log)),
        }
    }
}

/// The middle of an area, at most so large.
fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}
