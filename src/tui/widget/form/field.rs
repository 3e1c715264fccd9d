//! A field of a form and its value.

use crate::tui::widget::TextInput;

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
    pub(super) fn is_changed(&self) -> bool {
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
