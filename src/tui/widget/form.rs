//! A form: named fields with values to choose, switch or type.

mod draw;
mod editing;
mod field;

use ratatui::layout::Position;

use super::{Hit, ListState};
use crate::tui::action::Action;

use editing::Typing;
pub use field::{Field, Value};

/// A form with fields named by `Id`.
#[derive(Clone, Debug)]
pub struct Form<Id> {
    fields: Vec<Field<Id>>,
    hidden: Vec<Id>,
    at: ListState,
    typing: Typing,
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
