//! A menu of texts to copy. In: the texts with their labels. Out: one of them, to the clipboard.

use ratatui::{
    Frame,
    layout::{Constraint, Position, Rect},
    text::Line,
};

use super::{accept, middle};
use crate::tui::{
    action::Action,
    effect::{Effect, Step},
    keymap::Context,
    pane::{Look, Reply},
    text,
    widget::{Column, ListState, Panel, Row, Table},
};

/// A text that can be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyItem {
    /// The label.
    pub label: &'static str,
    /// The text.
    pub text: Copied,
}

/// A text for the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copied {
    /// One line.
    Line(String),
    /// Lines with columns separated by tabs.
    Lines(String),
}

impl Copied {
    fn as_str(&self) -> &str {
        match self {
            Self::Line(text) | Self::Lines(text) => text,
        }
    }
}

impl From<Copied> for Effect {
    fn from(copied: Copied) -> Self {
        match copied {
            Copied::Line(text) => Self::Copy(text),
            Copied::Lines(text) => Self::CopyLines(text),
        }
    }
}

/// The copy menu.
#[derive(Debug)]
pub struct CopyMenu {
    items: Vec<CopyItem>,
    list: ListState,
}

impl CopyItem {
    /// Creates an item with one line.
    pub fn new(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, text: Copied::Line(text.into()) }
    }

    /// Creates an item with lines whose columns are separated by tabs.
    pub fn lines(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, text: Copied::Lines(text.into()) }
    }
}

impl CopyMenu {
    /// Creates a menu of texts.
    pub fn new(items: Vec<CopyItem>) -> Self {
        Self { items, list: ListState::default() }
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        &[Context::Dialog, Context::List, Context::Global]
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        match (action, self.list.selected(self.items.len())) {
            (Action::Accept | Action::Copy, Some(place)) => {
                Reply::Done(vec![Effect::Step(Step::Leave), self.items[place].text.clone().into()])
            }
            (other, _) => Reply::taken(self.list.on_action(other, self.items.len())),
        }
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        self.list.hit(self.items.len(), at).and_then(accept)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let height = self.items.len() as u16 + 2;
        let place = middle(area, area.width.saturating_sub(4).min(76), height);
        let inner = Panel::new("copy").note("enter copies, esc closes").render_over(frame, place, look.theme);
        let label = self.items.iter().map(|item| text::width(item.label)).max().unwrap_or(0) as u16;
        let columns = [Column::left("", Constraint::Length(label)), Column::left("", Constraint::Fill(1))];
        let row = |number: usize| {
            let item = &self.items[number];
            Row::from_iter([
                Line::raw(item.label),
                // Tabs and line ends are shown as spaces.
                Line::styled(
                    text::fit(&item.text.as_str().replace(['\t', '\n'], " "), 200).into_owned(),
                    look.theme.muted,
                ),
            ])
        };
        self.list.drawn(inner);
        let selected = self.list.selected(self.items.len());
        Table { columns: &columns, len: self.items.len(), selected, row: &row }.render_rows(frame, inner, look.style());
    }
}
