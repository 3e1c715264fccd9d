//! Look-up of reference cells by their CAS ids. In: ids, typed or pasted. Out: the request to the server, and a
//! table of metadata.

mod ids;
mod picker;
mod rows;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use super::{
    Look, Pane, PaneKind, Reply,
    neighbors::status,
    reference_cells::{Asker, References},
    selected_cell::press,
};
use crate::{
    domain::{CasCellId, CellMetadataFeature},
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::SharedQueries,
        selection::Selection,
        text,
        widget::{
            self, ListState, Sideways, TextInput,
            table::{self, fitted},
        },
    },
};
use picker::Picker;

/// Look-up of reference cells.
#[derive(Debug)]
pub struct LookUpPane {
    mode: Mode,
    input: TextInput,
    ids: Vec<CasCellId>,
    references: References,
    features: Picker,
    /// The feature that the table is sorted by; the order of the ids if `None`.
    sorted_by: Option<CellMetadataFeature>,
    list: ListState,
    sideways: Sideways,
}

/// The target of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Keys move in the table.
    Table,
    /// Keys type ids.
    Typing,
    /// Keys choose features.
    Choosing,
}

impl LookUpPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(_: Arc<SharedQueries>) -> Self {
        Self {
            mode: Mode::Table,
            input: TextInput::default(),
            ids: Vec::new(),
            references: References::new(Asker::LookUp),
            features: Picker::default(),
            sorted_by: None,
            list: ListState::default(),
            sideways: Sideways::default(),
        }
    }

    /// Asks for the metadata of the typed ids.
    fn look_up(&mut self) -> Reply {
        let (ids, wrong) = ids::parse(self.input.text());
        if let Some(word) = wrong.first() {
            let word = crate::domain::text::excerpt(word);
            let text = format!("'{word}' is not a CAS id, which is a whole number; nothing was sent.");
            return Effect::hint(text).into();
        }
        self.mode = Mode::Table;
        if ids.is_empty() || ids == self.ids {
            return Reply::Done(self.references.fetch());
        }
        self.ids.clone_from(&ids);
        self.list = ListState::default();
        let mut effects = self.references.turn_to(ids);
        effects.extend(self.references.fetch());
        Reply::Done(effects)
    }

    fn on_typing(&mut self, action: Action) -> Reply {
        match action {
            Action::Accept => self.look_up(),
            Action::Back => {
                self.mode = Mode::Table;
                Reply::done()
            }
            _ => Reply::Pass,
        }
    }

    fn on_choosing(&mut self, action: Action) -> Reply {
        match action {
            Action::Accept | Action::Back | Action::Columns => {
                self.mode = Mode::Table;
                Reply::done()
            }
            other => Reply::taken(self.features.on_action(other)),
        }
    }

    fn on_table(&mut self, action: Action) -> Reply {
        match action {
            Action::Accept | Action::Search => {
                self.mode = Mode::Typing;
                Reply::done()
            }
            Action::Columns => {
                self.mode = Mode::Choosing;
                Reply::done()
            }
            Action::Sort => {
                self.sorted_by = self.features.after(self.sorted_by);
                self.sort();
                Reply::done()
            }
            Action::Fetch => Reply::unless_empty(self.references.fetch()),
            Action::Copy => {
                let copied = self.list.selected(self.ids.len()).map(|row| Effect::Copy(self.ids[row].to_string()));
                Reply::unless_empty(copied)
            }
            Action::Left | Action::Right => Reply::taken(self.sideways.on_action(action)),
            other => Reply::taken(!self.ids.is_empty() && self.list.on_action(other, self.ids.len())),
        }
    }

    fn sort(&mut self) {
        let references = &self.references;
        match self.sorted_by {
            None => self.ids = references.cells().to_vec(),
            // Unknown values come last.
            Some(feature) => self.ids.sort_by_key(|cell| {
                let value = references.value(*cell, feature);
                (value.is_none(), value.map(str::to_owned), *cell)
            }),
        }
    }

    fn render_input(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let label = Line::from(vec![Span::styled("ids › ", look.theme.muted)]);
        let width = (label.width() as u16).min(area.width);
        frame.render_widget(label, area);
        let rest = Rect { x: area.x + width, width: area.width - width, ..area };
        match (self.mode, look.focus) {
            (Mode::Typing, super::Focus::Here) => self.input.render(frame, rest, look.theme),
            (Mode::Typing | Mode::Table | Mode::Choosing, _) => {
                let shown = text::fit(self.input.text(), usize::from(rest.width)).into_owned();
                frame.render_widget(Span::styled(shown, look.theme.muted), rest);
            }
        }
    }

    fn render_empty(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let headline = Span::styled("Look up reference cells by their CAS ids.", look.theme.title);
        let type_ids = press(look, Context::LookUp, Action::Accept);
        let said = match self.mode {
            Mode::Typing => [
                "Type or paste ids, separated by spaces or commas; enter asks the server.".to_owned(),
                "It costs no quota.".to_owned(),
            ],
            Mode::Table | Mode::Choosing => [
                format!("Press {type_ids} to type ids, or paste them here."),
                "A search run shows the ids of a cell's neighbors.".to_owned(),
            ],
        };
        widget::Message::new(headline, &[&said[0], &said[1]]).render(frame, area, look.theme);
    }
}

/// Returns the areas of the typed ids, the table and the line about metadata.
fn parts(area: Rect) -> [Rect; 3] {
    Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area)
}

impl Pane for LookUpPane {
    fn kind(&self) -> PaneKind {
        PaneKind::LookUp
    }

    fn note(&self) -> String {
        match self.ids.len() {
            0 => String::new(),
            1 => "1 cell".to_owned(),
            cells => format!("{} cells", text::count(cells as u64)),
        }
    }

    fn contexts(&self) -> &'static [Context] {
        match self.mode {
            Mode::Typing => &[Context::Input],
            Mode::Table | Mode::Choosing => &[Context::LookUp],
        }
    }

    fn is_typing(&self) -> bool {
        self.mode == Mode::Typing
    }

    fn on_key(&mut self, key: Key) -> bool {
        self.mode == Mode::Typing && self.input.edit(key)
    }

    fn on_paste(&mut self, text: &str) {
        self.mode = Mode::Typing;
        if !self.input.is_empty() {
            self.input.insert(" ");
        }
        // A column of ids becomes one line.
        self.input.insert(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    }

    fn on_action(&mut self, action: Action, _: &mut Selection) -> Reply {
        match self.mode {
            Mode::Typing => self.on_typing(action),
            Mode::Choosing => self.on_choosing(action),
            Mode::Table => self.on_table(action),
        }
    }

    fn on_click(&mut self, at: Position, area: Rect, _: &mut Selection) -> Reply {
        let [_, rows, _] = parts(area);
        match self.mode {
            Mode::Table => {
                self.list.click(self.ids.len(), table::body(rows), at);
            }
            Mode::Choosing => self.features.on_click(at),
            Mode::Typing => {}
        }
        Reply::done()
    }

    fn copies(&self, _: &Selection) -> Vec<CopyItem> {
        let id = self.list.selected(self.ids.len()).map(|row| self.ids[row].to_string());
        id.map(|id| CopyItem::new("reference cell", id)).into_iter().collect()
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        let (more, asked) = self.references.on_answer(answer);
        if more {
            self.sort();
        }
        asked
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        let [input, body, below] = parts(area);
        self.render_input(frame, input, look);
        if self.mode == Mode::Choosing {
            return self.features.render(frame, body, look);
        }
        if self.ids.is_empty() {
            return self.render_empty(frame, body, look);
        }
        rows::render(self, frame, body, look);
        let fetch = press(look, Context::LookUp, Action::Fetch);
        frame.render_widget(fitted(status(&self.references, &fetch, look.theme), usize::from(below.width)), below);
    }
}

#[cfg(test)]
mod tests;
