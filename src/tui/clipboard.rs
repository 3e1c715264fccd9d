//! Copying through the terminal with OSC 52, which works over SSH. In: a text from anywhere. Out: the bytes to write.
//!
//! A copied text may be pasted into a shell. So the clipboard gets no control characters, and with them no sequence
//! that ends a paste.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::domain::text;

/// A text that is safe to paste. Only [`line()`] and [`lines()`] create one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    text: String,
    /// Number of characters that were replaced.
    replaced: usize,
}

/// Cleans one line of control characters, including line ends and tabs, and of invisible characters.
pub fn line(text: &str) -> Clip {
    Clip::new(text, &text::clean(text))
}

/// Cleans lines of all control characters except line feeds and tabs. The caller has cleaned the text between those.
pub fn lines(text: &str) -> Clip {
    Clip::new(text, &text::clean_lines(text))
}

impl Clip {
    fn new(original: &str, cleaned: &str) -> Self {
        // Cleaning replaces characters one by one.
        let replaced = original.chars().zip(cleaned.chars()).filter(|(before, after)| before != after).count();
        Self { text: cleaned.to_owned(), replaced }
    }
}

impl fmt::Display for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} characters", self.text.chars().count())?;
        match self.replaced {
            0 => Ok(()),
            replaced => write!(f, ", {replaced} of them replaced: they were control characters or invisible"),
        }
    }
}

/// The program between castui and the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nothing, or tmux, which understands OSC 52 itself.
    #[default]
    Transparent,
    /// GNU screen, which passes on sequences that are wrapped in pieces.
    Screen,
}

/// The maximum number of bytes in a string; GNU screen drops longer ones.
const SCREEN_PIECE: usize = 240;
/// The maximum number of encoded bytes, as in xterm, the strictest of the usual terminals.
const MOST: usize = 74_994;

impl Multiplexer {
    /// Detects the multiplexer from the environment. `STY` is set by GNU screen.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("STY").is_some() && variable("TMUX").is_none() { Self::Screen } else { Self::Transparent }
    }
}

/// Returns the bytes that make a terminal copy a text, or `None` if the text is too long for terminals.
pub fn sequence(clip: &Clip, multiplexer: Multiplexer) -> Option<String> {
    let encoded = BASE64_STANDARD.encode(&clip.text);
    if encoded.len() > MOST {
        return None;
    }
    let osc = format!("\x1b]52;c;{encoded}\x07");
    Some(match multiplexer {
        Multiplexer::Transparent => osc,
        Multiplexer::Screen => {
            // The encoded text and its frame are ASCII, so pieces of bytes are pieces of text.
            let pieces = osc.as_bytes().chunks(SCREEN_PIECE).map(String::from_utf8_lossy);
            pieces.map(|piece| format!("\x1bP{piece}\x1b\\")).collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_encoded_for_the_clipboard() {
        assert_eq!(sequence(&line("hi"), Multiplexer::Transparent).unwrap(), "\x1b]52;c;aGk=\x07");
    }

    /// Returns the text that a terminal would put into the clipboard.
    fn decoded(clip: &Clip) -> String {
        let sequence = sequence(clip, Multiplexer::Transparent).unwrap();
        let encoded = sequence.strip_prefix("\x1b]52;c;").unwrap().strip_suffix('\x07').unwrap();
        String::from_utf8(BASE64_STANDARD.decode(encoded).unwrap()).unwrap()
    }

    #[test]
    fn a_hostile_name_cannot_end_a_paste_or_press_enter() {
        let name = "AAAC\x1b[201~\rtouch PWN\r\n\u{9b}201~\u{202e}";
        let copied = line(name);
        assert_eq!(decoded(&copied), "AAAC\u{FFFD}[201~\u{FFFD}touch PWN\u{FFFD}\u{FFFD}\u{FFFD}201~\u{FFFD}");
        assert_eq!(copied.to_string(), "28 characters, 6 of them replaced: they were control characters or invisible");
        assert_eq!(line("AAAC-1").to_string(), "6 characters");
        assert_eq!(decoded(&lines("a\tb\nc\x1b[201~\r")), "a\tb\nc\u{FFFD}[201~\u{FFFD}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_reaches_the_clipboard_with_a_control_character(text in proptest::collection::vec(proptest::char::any(), 0..64)) {
            let text: String = text.into_iter().collect();
            assert!(!decoded(&line(&text)).contains(char::is_control));
            let several = decoded(&lines(&text));
            assert!(several.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')));
        }
    }

    #[test]
    fn screen_gets_short_pieces_and_nothing_is_lost() {
        let sequence = sequence(&line(&"x".repeat(1000)), Multiplexer::Screen).unwrap();
        let pieces: Vec<&str> = sequence.split("\x1b\\").filter(|piece| !piece.is_empty()).collect();
        assert!(pieces.iter().all(|piece| piece.starts_with("\x1bP") && piece.len() <= SCREEN_PIECE + 2));
        assert!(pieces.len() > 4);
    }

    #[test]
    fn a_text_too_long_for_terminals_is_refused() {
        assert!(sequence(&line(&"x".repeat(60_000)), Multiplexer::Transparent).is_none());
    }

    #[test]
    fn tmux_inside_screen_is_tmux() {
        let both = |name: &str| ["STY", "TMUX"].contains(&name).then(String::new);
        assert_eq!(Multiplexer::detect(both), Multiplexer::Transparent);
        assert_eq!(Multiplexer::detect(|name| (name == "STY").then(String::new)), Multiplexer::Screen);
    }
}
