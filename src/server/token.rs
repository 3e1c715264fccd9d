//! The token that clients must send. In: a given text or random bytes. Out: the verdict on a client's token, with the
//! faults of CAS.

use std::fmt;

use uuid::Uuid;

/// A secret. `Debug` does not print it.
#[derive(Clone)]
pub struct Token(String);

/// The reasons why a token is refused, in the words of CAS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// The request has no token.
    #[error("No token provided")]
    Missing,
    /// The token has neither two nor three parts.
    #[error("Token type not recognized")]
    Unrecognized,
    /// The first half is unknown.
    #[error("Token not found")]
    NotFound,
    /// The second half is wrong.
    #[error("Invalid Token")]
    Invalid,
    /// The token has expired.
    #[error("Token is expired")]
    Expired,
    /// The token is inactive.
    #[error("Token is inactive")]
    Inactive,
    /// The owner's account is inactive.
    #[error("User is inactive")]
    UserInactive,
    /// The token has two parts, but the first is not a UUID. CAS fails on such a token.
    #[error("Error processing request")]
    Cut,
}

impl Token {
    /// Creates a token from a text. Surrounding white space is removed, because files end with a line break.
    pub fn new(token: &str) -> Self {
        Self(token.trim().to_owned())
    }

    /// Generates a token in the form that CAS issues: two random UUIDs, more than 240 random bits.
    pub fn random() -> Self {
        Self(format!("{}.{}", Uuid::new_v4(), Uuid::new_v4()))
    }

    /// Returns the secret, for the one place that shows it to the user.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns whether a client's token equals this one. The time taken does not depend on the number of matching
    /// characters. The empty token matches nothing.
    pub fn matches(&self, shown: &str) -> bool {
        !self.0.is_empty() && blake3::hash(self.0.as_bytes()) == blake3::hash(shown.as_bytes())
    }

    /// Checks the token that a client sent.
    ///
    /// # Errors
    /// Fails as CAS does for any other token.
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
    fn other_tokens_are_refused_with_the_faults_of_cas() {
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
        // A token of any other form may be chosen, and is accepted.
        assert_eq!(Token::new("my.own").check(Some("my.own")), Ok(()));
    }
}
