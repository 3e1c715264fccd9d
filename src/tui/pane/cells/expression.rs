//! Filter expressions: `is "T cell" and score_1 < 0.5`. In: a text, the names of columns and cell types. Out: a tree
//! of conditions, or an error and its position. Pure; [`super::filter_sort`] applies the conditions.
//!
//! ```text
//! or        := and ("or" and)*
//! and       := not ("and" not)*
//! not       := "not" not | "(" or ")" | condition
//! condition := "is" text | field ("=" | "!=" | "<" | "<=" | ">" | ">=" | "~") text | text
//! text      := quoted | word+
//! ```
//! A text alone is searched in the displayed call only. `~` means "contains". `is` means "has a call of this cell
//! type or one of its descendants in the ontology". [`super::syntax`] explains the same to users.

use super::Field;
use crate::domain::{TermId, text::excerpt};

/// A condition on a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// All conditions hold.
    All(Vec<Expression>),
    /// At least one condition holds.
    Any(Vec<Expression>),
    /// The condition does not hold.
    Not(Box<Expression>),
    /// A comparison of a field with a value.
    Compare(Field, Comparison, String),
    /// The displayed call contains a text.
    Called(String),
    /// The call is a term or a descendant of it.
    Is(TermId),
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `~`
    Contains,
}

impl Comparison {
    /// Returns whether the operator compares only numbers.
    fn is_of_numbers(self) -> bool {
        match self {
            Self::Less | Self::AtMost | Self::Greater | Self::AtLeast => true,
            Self::Equal | Self::Unequal | Self::Contains => false,
        }
    }
}

/// The names that an expression may use.
pub trait Vocabulary {
    /// Returns the field with a name.
    fn field(&self, name: &str) -> Option<Field>;

    /// Returns the term with a label, a synonym or an id.
    ///
    /// # Errors
    ///
    /// Fails if the name is unknown, with the label of a similar term, if any.
    fn term(&self, name: &str) -> Result<TermId, Option<String>>;
}

/// An error in an expression, and its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// The position in characters from 0.
    pub at: usize,
    /// The error.
    pub what: FaultKind,
}

/// An error in an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// No column has this name.
    #[error("there is no column '{0}'; c lists the columns, x adds a gene")]
    UnknownField(String),
    /// No cell type has this name; with a similar name, if any.
    #[error("the ontology has no cell type '{0}'{hint}", hint = .1.as_ref().map_or_else(String::new, |near| format!("; did you mean '{near}'?")))]
    UnknownTerm(String, Option<String>),
    /// A value is missing.
    #[error("a value is missing here")]
    NoValue,
    /// A cell type is missing.
    #[error("a cell type is missing here, like is \"T cell\"")]
    NoTerm,
    /// A condition is missing.
    #[error("a condition is missing here, like score_1 < 0.5")]
    NoCondition,
    /// A bracket is not closed.
    #[error("this bracket is never closed")]
    OpenBracket,
    /// A quote is not closed.
    #[error("this quote is never closed")]
    OpenQuote,
    /// A numeric comparison has a value that is not a number.
    #[error("'{0}' is not a number")]
    NotANumber(String),
    /// Text follows a complete condition without a connective.
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

/// Parses an expression.
///
/// # Errors
///
/// Fails with the error and its position.
pub fn parse(text: &str, vocabulary: &dyn Vocabulary) -> Result<Expression, Fault> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, at: 0, end: text.chars().count(), vocabulary };
    let expression = parser.any()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expression),
        Some((at, _)) => Err(Fault { at: *at, what: FaultKind::NoConnective }),
    }
}

impl Expression {
    /// Returns whether any condition in the expression is about a field.
    pub fn is_about(&self, field: &Field) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.is_about(field)),
            Self::Not(part) => part.is_about(field),
            Self::Compare(compared, ..) => compared == field,
            Self::Called(_) | Self::Is(_) => false,
        }
    }

    /// Returns the texts that are conditions by themselves.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::texts).collect(),
            Self::Not(part) => part.texts(),
            Self::Called(text) => vec![text],
            Self::Compare(..) | Self::Is(_) => Vec::new(),
        }
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
                // A character that starts no word is a word by itself, so that the tokenizer always advances.
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

fn is_keyword(word: &str) -> bool {
    ["and", "or", "not"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    at: usize,
    end: usize,
    vocabulary: &'a dyn Vocabulary,
}

/// A text in an expression: a quoted text, or words.
struct Phrase {
    at: usize,
    text: String,
    /// The position of the last word.
    last: usize,
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
            Some((_, Token::Word(_) | Token::Quoted(_))) => self.condition(),
            Some((_, Token::Close | Token::Compare(_))) | None => Err(self.fault(FaultKind::NoCondition)),
        }
    }

    fn condition(&mut self) -> Result<Expression, Fault> {
        if self.is_word("is") && !matches!(self.tokens.get(self.at + 1), Some((_, Token::Compare(_)))) {
            self.at += 1;
            let phrase = self.phrase().ok_or_else(|| self.fault(FaultKind::NoTerm))?;
            self.ends_before_comparison(&phrase)?;
            let unknown = |near| FaultKind::UnknownTerm(excerpt(&phrase.text), near);
            let term = self.vocabulary.term(&phrase.text);
            return term.map(Expression::Is).map_err(|near| Fault { at: phrase.at, what: unknown(near) });
        }
        let phrase = self.phrase().ok_or_else(|| self.fault(FaultKind::NoCondition))?;
        let Some((_, Token::Compare(comparison))) = self.tokens.get(self.at) else {
            return Ok(Expression::Called(phrase.text));
        };
        let field = self.vocabulary.field(&phrase.text).ok_or_else(|| self.not_a_field(&phrase))?;
        self.at += 1;
        Ok(Expression::Compare(field, *comparison, self.value(*comparison)?))
    }

    fn value(&mut self, comparison: Comparison) -> Result<String, Fault> {
        let value = self.phrase().ok_or_else(|| self.fault(FaultKind::NoValue))?;
        self.ends_before_comparison(&value)?;
        if comparison.is_of_numbers() && value.text.parse::<f64>().is_err() {
            return Err(Fault { at: value.at, what: FaultKind::NotANumber(excerpt(&value.text)) });
        }
        Ok(value.text)
    }

    /// Returns the fault of a comparison with a phrase that is not a field. If the last word is a field, a connective
    /// is missing before it.
    fn not_a_field(&self, phrase: &Phrase) -> Fault {
        let last = phrase.text.rsplit(' ').next().filter(|_| phrase.last > phrase.at);
        match last.and_then(|last| self.vocabulary.field(last)) {
            Some(_) => Fault { at: phrase.last, what: FaultKind::NoConnective },
            None => Fault { at: phrase.at, what: FaultKind::UnknownField(excerpt(&phrase.text)) },
        }
    }

    /// Fails if the last word of a phrase is compared with a value: then a connective is missing before it.
    fn ends_before_comparison(&self, phrase: &Phrase) -> Result<(), Fault> {
        match self.tokens.get(self.at) {
            Some((_, Token::Compare(_))) => Err(Fault { at: phrase.last, what: FaultKind::NoConnective }),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes a quoted text, or the words before the next keyword.
    fn phrase(&mut self) -> Option<Phrase> {
        if let Some((at, Token::Quoted(text))) = self.tokens.get(self.at) {
            self.at += 1;
            return Some(Phrase { at: *at, text: text.clone(), last: *at });
        }
        let words = self.tokens[self.at..].iter().map_while(|(at, token)| match token {
            Token::Word(word) if !is_keyword(word) => Some((*at, word.as_str())),
            Token::Word(_) | Token::Quoted(_) | Token::Compare(_) | Token::Open | Token::Close => None,
        });
        let (places, words): (Vec<usize>, Vec<&str>) = words.unzip();
        self.at += words.len();
        Some(Phrase { at: *places.first()?, text: words.join(" "), last: *places.last()? })
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some((_, Token::Word(next))) if next.eq_ignore_ascii_case(word))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn fault(&self, what: FaultKind) -> Fault {
        Fault { at: self.tokens.get(self.at).map_or(self.end, |(at, _)| *at), what }
    }
}

/// Returns a name or a value as it is written in an expression.
pub fn quoted(value: &str) -> String {
    let is_plain = !value.is_empty() && value.chars().all(is_of_word);
    let is_taken = is_keyword(value) || value.eq_ignore_ascii_case("is");
    match value {
        value if is_plain && !is_taken => value.to_owned(),
        value if !value.contains('"') => format!("\"{value}\""),
        value => format!("`{}`", value.replace('`', "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Vocabulary for Known {
        fn field(&self, name: &str) -> Option<Field> {
            match name {
                "score_1" => Some(Field::Score(0)),
                "call 2" => Some(Field::Call(1)),
                "leiden" | "my column" => Some(Field::Obs(name.to_owned())),
                _ => None,
            }
        }

        fn term(&self, name: &str) -> Result<TermId, Option<String>> {
            match name {
                "T cell" | "CL:0000084" => Ok(TermId::from("CL:0000084")),
                _ => Err((name == "T cells").then(|| "T cell".to_owned())),
            }
        }
    }

    fn read(text: &str) -> Result<Expression, Fault> {
        parse(text, &Known)
    }

    fn compare(name: &str, comparison: Comparison, value: &str) -> Expression {
        Expression::Compare(Known.field(name).unwrap(), comparison, value.to_owned())
    }

    fn called(text: &str) -> Expression {
        Expression::Called(text.to_owned())
    }

    #[test]
    fn conditions_join_with_and_before_or() {
        let low = compare("score_1", Comparison::Less, "0.5");
        let three = compare("leiden", Comparison::Equal, "3");
        assert_eq!(read("score_1<0.5 and leiden = 3"), Ok(Expression::All(vec![low.clone(), three.clone()])));
        let either = Expression::Any(vec![called("T"), Expression::All(vec![low, three.clone()])]);
        assert_eq!(read("T or score_1 < 0.5 AND leiden==3"), Ok(either));
        assert_eq!(read("not (leiden=3)"), Ok(Expression::Not(Box::new(three))));
    }

    #[test]
    fn consecutive_words_are_one_text_or_one_name() {
        assert_eq!(read("natural killer cell"), Ok(called("natural killer cell")));
        assert_eq!(read("call 2 ~ B  cell"), Ok(compare("call 2", Comparison::Contains, "B cell")));
        let both = Expression::All(vec![called("B cell"), compare("my column", Comparison::Equal, "a b")]);
        assert_eq!(read("B cell and my column = a b"), Ok(both));
    }

    #[test]
    fn is_takes_a_cell_type_by_name_or_id() {
        let t_cell = Expression::Is(TermId::from("CL:0000084"));
        for text in ["is \"T cell\"", "is T cell", "IS CL:0000084", "(is 'T cell')"] {
            assert_eq!(read(text), Ok(t_cell.clone()), "{text}");
        }
        let fault = |text| read(text).map_err(|fault| (fault.at, fault.to_string())).unwrap_err();
        assert_eq!(fault("is T cells"), (3, "the ontology has no cell type 'T cells'; did you mean 'T cell'?".into()));
        assert_eq!(fault("is rubbish"), (3, "the ontology has no cell type 'rubbish'".into()));
        assert_eq!(fault("is"), (2, "a cell type is missing here, like is \"T cell\"".into()));
        assert_eq!(fault("leiden=3 or is and").0, 15);
        assert_eq!(read("\"is\""), Ok(called("is")), "quoted, it is a text");
    }

    #[test]
    fn names_and_values_with_spaces_may_be_quoted() {
        let expected = compare("my column", Comparison::Unequal, "T cell (CD8+)");
        assert_eq!(read("`my column` != \"T cell (CD8+)\""), Ok(expected));
        for value in ["CD8+", "T cell", "and", "is", "it's \"so\""] {
            let text = format!("leiden={}", quoted(value));
            assert_eq!(read(&text), Ok(compare("leiden", Comparison::Equal, value)));
        }
    }

    #[test]
    fn errors_name_their_position() {
        let fault = |text| read(text).map_err(|fault| (fault.at, fault.to_string())).unwrap_err();
        assert_eq!(fault("scores_1 < 0.5").0, 0);
        assert!(fault("leiden=3 and lieden=4").1.contains("'lieden'"));
        assert_eq!(fault("leiden=3 and lieden=4").0, 13);
        assert_eq!(fault("score_1 < high"), (10, "'high' is not a number".into()));
        assert_eq!(fault("score_1 <").0, 9);
        assert_eq!(fault("(leiden=3").0, 0);
        assert_eq!(fault("leiden=\"3").0, 7);
        assert_eq!(fault("leiden=3 leiden=4"), (9, "'and' or 'or' is missing here".into()));
        assert_eq!(fault("T cell leiden=4"), (7, "'and' or 'or' is missing here".into()));
        assert_eq!(fault("is T cell leiden=4"), (10, "'and' or 'or' is missing here".into()));
        assert_eq!(fault("\"T\" cell").0, 4);
        assert_eq!(fault("leiden=3 and").0, 12);
        assert_eq!(fault("").0, 0);
    }

    #[test]
    fn an_expression_knows_its_fields_and_texts() {
        let read = read("T cell and not (score_1 < 0.5 or NK) or is T cell").unwrap();
        assert_eq!(read.texts(), ["T cell", "NK"]);
        assert!(read.is_about(&Field::Score(0)) && !read.is_about(&Field::Marked));
    }

    proptest::proptest! {
        #[test]
        fn parsing_any_text_does_not_panic(text in "[a-z=<>!~()\"'` 0-9.≥é]{0,40}") {
            if let Err(fault) = read(&text) {
                proptest::prop_assert!(fault.at <= text.chars().count());
            }
        }
    }
}
