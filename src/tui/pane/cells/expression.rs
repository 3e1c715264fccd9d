//! Filter expressions: `score_1 < 0.5 and leiden = 3`. In: a text and the names of columns. Out: a tree of conditions,
//! or what is wrong and where. Pure; the conditions are applied in [`super::arrange`].
//!
//! ```text
//! or        := and ("or" and)*
//! and       := not ("and" not)*
//! not       := "not" not | "(" or ")" | condition
//! condition := field ("=" | "!=" | "<" | "<=" | ">" | ">=" | "~") value | text
//! ```
//!
//! A text alone is looked for in the cell's name and in its calls. `~` means "contains". Names and values with spaces
//! are put in quotes.

use super::Field;

/// A condition on a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// All of them hold.
    All(Vec<Expression>),
    /// One of them holds.
    Any(Vec<Expression>),
    /// It does not hold.
    Not(Box<Expression>),
    /// A field compares so with a value.
    Compare(Field, Comparison, String),
    /// A text stands in the name or in a call.
    Mentions(String),
}

/// How a field compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Is it.
    Equal,
    /// Is another.
    Unequal,
    /// Is less.
    Less,
    /// Is not greater.
    AtMost,
    /// Is greater.
    Greater,
    /// Is not less.
    AtLeast,
    /// Has it in it.
    Contains,
}

/// What is wrong with an expression, and at which character.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// Counted in characters from 0.
    pub at: usize,
    /// What is wrong.
    pub what: FaultKind,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// A name that no column has.
    #[error("there is no column '{0}'; c shows those there are")]
    UnknownField(String),
    /// Nothing where a value is needed.
    #[error("a value is missing here")]
    NoValue,
    /// Nothing where a condition is needed.
    #[error("a condition is missing here, like score_1 < 0.5")]
    NoCondition,
    /// A bracket stays open.
    #[error("this bracket is never closed")]
    OpenBracket,
    /// A quote stays open.
    #[error("this quote is never closed")]
    OpenQuote,
    /// A comparison of numbers with what is none.
    #[error("'{0}' is no number")]
    NotANumber(String),
    /// Something after the end.
    #[error("'and' or 'or' is missing here")]
    NoConnective,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Compare(Comparison),
    Open,
    Close,
}

/// Reads an expression; `field` knows the columns.
///
/// # Errors
/// When it is none: says where and what.
pub fn parse(text: &str, field: &dyn Fn(&str) -> Option<Field>) -> Result<Expression, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.chars().count(), field };
    let expression = parser.any()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expression),
        Some((at, _)) => Err(Fault { at: *at, what: FaultKind::NoConnective }),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let start = at;
        at += 1;
        let is_next = |wanted| characters.get(start + 1) == Some(&wanted);
        let (token, length) = match c {
            c if c.is_whitespace() => continue,
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '~' => (Token::Compare(Comparison::Contains), 1),
            '=' => (Token::Compare(Comparison::Equal), 1 + usize::from(is_next('='))),
            '!' if is_next('=') => (Token::Compare(Comparison::Unequal), 2),
            '≠' => (Token::Compare(Comparison::Unequal), 1),
            '≤' => (Token::Compare(Comparison::AtMost), 1),
            '≥' => (Token::Compare(Comparison::AtLeast), 1),
            '<' if is_next('=') => (Token::Compare(Comparison::AtMost), 2),
            '>' if is_next('=') => (Token::Compare(Comparison::AtLeast), 2),
            '<' => (Token::Compare(Comparison::Less), 1),
            '>' => (Token::Compare(Comparison::Greater), 1),
            '"' | '\'' | '`' => {
                let inside: String = characters[at..].iter().take_while(|next| **next != c).collect();
                let length = inside.chars().count();
                if at + length >= characters.len() {
                    return Err(Fault { at: start, what: FaultKind::OpenQuote });
                }
                (Token::Quoted(inside), length + 2)
            }
            _ => {
                let word: String = characters[start..].iter().take_while(|c| is_of_word(**c)).collect();
                // What starts no word is one by itself, so that reading always goes on.
                let length = word.chars().count().max(1);
                (Token::Word(if word.is_empty() { c.to_string() } else { word }), length)
            }
        };
        tokens.push((start, token));
        at = start + length;
    }
    Ok(tokens)
}

fn is_of_word(c: char) -> bool {
    !c.is_whitespace() && !"()~=!<>≤≥≠\"'`".contains(c)
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    at: usize,
    end: usize,
    field: &'a dyn Fn(&str) -> Option<Field>,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.all()?];
        while self.takes_word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(&mut self) -> Result<Expression, Fault> {
        let mut parts = vec![self.not()?];
        while self.takes_word("and") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    fn not(&mut self) -> Result<Expression, Fault> {
        if self.takes_word("not") {
            return Ok(Expression::Not(Box::new(self.not()?)));
        }
        match self.tokens.get(self.at) {
            Some((open, Token::Open)) => {
                self.at += 1;
                let inside = self.any()?;
                match self.tokens.get(self.at) {
                    Some((_, Token::Close)) => self.at += 1,
                    Some(_) | None => return Err(Fault { at: *open, what: FaultKind::OpenBracket }),
                }
                Ok(inside)
            }
            Some((at, Token::Word(text) | Token::Quoted(text))) => {
                self.at += 1;
                self.condition(*at, text)
            }
            Some((at, Token::Close | Token::Compare(_))) => Err(Fault { at: *at, what: FaultKind::NoCondition }),
            None => Err(Fault { at: self.end, what: FaultKind::NoCondition }),
        }
    }

    /// What follows a word: a comparison, or nothing of the kind.
    fn condition(&mut self, at: usize, text: &str) -> Result<Expression, Fault> {
        let Some((_, Token::Compare(comparison))) = self.tokens.get(self.at) else {
            return Ok(Expression::Mentions(text.to_owned()));
        };
        let field = (self.field)(text);
        let field = field.ok_or_else(|| Fault { at, what: FaultKind::UnknownField(excerpt(text)) })?;
        self.at += 1;
        let Some((place, Token::Word(value) | Token::Quoted(value))) = self.tokens.get(self.at) else {
            let at = self.tokens.get(self.at).map_or(self.end, |(at, _)| *at);
            return Err(Fault { at, what: FaultKind::NoValue });
        };
        self.at += 1;
        let needs_number = match comparison {
            Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast => true,
            Comparison::Equal | Comparison::Unequal | Comparison::Contains => false,
        };
        if needs_number && value.parse::<f64>().is_err() {
            return Err(Fault { at: *place, what: FaultKind::NotANumber(excerpt(value)) });
        }
        Ok(Expression::Compare(field, *comparison, value.clone()))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some((_, Token::Word(next))) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }
}

fn excerpt(text: &str) -> String {
    crate::domain::text::excerpt(text)
}

/// A value as it stands in an expression.
pub fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty() && value.chars().all(is_of_word);
    let is_taken = ["and", "or", "not"].iter().any(|word| value.eq_ignore_ascii_case(word));
    match value {
        value if is_plain && !is_taken => value.to_owned(),
        value if !value.contains('"') => format!("\"{value}\""),
        value => format!("`{}`", value.replace('`', "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Option<Field> {
        match name {
            "score_1" => Some(Field::Score(0)),
            "leiden" | "my column" => Some(Field::Obs(name.to_owned())),
            _ => None,
        }
    }

    fn read(text: &str) -> Result<Expression, Fault> {
        parse(text, &field)
    }

    fn compare(name: &str, comparison: Comparison, value: &str) -> Expression {
        Expression::Compare(field(name).unwrap(), comparison, value.to_owned())
    }

    #[test]
    fn conditions_join_with_and_before_or() {
        let low = compare("score_1", Comparison::Less, "0.5");
        let three = compare("leiden", Comparison::Equal, "3");
        assert_eq!(read("score_1<0.5 and leiden = 3"), Ok(Expression::All(vec![low.clone(), three.clone()])));
        let either = Expression::Any(vec![Expression::Mentions("T".into()), Expression::All(vec![low, three.clone()])]);
        assert_eq!(read("T or score_1 < 0.5 AND leiden==3"), Ok(either));
        assert_eq!(read("not (leiden=3)"), Ok(Expression::Not(Box::new(three))));
    }

    #[test]
    fn names_and_values_with_spaces_are_quoted() {
        let expected = compare("my column", Comparison::Unequal, "T cell (CD8+)");
        assert_eq!(read("`my column` != \"T cell (CD8+)\""), Ok(expected));
        for value in ["CD8+", "T cell", "and", "it's \"so\""] {
            let text = format!("leiden={}", quoted(value));
            let kept = value.to_owned();
            assert_eq!(read(&text), Ok(Expression::Compare(Field::Obs("leiden".into()), Comparison::Equal, kept)));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let fault = |text| read(text).map_err(|fault| (fault.at, fault.to_string())).unwrap_err();
        assert_eq!(fault("scores_1 < 0.5").0, 0);
        assert!(fault("leiden=3 and lieden=4").1.contains("'lieden'"));
        assert_eq!(fault("leiden=3 and lieden=4").0, 13);
        assert_eq!(fault("score_1 < high"), (10, "'high' is no number".into()));
        assert_eq!(fault("score_1 <").0, 9);
        assert_eq!(fault("(leiden=3").0, 0);
        assert_eq!(fault("leiden=\"3").0, 7);
        assert_eq!(fault("leiden=3 leiden=4").0, 9);
        assert_eq!(fault("leiden=3 and").0, 12);
        assert_eq!(fault("").0, 0);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_stumble(text in "[a-z=<>!~()\"'` 0-9.≥é]{0,40}") {
            if let Err(fault) = read(&text) {
                proptest::prop_assert!(fault.at <= text.chars().count());
            }
        }
    }
}
