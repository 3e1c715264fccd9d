//! Sanitizing of text from files and servers, which may contain escape sequences.

use std::borrow::Cow;

/// Maximum number of characters of external text in a message.
pub const SHOWN: usize = 60;

fn is_hostile(c: char) -> bool {
    let steers_direction = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || steers_direction || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// Replaces control characters, line separators and direction marks, which could control a terminal.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hostile) {
        Cow::Owned(text.chars().map(|c| if is_hostile(c) { '\u{FFFD}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Formats an error and its causes as one sentence, without duplicates and without error numbers of the system.
pub fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = without_number(&error.to_string()).into_owned();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        let said = without_number(&said);
        if !text.contains(said.as_ref()) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = next.source();
    }
    clean(&text).into_owned()
}

/// Removes the error numbers that Rust appends to errors of the system: ` (os error 2)`.
fn without_number(text: &str) -> Cow<'_, str> {
    const NUMBER: &str = " (os error ";
    let Some((before, rest)) = text.split_once(NUMBER) else { return Cow::Borrowed(text) };
    match rest.split_once(')') {
        Some((number, after)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            Cow::Owned(format!("{before}{}", without_number(after)))
        }
        Some(_) | None => Cow::Borrowed(text),
    }
}

/// Sanitizes a text and shortens it to [`SHOWN`] characters for a message.
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
    fn escape_sequences_are_replaced() {
        assert_eq!(clean("a\x1b[31mb\n\u{202E}c"), "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c");
        assert!(matches!(clean("CD8⁺ T, naïve 細胞"), Cow::Borrowed(_)));
    }

    #[test]
    fn errors_are_formatted_with_causes_and_without_system_error_numbers() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read {0}")]
        struct Outer(&'static str, #[source] std::io::Error);
        let missing = || std::io::Error::from_raw_os_error(2);
        assert_eq!(sentence(&missing()), "No such file or directory");
        assert_eq!(sentence(&Outer("x.h5ad", missing())), "cannot read x.h5ad: No such file or directory");
        assert_eq!(without_number("a (os error x) (os error 5)"), "a (os error x) (os error 5)");
    }

    #[test]
    fn long_text_is_shortened() {
        assert_eq!(excerpt(&"x".repeat(100)).chars().count(), SHOWN + 1);
        assert_eq!(excerpt("short"), "short");
    }
}
