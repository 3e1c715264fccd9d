//! A list over a pane to choose from, narrowed by typing. In: names. Out: the chosen ones.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use super::Look;
use crate::tui::{
    action::Action,
    keymap::Key,
    text,
    widget::{Hit, ListState, Panel, TextInput, fuzzy, scroll},
};

/// A list to choose from.
#[derive(Debug)]
pub struct Picker {
    title: String,
    choices: Vec<Choice>,
    /// Items that cannot be chosen, whose hints are the reasons. They are shown when their name is typed.
    refused: Vec<Choice>,
    takes: Takes,
    footer: &'static str,
    input: TextInput,
    list: ListState,
}

/// An item of a picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name.
    pub name: String,
    /// A description in a few words.
    pub hint: String,
    /// Set if the item is chosen.
    pub is_chosen: bool,
}

/// The number of items that may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One item: Enter chooses it.
    One,
    /// Any number: Tab chooses, Enter ends.
    Many,
}

/// The result of an action.
#[derive(Debug, PartialEq, Eq)]
pub enum Picked {
    /// The picker remains open.
    Open,
    /// The picker was closed without a choice.
    Closed,
    /// The chosen items, by their index.
    Done(Vec<usize>),
}

impl Picker {
    /// Creates a picker with the cursor on the chosen item.
    pub fn new(title: impl Into<String>, choices: Vec<Choice>, takes: Takes) -> Self {
        let mut list = ListState::default();
        if takes == Takes::One {
            list.select(choices.iter().position(|choice| choice.is_chosen).unwrap_or(0));
        }
        let footer = match takes {
            Takes::One => "enter chooses",
            Takes::Many => "tab shows or hides, enter is done",
        };
        Self { title: title.into(), choices, refused: Vec::new(), takes, footer, input: TextInput::default(), list }
    }

    /// Returns the picker with another line in its lower border, which names its keys.
    pub fn with_footer(self, footer: &'static str) -> Self {
        Self { footer, ..self }
    }

    /// Adds items that cannot be chosen, by name and reason. They are shown when their name is typed.
    pub fn refusing<'a>(mut self, items: impl Iterator<Item = (&'a str, String)>) -> Self {
        self.refused = items.map(|(name, hint)| Choice { name: name.to_owned(), hint, is_chosen: false }).collect();
        self
    }

    /// Returns the items that cannot be chosen and whose name was typed.
    fn found_refused(&self) -> impl Iterator<Item = &Choice> {
        let typed = self.input.text().trim();
        self.refused.iter().filter(move |item| !typed.is_empty() && fuzzy::fit(typed, &item.name).is_some())
    }

    /// Returns the choices that match the typed text, the best first.
    fn found(&self) -> Vec<usize> {
        let fit = |place: usize| Some((place, fuzzy::fit(self.input.text(), &self.choices[place].name)?.score));
        let mut found: Vec<(usize, i32)> = (0..self.choices.len()).filter_map(fit).collect();
        found.sort_by_key(|(_, score)| -score);
        found.into_iter().map(|(place, _)| place).collect()
    }

    /// Returns the typed text.
    pub fn typed(&self) -> &str {
        self.input.text()
    }

    /// Inserts pasted text.
    pub fn on_paste(&mut self, text: &str) {
        self.list.select(0);
        self.input.insert(text);
    }

    fn at_cursor(&self) -> Option<usize> {
        let found = self.found();
        self.list.selected(found.len()).map(|row| found[row])
    }

    /// Handles a key.
    pub fn on_key(&mut self, key: Key) -> bool {
        self.list.select(0);
        self.input.edit(key)
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action) -> Picked {
        match action {
            Action::Back => return Picked::Closed,
            Action::Accept => return self.accept(),
            Action::NextPane if self.takes == Takes::Many => {
                if let Some(place) = self.at_cursor() {
                    self.choices[place].is_chosen ^= true;
                    self.list.on_action(Action::Down, self.found().len());
                }
            }
            other => {
                self.list.on_action(other, self.found().len());
            }
        }
        Picked::Open
    }

    /// Selects the item at a position of the last frame, and returns the action of another click on it.
    pub fn on_click(&mut self, at: Position) -> Option<Action> {
        let found = self.found().len();
        let again = match self.takes {
            Takes::One => Action::Accept,
            Takes::Many => Action::NextPane,
        };
        let hit = self.list.hit(found, at)?;
        (hit == Hit::Again).then_some(again)
    }

    fn accept(&self) -> Picked {
        match self.takes {
            Takes::One => match self.at_cursor() {
                Some(place) => Picked::Done(vec![place]),
                // The reason remains in sight.
                None if self.found_refused().next().is_some() => Picked::Open,
                None => Picked::Closed,
            },
            Takes::Many => {
                let chosen = |place: &usize| self.choices[*place].is_chosen;
                Picked::Done((0..self.choices.len()).filter(chosen).collect())
            }
        }
    }

    /// Draws the picker in the middle of a pane.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let height = (self.choices.len().max(2) as u16).saturating_add(3).min(area.height);
        let width = area.width.min(54);
        let place =
            Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
        let panel = Panel::new(Line::raw(self.title.as_str())).footer(Line::raw(self.footer));
        let inner = panel.render_over(frame, place, look.theme);
        let [input, list] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        if input.width > 2 {
            frame.render_widget(Span::styled("› ", look.theme.muted), input);
            self.input.render(frame, Rect { x: input.x + 2, width: input.width - 2, ..input }, look.theme);
        }
        self.render_list(frame, list, look);
    }

    fn render_list(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let found = self.found();
        let selected = self.list.selected(found.len());
        self.list.drawn(area);
        let rows = scroll::window(selected.unwrap_or(0), found.len(), usize::from(area.height));
        let refused = self.found_refused().zip(area.rows().skip(found.len()));
        for (item, line) in refused {
            let [name, hint] = columns(item, usize::from(line.width));
            frame.render_widget(Line::styled(format!("  {name} {hint}"), look.theme.muted), line);
        }
        for (row, line) in rows.zip(area.rows()) {
            let choice = &self.choices[found[row]];
            let mark = match (self.takes, choice.is_chosen) {
                (Takes::Many, true) => "✓ ",
                (Takes::One, true) => "• ",
                (Takes::Many | Takes::One, false) => "  ",
            };
            let [name, hint] = columns(choice, usize::from(line.width));
            let spans = [
                Span::styled(mark, look.theme.accent),
                Span::raw(name),
                Span::raw(" "),
                Span::styled(hint, look.theme.muted),
            ];
            frame.render_widget(Line::from_iter(spans), line);
            if selected == Some(row) {
                frame.buffer_mut().set_style(line, look.theme.selection);
            }
        }
    }
}

/// Returns the name and the hint of an item, fitted to the width of a line after its mark.
fn columns(item: &Choice, width: usize) -> [String; 2] {
    let room = width.saturating_sub(2);
    let hint = text::fit(&item.hint, room / 2).into_owned();
    let name = text::column(&item.name, room.saturating_sub(text::width(&hint) + 1));
    [name, hint]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(takes: Takes) -> Picker {
        let choice = |name: &str, is_chosen| Choice { name: name.into(), hint: String::new(), is_chosen };
        Picker::new("columns", vec![choice("leiden", true), choice("donor", false), choice("tissue", false)], takes)
    }

    #[test]
    fn typing_narrows_and_enter_chooses() {
        let mut picker = picker(Takes::One);
        for key in ["t", "i"] {
            picker.on_key(key.parse().unwrap());
        }
        assert_eq!(picker.on_action(Action::Accept), Picked::Done(vec![2]));
        picker.on_key("x".parse().unwrap());
        assert_eq!(picker.on_action(Action::Accept), Picked::Closed);
    }

    #[test]
    fn an_item_that_cannot_be_chosen_keeps_the_list_open() {
        let mut picker = picker(Takes::One).refusing([("n_counts", "213 different values".to_owned())].into_iter());
        assert_eq!(picker.found_refused().count(), 0, "nothing was typed");
        for key in ["n", "_"] {
            picker.on_key(key.parse().unwrap());
        }
        let found: Vec<&str> = picker.found_refused().map(|item| item.hint.as_str()).collect();
        assert_eq!(found, ["213 different values"]);
        assert_eq!(picker.on_action(Action::Accept), Picked::Open);
        picker.on_key("x".parse().unwrap());
        assert_eq!(picker.on_action(Action::Accept), Picked::Closed);
    }

    #[test]
    fn tab_chooses_one_of_many() {
        let mut picker = picker(Takes::Many);
        picker.on_action(Action::Down);
        picker.on_action(Action::NextPane);
        assert_eq!(picker.on_action(Action::Accept), Picked::Done(vec![0, 1]));
        assert_eq!(picker.on_action(Action::Back), Picked::Closed);
    }
}
