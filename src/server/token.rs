//! The token a client must show. In: a text, or chance. Out: leave to go on, or why a client's is refused, as CAS says it.

use std::fmt;

use uuid::Uuid;

/// A secret; never printed by `Debug`.
#[derive(Clone)]
pub struct Token(String);

/// Why a token is refused, in the words of CAS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// There is none.
    #[error("No token provided")]
    Missing,
    /// It has neither two parts nor three.
    #[error("Token type not recognized")]
    Unrecognized,
    /// Its first half is not known.
    #[error("Token not found")]
    NotFound,
    /// Its second half is another.
    #[error("Invalid Token")]
    Invalid,
    /// It is past its date.
    #[error("Token is expired")]
    Expired,
    /// It was switched off.
    #[error("Token is inactive")]
    Inactive,
    /// Its owner's account was switched off.
    #[error("User is inactive")]
    UserInactive,
    /// It has two parts, and the first is no UUID: CAS fails when it looks it up.
    #[error("Error processing request")]
    Cut,
}

impl Token {
    /// Takes a token as it is, without the white space around it (files end with a line break).
    pub fn new(token: &str) -> Self {
        Self(token.trim().to_owned())
    }

    /// Makes one up, in the form of those that CAS issues: two random UUIDs, more than 240 bits of chance.
    pub fn random() -> Self {
        Self(format!("{}.{}", Uuid::new_v4(), Uuid::new_v4()))
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

    /// Lets a client pass that shows this token.
    ///
    /// # Errors
    /// What CAS says of any other.
    pub fn check(&self, shown: Option<&str>) -> Result<(), TokenFault> {
        let shown = shown.filter(|shown| !shown.is_empty()).ok_or(TokenFault::Missing)?;
        if self.matches(shown) {
            return Ok(());
        }
        Err(match shown.split('.').collect::<Vec<_>>().as_slice() {
            [locator, _] if Uuid::try_parse(locator).is_err() => TokenFault::Cut,
            [locator, _] if self.0.split_once('.').is_some_and(|(known, _)| known == *locator) => TokenFault::Invalid,
            [_, _] => TokenFault::NotFound,
            [_, _, _] => TokenFault::Invalid,
            _ => TokenFault::Unrecognized,
        })
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
    fn random_tokens_differ_and_look_like_those_of_cas() {
        let (a, b) = (Token::random(), Token::random());
        assert_ne!(a.reveal(), b.reveal());
        assert!(a.reveal().split('.').all(|half| Uuid::try_parse(half).is_ok()) && a.reveal().len() == 73);
    }

    #[test]
    fn other_tokens_are_refused_as_cas_refuses_them() {
        let token = Token::random();
        let (locator, key) = token.reveal().split_once('.').unwrap();
        let refused = |shown: &str| token.check(Some(shown)).unwrap_err();
        assert_eq!(token.check(Some(token.reveal())), Ok(()));
        assert_eq!((token.check(None), refused("")), (Err(TokenFault::Missing), TokenFault::Missing));
        assert_eq!(refused(&token.reveal()[3..]), TokenFault::Cut);
        assert_eq!(refused(&token.reveal()[..60]), TokenFault::Invalid);
        assert_eq!(refused(&format!("{key}.{locator}")), TokenFault::NotFound);
        assert_eq!(refused(locator), TokenFault::Unrecognized);
        assert_eq!(refused("a.b.c.d"), TokenFault::Unrecognized);
        assert_eq!(refused("header.claims.signature"), TokenFault::Invalid);
        // A token of any other form may be chosen, and is taken.
        assert_eq!(Token::new("my.own").check(Some("my.own")), Ok(()));
    }
}
