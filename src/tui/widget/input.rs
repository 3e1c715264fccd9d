//! A text input of one line.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;

use crate::tui::{keymap::Key, text, theme::Theme};
use crossterm::event::{KeyCode, KeyModifiers};

/// The display of the typed text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Echo {
    /// As typed.
    #[default]
    Plain,
    /// As dots.
    Hidden,
}

/// A text input of one line, with a cursor.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TextInput {
    text: String,
    cursor: usize,
    echo: Echo,
}

impl std::fmt::Debug for TextInput {
    /// Omits a hidden text.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.echo {
            Echo::Plain => write!(f, "TextInput({:?} at {})", self.text, self.cursor),
            Echo::Hidden => f.write_str("TextInput(hidden)"),
        }
    }
}

impl TextInput {
    /// Creates an input with a text and the cursor at its end.
    pub fn with(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text, echo: Echo::Plain }
    }

    /// Creates an empty input that shows dots.
    pub fn hidden() -> Self {
        Self { echo: Echo::Hidden, ..Self::default() }
    }

    /// Returns the typed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Clears the text.
    pub fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    /// Inserts text at the cursor, without line ends and control characters.
    pub fn insert(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
    }

    /// Handles a key, and returns whether it had an effect.
    pub fn edit(&mut self, key: Key) -> bool {
        if let Some(c) = key.typed() {
            self.insert(c.encode_utf8(&mut [0; 4]));
            return true;
        }
        match (key.code(), key.modifiers() == KeyModifiers::CONTROL) {
            (KeyCode::Backspace, false) | (KeyCode::Char('h'), true) => self.remove(self.before(), self.cursor),
            (KeyCode::Delete, false) | (KeyCode::Char('d'), true) => self.remove(self.cursor, self.after()),
            (KeyCode::Char('w'), true) | (KeyCode::Backspace, true) => self.remove(self.word_start(), self.cursor),
            (KeyCode::Char('u'), true) => self.remove(0, self.cursor),
            (KeyCode::Left, false) => self.cursor = self.before(),
            (KeyCode::Right, false) => self.cursor = self.after(),
            (KeyCode::Home, false) => self.cursor = 0,
            (KeyCode::End, false) | (KeyCode::Char('e'), true) => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(place, _)| place)
    }

    fn after(&self) -> usize {
        self.text[self.cursor..].graphemes(true).next().map_or(self.cursor, |next| self.cursor + next.len())
    }

    fn word_start(&self) -> usize {
        let before = self.text[..self.cursor].trim_end();
        before.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |place| {
            let end = place + before[place..].chars().next().map_or(0, char::len_utf8);
            if end == before.len() { place } else { end }
        })
    }

    /// Draws the input with its cursor. Cuts a long text at its start, and after the cursor at its end.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let room = usize::from(area.width).saturating_sub(1);
        let (before, after) = match self.echo {
            Echo::Plain => (self.text[..self.cursor].to_owned(), self.text[self.cursor..].to_owned()),
            Echo::Hidden => ("•".repeat(self.text[..self.cursor].chars().count()), String::new()),
        };
        let before = text::fit_end(&before, room).into_owned();
        let column = text::width(&before);
        let after = text::fit(&after, room - column.min(room)).into_owned();
        frame.render_widget(Line::from(vec![Span::styled(before + &after, theme.input)]), area);
        if !area.is_empty() {
            frame.set_cursor_position(Position::new(area.x + column as u16, area.y));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[&str]) -> TextInput {
        let mut input = TextInput::default();
        for key in keys {
            assert!(input.edit(key.parse().unwrap()), "{key}");
        }
        input
    }

    #[test]
    fn editing_works_on_whole_graphemes() {
        let mut input = TextInput::with("naïve 細胞");
        assert!(input.edit("backspace".parse().unwrap()));
        assert_eq!(input.text(), "naïve 細");
        assert!(input.edit("ctrl-w".parse().unwrap()));
        assert_eq!(input.text(), "naïve ");
        assert!(input.edit("ctrl-u".parse().unwrap()) && input.is_empty());
        assert_eq!(typed(&["a", "b", "left", "X", "end", "c", "home", "delete"]).text(), "Xbc");
    }

    #[test]
    fn a_paste_loses_its_control_characters() {
        let mut input = TextInput::default();
        input.insert("tok\x1b[31men\n");
        assert_eq!(input.text(), "tok[31men");
    }

    #[test]
    fn a_hidden_text_is_not_in_debug_output() {
        let mut input = TextInput::hidden();
        input.insert("secret");
        assert!(!format!("{input:?}").contains("secret"));
    }
}
