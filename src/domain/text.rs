//! Sanitizing of text from files and servers, which may contain escape sequences.

use std::borrow::Cow;

use super::number::grouped;

/// Maximum number of characters of external text in a message.
pub const SHOWN: usize = 60;

/// Returns whether a character may control a terminal or be invisible.
///
/// These are the controls (C0, DEL, C1), the line and paragraph separators, the interlinear annotation marks, and all of
/// Unicode's default-ignorable code points, which include every bidirectional control. The joiners U+200C and U+200D and
/// the variation selectors are among them on purpose: in the names and ids shown here they would only make two different
/// texts look alike. Files are written with the text unchanged.
fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFF9}'..='\u{FFFB}') || is_default_ignorable(c)
}

/// Returns whether a character has Unicode's property `Default_Ignorable_Code_Point`, unassigned ones included.
fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Replaces control characters, line separators, bidirectional controls and invisible characters by U+FFFD, so that the
/// text can neither control a terminal nor look like another text.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hostile) {
        Cow::Owned(text.chars().map(|c| if is_hostile(c) { char::REPLACEMENT_CHARACTER } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Cleans a text of several lines or columns: as [`clean`], but line feeds and tabs stay.
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    let is_hostile = |c: char| !matches!(c, '\n' | '\t') && is_hostile(c);
    if text.chars().any(is_hostile) {
        Cow::Owned(text.chars().map(|c| if is_hostile(c) { char::REPLACEMENT_CHARACTER } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Maximum number of characters of an error, which may quote a file or a server.
const LONGEST_ERROR: usize = 2_000;

/// Cuts the text of an error to 2,000 characters. A cut text ends with an ellipsis.
pub fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_ERROR) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Formats an error and its causes as one sentence, without duplicates and without error numbers of the system. Long
/// texts are shortened.
pub fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = shorten(&without_number(&error.to_string())).into_owned();
    let mut cause = error.source();
    while let Some(next) = cause {
        add_cause(&mut text, &next.to_string(), None);
        cause = next.source();
    }
    clean(&text).into_owned()
}

/// Formats an error and its causes like [`sentence`], with the words of a front end for those that have any. Its words
/// for a cause begin with the text of the cause, or replace it.
pub fn sentence_in_words(
    error: &(dyn std::error::Error + 'static),
    words: impl Fn(&(dyn std::error::Error + 'static)) -> Option<String>,
) -> String {
    let mut text = String::new();
    let mut cause = Some(error);
    while let Some(now) = cause {
        cause = now.source();
        let plain = now.to_string();
        // A wrapper that only repeats its cause adds nothing.
        if cause.is_none_or(|next| next.to_string() != plain) {
            add_cause(&mut text, &plain, words(now));
        }
    }
    clean(&text).into_owned()
}

/// Adds a cause to a sentence, unless the sentence has it already.
fn add_cause(text: &mut String, plain: &str, words: Option<String>) {
    let plain = without_number(plain);
    let plain = shorten(&plain);
    let said = words.as_deref().unwrap_or(&plain);
    if text.is_empty() {
        text.push_str(said);
    } else if text.contains(plain.as_ref()) {
        text.push_str(said.strip_prefix(plain.as_ref()).unwrap_or_default());
    } else {
        text.push_str(": ");
        text.push_str(said);
    }
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

/// Returns a count with thousands separators and its words: the singular for 1, the plural for any other count.
pub fn numbered(count: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", grouped(count as u64), if count == 1 { singular } else { plural })
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
    use regex_syntax::hir::{Class, HirKind};

    use super::*;

    #[test]
    fn escape_sequences_are_replaced() {
        assert_eq!(clean("a\x1b[31mb\n\u{202E}c"), "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}c");
        assert!(matches!(clean("CD8⁺ T, naïve 細胞"), Cow::Borrowed(_)));
    }

    /// Compares with the tables of another library, for all characters.
    #[test]
    fn every_control_and_every_invisible_character_is_replaced_and_no_other() {
        const REPLACED: &str = r"[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]";
        let HirKind::Class(Class::Unicode(class)) = regex_syntax::parse(REPLACED).unwrap().into_kind() else {
            panic!("{REPLACED} is a class");
        };
        let is_replaced = |c: char| class.iter().any(|range| (range.start()..=range.end()).contains(&c));
        for c in '\0'..=char::MAX {
            let text = c.to_string();
            let cleaned = clean(&text);
            let expected = if is_replaced(c) { "\u{FFFD}" } else { text.as_str() };
            assert_eq!(cleaned, expected, "U+{:04X}", u32::from(c));
        }
    }

    proptest::proptest! {
        #[test]
        fn cleaning_keeps_the_number_of_characters_and_is_done_once(text in ".*") {
            let cleaned = clean(&text);
            assert_eq!(cleaned.chars().count(), text.chars().count());
            assert!(matches!(clean(&cleaned), Cow::Borrowed(_)));
            let lines: Vec<Cow<'_, str>> = text.split('\n').map(clean).collect();
            if !text.contains('\t') {
                assert_eq!(clean_lines(&text), lines.join("\n"));
            }
        }
    }

    #[test]
    fn errors_are_formatted_with_causes_and_without_system_error_numbers() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read {0}")]
        struct Outer(&'static str, #[source] std::io::Error);
        let missing = || std::io::Error::from_raw_os_error(2);
        assert_eq!(sentence(&missing()), "No such file or directory");
        assert_eq!(sentence(&Outer("x.h5ad", missing())), "cannot read x.h5ad: No such file or directory");
        let long = std::io::Error::other("x".repeat(5_000_000));
        assert_eq!(sentence(&Outer("x.h5ad", long)).chars().count(), "cannot read x.h5ad: …".chars().count() + 2000);
        assert_eq!(without_number("a (os error x) (os error 5)"), "a (os error x) (os error 5)");
    }

    #[test]
    fn a_front_end_adds_words_to_a_cause_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("it is locked")]
        struct Locked;
        #[derive(Debug, thiserror::Error)]
        #[error("{0}")]
        struct Wrapper(#[source] Locked);
        let words = |cause: &(dyn std::error::Error + 'static)| cause.is::<Locked>().then(|| format!("{cause}; wait"));
        assert_eq!(sentence_in_words(&Locked, words), "it is locked; wait");
        assert_eq!(sentence_in_words(&Wrapper(Locked), words), "it is locked; wait");
    }

    #[test]
    fn long_text_is_shortened() {
        assert_eq!(excerpt(&"x".repeat(100)).chars().count(), SHOWN + 1);
        assert_eq!(excerpt("short"), "short");
    }
}
