//! A form: named fields with values to choose, switch or type.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
};

use super::{Hit, ListState, TextInput, WidgetStyle, scroll, table::fitted};
use crate::tui::{action::Action, focus::Focus, keymap::Key, text, theme::Theme};

/// A form with fields named by `Id`.
#[derive(Clone, Debug)]
pub struct Form<Id> {
    fields: Vec<Field<Id>>,
    hidden: Vec<Id>,
    at: ListState,
    typing: Typing,
}

/// The mode in which keys are text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Typing {
    /// The selected text field is being edited; with its value before.
    Editing(Value),
    /// Every key is a command.
    No,
    /// Keys are text while a text field is selected.
    Always,
}

/// A field.
#[derive(Clone, Debug)]
pub struct Field<Id> {
    /// The identifier.
    pub id: Id,
    /// The label.
    pub label: &'static str,
    /// The help, in a sentence.
    pub help: &'static str,
    /// The value.
    pub value: Value,
    /// The default value.
    pub default: Value,
}

impl<Id> Field<Id> {
    fn is_changed(&self) -> bool {
        self.value.as_text() != self.default.as_text()
    }
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One of several texts.
    Choice {
        /// The options.
        options: Vec<String>,
        /// The index of the chosen option.
        chosen: usize,
    },
    /// A switch.
    Switch(bool),
    /// A text.
    Text(TextInput),
}

impl Value {
    /// Creates a choice by the text of the chosen option; the first if there is no such option.
    pub fn choice(options: Vec<String>, chosen: &str) -> Self {
        let chosen = options.iter().position(|option| option == chosen).unwrap_or(0);
        Self::Choice { options, chosen }
    }

    /// Creates a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextInput::with(text))
    }

    /// Returns the value as text; a switch is `yes` or `no`.
    pub fn as_text(&self) -> &str {
        match self {
            Self::Choice { options, chosen } => options.get(*chosen).map_or("", String::as_str),
            Self::Switch(true) => "yes",
            Self::Switch(false) => "no",
            Self::Text(input) => input.text(),
        }
    }
}

impl<Id: Copy + PartialEq> Form<Id> {
    /// Creates a form with some fields.
    pub fn new(fields: Vec<Field<Id>>) -> Self {
        Self { fields, hidden: Vec::new(), at: ListState::default(), typing: Typing::No }
    }

    /// Returns the form in the mode in which a selected text field always takes keys.
    pub fn always_typing(self) -> Self {
        Self { typing: Typing::Always, ..self }
    }

    /// Hides fields that do not apply; they keep their values.
    pub fn hide(&mut self, hidden: Vec<Id>) {
        self.hidden = hidden;
    }

    /// Returns the places of the visible fields.
    fn seen(&self) -> Vec<usize> {
        let is_seen = |place: &usize| !self.hidden.contains(&self.fields[*place].id);
        (0..self.fields.len()).filter(is_seen).collect()
    }

    fn place(&self) -> Option<usize> {
        let seen = self.seen();
        self.at.selected(seen.len()).map(|row| seen[row])
    }

    /// Returns the field with focus.
    pub fn current(&self) -> Option<&Field<Id>> {
        self.fields.get(self.place()?)
    }

    fn current_mut(&mut self) -> Option<&mut Field<Id>> {
        let place = self.place()?;
        self.fields.get_mut(place)
    }

    /// Returns the value of a field.
    pub fn value(&self, id: Id) -> Option<&Value> {
        self.fields.iter().find(|field| field.id == id).map(|field| &field.value)
    }

    /// Returns the value of a field as text, or an empty text if there is no such field.
    pub fn text(&self, id: Id) -> &str {
        self.value(id).map_or("", Value::as_text)
    }

    /// Sets the value and the default of a field.
    pub fn propose(&mut self, id: Id, value: Value) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.id == id) {
            (field.value, field.default) = (value.clone(), value);
        }
    }

    /// Returns whether any visible field differs from its default.
    pub fn is_changed(&self) -> bool {
        self.seen().into_iter().any(|place| self.fields[place].is_changed())
    }

    /// Returns whether a switch is on.
    pub fn is_on(&self, id: Id) -> bool {
        matches!(self.value(id), Some(Value::Switch(true)))
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        self.typing != Typing::No && self.current().is_some_and(|field| matches!(field.value, Value::Text(_)))
    }

    /// Handles a key while typing, and returns whether it had an effect.
    pub fn on_key(&mut self, key: Key) -> bool {
        if !self.is_typing() {
            return false;
        }
        match self.current_mut().map(|field| &mut field.value) {
            Some(Value::Text(input)) => input.edit(key),
            Some(Value::Choice { .. } | Value::Switch(_)) | None => false,
        }
    }

    /// Starts to edit the selected field, if it is a text.
    fn edit(&mut self) {
        if let Some(value @ Value::Text(_)) = self.current().map(|field| field.value.clone())
            && self.typing == Typing::No
        {
            self.typing = Typing::Editing(value);
        }
    }

    /// Ends editing and keeps the typed text.
    fn keep_edit(&mut self) {
        if self.typing != Typing::Always {
            self.typing = Typing::No;
        }
    }

    /// Ends editing and restores the value before.
    fn undo_edit(&mut self) {
        if let Typing::Editing(before) = std::mem::replace(&mut self.typing, Typing::No)
            && let Some(field) = self.current_mut()
        {
            field.value = before;
        }
    }

    /// Inserts pasted text into the selected text field, and returns whether there was one.
    pub fn on_paste(&mut self, text: &str) -> bool {
        self.edit();
        match self.current_mut().map(|field| &mut field.value) {
            Some(Value::Text(input)) => input.insert(text),
            Some(Value::Choice { .. } | Value::Switch(_)) | None => return false,
        }
        true
    }

    /// Moves between fields, changes values, starts and ends editing; returns whether the action did one of these.
    pub fn on_action(&mut self, action: Action) -> bool {
        if matches!(self.typing, Typing::Editing(_)) {
            match action {
                Action::Accept => self.keep_edit(),
                Action::Back => self.undo_edit(),
                other => {
                    self.keep_edit();
                    return self.on_action(other);
                }
            }
            return true;
        }
        let len = self.seen().len();
        match action {
            Action::NextPane => self.at.on_action(Action::Down, len),
            Action::PreviousPane => self.at.on_action(Action::Up, len),
            Action::Toggle | Action::Right => self.change(1),
            Action::Left => self.change(-1),
            Action::ResetField => {
                if let Some(field) = self.current_mut() {
                    field.value = field.default.clone();
                }
                true
            }
            other => self.at.on_action(other, len),
        }
    }

    /// Selects the field at a position of the last frame, and returns the action of another click on it.
    pub fn on_click(&mut self, at: Position) -> Option<Action> {
        let len = self.seen().len();
        let hit = self.at.hit(len, at)?;
        if hit == Hit::Selected {
            self.keep_edit();
        }
        (hit == Hit::Again).then_some(Action::Toggle)
    }

    fn change(&mut self, by: isize) -> bool {
        match self.current_mut().map(|field| &mut field.value) {
            Some(Value::Choice { options, chosen }) => {
                let len = options.len().max(1) as isize;
                *chosen = (*chosen as isize + by).rem_euclid(len) as usize;
            }
            Some(Value::Switch(on)) => *on = !*on,
            Some(Value::Text(_)) => self.edit(),
            None => return false,
        }
        true
    }

    /// Draws the form: label, value, and a mark on values that are not the default.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, style: WidgetStyle<'_>) {
        let WidgetStyle { theme, focus } = style;
        let seen = self.seen();
        let selected = self.at.selected(seen.len());
        let labels = self.fields.iter().map(|field| text::width(field.label)).max().unwrap_or(0);
        let labels = labels.min(usize::from(area.width) / 2);
        self.at.drawn(area);
        let rows = scroll::window(selected.unwrap_or(0), seen.len(), usize::from(area.height));
        for (number, line) in rows.zip(area.rows()) {
            let (field, here) = (&self.fields[seen[number]], selected == Some(number));
            let label = text::column(field.label, labels);
            let lead = vec![
                Span::styled(if here { "❯ " } else { "  " }, theme.accent),
                Span::styled(label, if here { theme.title } else { theme.muted }),
                Span::styled(if field.is_changed() { " * " } else { "   " }, theme.warn),
            ];
            let used = (2 + labels + 3) as u16;
            let rest = Rect { x: line.x + used.min(line.width), width: line.width.saturating_sub(used), ..line };
            frame.render_widget(fitted(Line::from(lead), usize::from(line.width)), line);
            if here {
                frame.buffer_mut().set_style(line, theme.cursor(focus));
            }
            match &field.value {
                Value::Text(input) if here && focus == Focus::Here && self.is_typing() => {
                    input.render(frame, rest, theme)
                }
                value => {
                    frame.render_widget(fitted(shown(value, here, theme, rest.width), usize::from(rest.width)), rest)
                }
            }
        }
    }
}

fn shown<'a>(value: &'a Value, here: bool, theme: &Theme, width: u16) -> Line<'a> {
    let arrows = |text: String| {
        let style = if here { theme.key } else { theme.border };
        Line::from(vec![Span::styled("‹ ", style), Span::raw(text), Span::styled(" ›", style)])
    };
    match value {
        Value::Choice { .. } => arrows(text::fit(value.as_text(), usize::MAX).into_owned()),
        Value::Switch(_) => arrows(value.as_text().to_owned()),
        Value::Text(input) if input.is_empty() => Line::styled("none", theme.muted),
        // The end of a long path is more informative than its start.
        Value::Text(input) => Line::raw(text::fit_end(input.text(), usize::from(width))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form<u8> {
        let field = |id, value: Value| Field { id, label: "label", help: "", default: value.clone(), value };
        Form::new(vec![
            field(0, Value::choice(vec!["X".into(), "raw.X".into()], "raw.X")),
            field(1, Value::Switch(false)),
            field(2, Value::text("1000")),
        ])
    }

    #[test]
    fn choices_cycle_and_switches_toggle() {
        let mut form = form();
        assert_eq!(form.text(0), "raw.X");
        form.on_action(Action::Toggle);
        assert_eq!(form.text(0), "X");
        form.on_action(Action::Left);
        assert_eq!(form.text(0), "raw.X");
        form.on_action(Action::Down);
        form.on_action(Action::Toggle);
        assert!(form.is_on(1));
    }

    #[test]
    fn a_text_field_takes_keys_while_it_is_edited_and_gives_its_default_back() {
        let mut form = form();
        form.on_action(Action::Last);
        assert!(!form.is_typing() && !form.on_key("5".parse().unwrap()));
        assert_eq!(form.text(2), "1000", "a key is no text before editing begins");
        form.on_action(Action::Toggle);
        assert!(form.is_typing() && form.on_key("5".parse().unwrap()));
        form.on_action(Action::Accept);
        assert!(!form.is_typing());
        assert_eq!(form.text(2), "10005");
        form.on_action(Action::ResetField);
        assert_eq!(form.text(2), "1000");
    }

    #[test]
    fn back_undoes_an_edit_and_moving_on_keeps_it() {
        let mut form = form();
        form.on_action(Action::Last);
        form.on_action(Action::Toggle);
        form.on_key("5".parse().unwrap());
        form.on_action(Action::Back);
        assert_eq!((form.is_typing(), form.text(2)), (false, "1000"));
        form.on_action(Action::Toggle);
        form.on_key("7".parse().unwrap());
        form.on_action(Action::Up);
        assert_eq!((form.is_typing(), form.text(2)), (false, "10007"));
        form.on_action(Action::Down);
        assert!(!form.is_typing());
    }
}
