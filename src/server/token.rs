//! The token a client must show. In: a text, or chance. Out: yes or no to a client's.

use std::fmt;

use rand::{RngExt, distr::Alphanumeric};

/// Characters of a random token: more than 230 bits.
const LENGTH: usize = 40;

/// A secret; never printed by `Debug`.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Takes a token as it is, without the white space around it (files end with a line break).
    pub fn new(token: &str) -> Self {
        Self(token.trim().to_owned())
    }

    /// Makes one up, from the system's source of randomness.
    pub fn random() -> Self {
        Self(rand::rng().sample_iter(Alphanumeric).take(LENGTH).map(char::from).collect())
    }

    /// The secret itself, for the one place that has to tell the user.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a client's token is this one, in a time that does not depend on how much of it is right. The empty
    /// token matches nothing.
    pub fn matches(&self, shown: &str) -> bool {
        !self.0.is_empty() && blake3::hash(self.0.as_bytes()) == blake3::hash(shown.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_matches_itself_only_and_is_not_printed() {
        let token = Token::new("secret-token\n");
        assert!(token.matches("secret-token"));
        assert!(!token.matches("secret-tokem") && !token.matches(""));
        assert!(!Token::new(" ").matches(""));
        assert!(!format!("{token:?}").contains("secret"));
    }

    #[test]
    fn random_tokens_differ_and_need_no_quoting() {
        let (a, b) = (Token::random(), Token::random());
        assert_ne!(a.reveal(), b.reveal());
        assert!(a.reveal().len() == LENGTH && a.reveal().chars().all(|c| c.is_ascii_alphanumeric()));
    }
}
