//! Keys as users write them: `n`, `G`, `ctrl-p`, `shift-tab`, `g g`.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers. A shifted character is a different character, without a modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// A sequence of keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeySequence(Vec<Key>);

/// A text that is not a key.
#[derive(Debug, thiserror::Error)]
#[error("'{}' is not a key; keys are written 'n', 'G', 'ctrl-p', 'shift-tab', 'f2', or one after another as 'g g'", crate::domain::text::excerpt(.0))]
pub struct UnknownKey(String);

/// The keys with names.
const NAMED: [(&str, KeyCode); 17] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("minus", KeyCode::Char('-')),
    ("backtab", KeyCode::BackTab),
];

impl Key {
    /// Creates a key without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    fn with(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let modifiers = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            KeyCode::BackTab => Self { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT },
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
                Self { code: KeyCode::Char(c.to_ascii_lowercase()), modifiers: modifiers - KeyModifiers::SHIFT }
            }
            KeyCode::Char(_) => Self { code, modifiers: modifiers - KeyModifiers::SHIFT },
            other => Self { code: other, modifiers },
        }
    }

    /// Returns the key without its modifiers.
    pub fn code(self) -> KeyCode {
        self.code
    }

    /// Returns the modifiers.
    pub fn modifiers(self) -> KeyModifiers {
        self.modifiers
    }

    /// Returns the character that the key types, if any.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    /// Returns whether the key reaches a program in tmux and screen, over old terminals and with flow control on.
    fn is_safe(self) -> bool {
        let has = |modifier| self.modifiers.contains(modifier);
        let is_eaten = match self.code {
            KeyCode::Char('s' | 'q' | 'a' | 'b') => has(KeyModifiers::CONTROL),
            KeyCode::F(_) => true,
            _ => false,
        };
        !is_eaten && !has(KeyModifiers::ALT)
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::with(event.code, event.modifiers)
    }
}

impl KeySequence {
    /// Returns the keys.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// Returns whether all keys reach a program in tmux and screen, over old terminals and with flow control on.
    pub fn is_safe(&self) -> bool {
        self.0.iter().all(|key| key.is_safe())
    }
}

impl FromStr for Key {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownKey(text.to_owned());
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        while let Some((name, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty()) {
            modifiers |= match name {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => return Err(unknown()),
            };
            rest = after;
        }
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == rest) {
            return Ok(Self::with(*code, modifiers));
        }
        let number = rest.strip_prefix('f').and_then(|number| number.parse().ok()).filter(|n| (1..=24).contains(n));
        if let Some(number) = number {
            return Ok(Self::with(KeyCode::F(number), modifiers));
        }
        let mut characters = rest.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None) if !c.is_control() => Ok(Self::with(KeyCode::Char(c), modifiers)),
            _ => Err(unknown()),
        }
    }
}

impl FromStr for KeySequence {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let keys = text.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(UnknownKey(text.to_owned())) } else { Ok(Self(keys)) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (_, KeyCode::Char('-')) => f.write_str("-"),
            (_, KeyCode::Up) => f.write_str("↑"),
            (_, KeyCode::Down) => f.write_str("↓"),
            (_, KeyCode::Left) => f.write_str("←"),
            (_, KeyCode::Right) => f.write_str("→"),
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, code) => write!(f, "{code}"),
        }
    }
}

impl fmt::Display for KeySequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.0 {
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: KeyCode, modifiers: KeyModifiers) -> Key {
        KeyEvent::new(code, modifiers).into()
    }

    #[test]
    fn keys_do_not_depend_on_how_the_terminal_reports_shift() {
        assert_eq!(event(KeyCode::Char('G'), KeyModifiers::SHIFT), "G".parse().unwrap());
        assert_eq!(event(KeyCode::BackTab, KeyModifiers::SHIFT), "shift-tab".parse().unwrap());
        assert_eq!(event(KeyCode::Char('P'), KeyModifiers::CONTROL), "ctrl-p".parse().unwrap());
        assert_eq!(event(KeyCode::Char('-'), KeyModifiers::NONE), "-".parse().unwrap());
        assert_eq!(event(KeyCode::F(2), KeyModifiers::NONE), "f2".parse().unwrap());
    }

    #[test]
    fn keys_that_other_programs_take_are_known() {
        for eaten in ["ctrl-s", "ctrl-q", "ctrl-a", "ctrl-b", "alt-x", "f1"] {
            assert!(!eaten.parse::<KeySequence>().unwrap().is_safe(), "{eaten}");
        }
        for safe in ["s", "ctrl-p", "g g", "A"] {
            assert!(safe.parse::<KeySequence>().unwrap().is_safe(), "{safe}");
        }
    }

    #[test]
    fn a_text_that_is_not_a_key_is_refused() {
        for text in ["", "hyper-x", "ctrl-", "f99", "word"] {
            assert!(text.parse::<KeySequence>().is_err(), "{text}");
        }
    }
}
