//! Text from files and servers is hostile until it is cleaned: names may carry escape sequences.

use std::borrow::Cow;

/// How many characters of foreign text a message shows.
pub const SHOWN: usize = 60;

fn is_hostile(c: char) -> bool {
    let steers_direction = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || steers_direction || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// Replaces control characters, line separators and direction marks, so that the text cannot steer a terminal.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hostile) {
        Cow::Owned(text.chars().map(|c| if is_hostile(c) { '\u{FFFD}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Cleans a text and cuts it to [`SHOWN`] characters for use in a message.
pub fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN + 1).collect();
    if shown.chars().count() > SHOWN {
        shown.pop();
        shown.push('…');
    }
    clean(&shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_teeth() {
        assert_eq!(clean("a\x1b[31mb\n\u{202E}c"), "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c");
        assert!(matches!(clean("CD8⁺ T, naïve 細胞"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(excerpt(&"x".repeat(100)).chars().count(), SHOWN + 1);
        assert_eq!(excerpt("short"), "short");
    }
}
