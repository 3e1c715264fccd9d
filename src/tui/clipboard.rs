//! Copying through the terminal, which works over SSH: OSC 52. In: a text. Out: the bytes to write.

use base64::{Engine, prelude::BASE64_STANDARD};

/// What stands between us and the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Multiplexer {
    /// Nothing, or tmux, which understands OSC 52 itself.
    #[default]
    Transparent,
    /// GNU screen, which passes on what is wrapped in pieces.
    Screen,
}

/// GNU screen drops strings longer than this many bytes.
const SCREEN_PIECE: usize = 240;
/// What terminals take at most, in encoded bytes; xterm is the strictest of the usual ones.
const MOST: usize = 74_994;

impl Multiplexer {
    /// By the environment: `STY` is GNU screen's.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("STY").is_some() && variable("TMUX").is_none() { Self::Screen } else { Self::Transparent }
    }
}

/// The bytes that make a terminal copy a text, `None` when it is longer than terminals take.
pub fn sequence(text: &str, multiplexer: Multiplexer) -> Option<String> {
    let encoded = BASE64_STANDARD.encode(text);
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
        assert_eq!(sequence("hi", Multiplexer::Transparent).unwrap(), "\x1b]52;c;aGk=\x07");
    }

    #[test]
    fn screen_gets_short_pieces_and_nothing_is_lost() {
        let sequence = sequence(&"x".repeat(1000), Multiplexer::Screen).unwrap();
        let pieces: Vec<&str> = sequence.split("\x1b\\").filter(|piece| !piece.is_empty()).collect();
        assert!(pieces.iter().all(|piece| piece.starts_with("\x1bP") && piece.len() <= SCREEN_PIECE + 2));
        assert!(pieces.len() > 4);
    }

    #[test]
    fn what_is_too_long_for_terminals_is_refused() {
        assert!(sequence(&"x".repeat(60_000), Multiplexer::Transparent).is_none());
    }

    #[test]
    fn tmux_inside_screen_is_tmux() {
        let both = |name: &str| ["STY", "TMUX"].contains(&name).then(String::new);
        assert_eq!(Multiplexer::detect(both), Multiplexer::Transparent);
        assert_eq!(Multiplexer::detect(|name| (name == "STY").then(String::new)), Multiplexer::Screen);
    }
}
