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

/// Puts an error and its causes into one sentence: none said twice, and without the system's numbers.
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

/// A text without what Rust appends to the system's errors: ` (os error 2)`.
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
    fn an_error_is_told_with_its_causes_and_without_numbers_of_the_system() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read {0}")]
        struct Outer(&'static str, #[source] std::io::Error);
        let missing = || std::io::Error::from_raw_os_error(2);
        assert_eq!(sentence(&missing()), "No such file or directory");
        assert_eq!(sentence(&Outer("x.h5ad", missing())), "cannot read x.h5ad: No such file or directory");
        assert_eq!(without_number("a (os error x) (os error 5)"), "a (os error x) (os error 5)");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(excerpt(&"x".repeat(100)).chars().count(), SHOWN + 1);
        assert_eq!(excerpt("short"), "short");
    }
}
