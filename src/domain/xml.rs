//! Escaping of text for XML, SVG and HTML.

/// Escapes a text for an element or a double-quoted attribute of XML 1.0 or HTML. Characters that XML forbids, even
/// escaped, are replaced by U+FFFD. A carriage return is written as a reference, since a parser would turn it into a
/// line feed.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{FFFD}' | '\u{10000}'.. => escaped.push(c),
            _ => escaped.push(char::REPLACEMENT_CHARACTER),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_forbidden_characters_become_text() {
        assert_eq!(escape("<b a=\"1\">&\r\u{1b}\u{FFFE}\n"), "&lt;b a=&quot;1&quot;&gt;&amp;&#13;\u{FFFD}\u{FFFD}\n");
        assert_eq!(escape("naïve T, 5' 細胞"), "naïve T, 5' 細胞");
    }
}
