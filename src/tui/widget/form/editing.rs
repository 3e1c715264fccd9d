//! Editing of a text field: keys are text until the edit is kept or undone.

use super::{Form, field::Value};
use crate::tui::keymap::Key;

/// The mode in which keys are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    /// The selected text field is being edited; with its value before.
    Editing(Value),
    /// Every key is a command.
    No,
    /// Keys are text while a text field is selected.
    Always,
}

impl<Id: Copy + PartialEq> Form<Id> {
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
    pub(super) fn edit(&mut self) {
        if let Some(value @ Value::Text(_)) = self.current().map(|field| field.value.clone())
            && self.typing == Typing::No
        {
            self.typing = Typing::Editing(value);
        }
    }

    /// Ends editing and keeps the typed text.
    pub(super) fn keep_edit(&mut self) {
        if self.typing != Typing::Always {
            self.typing = Typing::No;
        }
    }

    /// Ends editing and restores the value before.
    pub(super) fn undo_edit(&mut self) {
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
}
