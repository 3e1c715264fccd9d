//! Parsing of typed or pasted ids.

use std::collections::HashSet;

use crate::domain::CasCellId;

/// Returns the ids in a text, each once and in order, and the words that are not ids.
pub(super) fn parse(text: &str) -> (Vec<CasCellId>, Vec<&str>) {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '[' | ']' | '"' | '\''));
    let (mut ids, mut wrong, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for word in words.filter(|word| !word.is_empty()) {
        match word.parse() {
            Ok(id) if seen.insert(id) => ids.push(CasCellId(id)),
            Ok(_) => {}
            Err(_) => wrong.push(word),
        }
    }
    (ids, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_split_at_the_separators_of_lists() {
        let (ids, wrong) = parse("[12, 7; 12]\n\"99\" -3");
        assert_eq!(ids, [12, 7, 99, -3].map(CasCellId));
        assert!(wrong.is_empty());
        assert_eq!(parse("12 AAAC-1 1e9").1, ["AAAC-1", "1e9"]);
        assert_eq!(parse(" , "), (vec![], vec![]));
    }
}
