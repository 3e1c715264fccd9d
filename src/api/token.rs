//! The secret that names a user to a CAS server: text in, a header out. Never shown but for its last four characters.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

/// An API token. `Display` and `Debug` show no more than its last four characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Where a token came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// A file named by the user.
    File(PathBuf),
    /// The environment variable of this name.
    Environment(&'static str),
    /// The login stored by `castui login`.
    Stored(PathBuf),
}

/// What the form of a token says about it. Nothing is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenShape {
    /// Two UUIDs joined by a dot, as CAS issues them.
    Opaque,
    /// Three parts joined by dots: a JSON web token.
    Web,
    /// A part of a CAS token: the server answers it with an error of its own (500) or as unknown.
    Incomplete,
    /// Neither: CAS does not issue such tokens, another server may.
    Unknown,
}

impl TokenShape {
    /// Says what is odd about a shape that is sent all the same.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some(
                "it does not look like a CAS token, which is two UUIDs joined by a dot, or three parts joined by dots",
            ),
            Self::Opaque | Self::Web | Self::Incomplete => None,
        }
    }
}

/// Why a text is not a token. The text is never repeated.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// Nothing but white space.
    #[error("the token is empty")]
    Empty,
    /// White space inside.
    #[error("the token has white space in the middle: is it more than the token that was copied?")]
    Whitespace,
    /// A control character or one beyond ASCII.
    #[error("the token has a character that no token has: is it the token that was copied?")]
    Character,
}

/// Why a token file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// The file could not be read.
    #[error("cannot read the token file {path}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What it holds is no token.
    #[error("the token file {path} does not hold one token and nothing else", path = path.display())]
    NoToken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: TokenError,
    },
}

/// A token file longer than this is not a token.
const LONGEST_FILE: u64 = 64 * 1024;

impl Token {
    /// The token itself, for the header of a request and for the stored login. Nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reads a file that holds a token and nothing else. Its mode is the user's business: it may be a mounted secret.
    pub fn read(path: &Path) -> Result<Self, TokenFileError> {
        use std::io::Read;
        let unreadable = |source| TokenFileError::Unreadable { path: path.to_owned(), source };
        let mut content = String::new();
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(LONGEST_FILE).read_to_string(&mut content).map_err(unreadable)?;
        content.parse().map_err(|source| TokenFileError::NoToken { path: path.to_owned(), source })
    }

    /// Tells by its form whether the token can be one that CAS issued, and whether all of it is there.
    pub fn shape(&self) -> TokenShape {
        let is_uuid = |part: &str| Uuid::try_parse(part).is_ok();
        match self.0.split('.').collect::<Vec<_>>().as_slice() {
            [locator, key] if is_uuid(locator) && is_uuid(key) => TokenShape::Opaque,
            [_, _] => TokenShape::Incomplete,
            [half] if is_uuid(half) => TokenShape::Incomplete,
            [header, claims, signature] => match [header, claims, signature].iter().any(|part| part.is_empty()) {
                true => TokenShape::Incomplete,
                false => TokenShape::Web,
            },
            _ => TokenShape::Unknown,
        }
    }

    /// When the token stops being valid, if it is a JSON web token that says so. Nothing is verified.
    pub fn expires_at(&self) -> Option<Timestamp> {
        #[derive(Deserialize)]
        struct Claims {
            exp: f64,
        }
        let mut parts = self.0.split('.');
        let (Some(_), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return None;
        };
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        let Claims { exp } = serde_json::from_slice(&claims).ok()?;
        Timestamp::from_second(exp as i64).ok()
    }

    /// Replaces the token wherever it stands in a text, such as an error page that repeats the request.
    pub(super) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, &self.to_string())
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let token = text.trim();
        if token.is_empty() {
            Err(TokenError::Empty)
        } else if token.chars().any(char::is_whitespace) {
            Err(TokenError::Whitespace)
        } else if !token.chars().all(|c| c.is_ascii_graphic()) {
            Err(TokenError::Character)
        } else {
            Ok(Self(token.to_owned()))
        }
    }
}

impl fmt::Display for Token {
    /// `…` and the last four characters; of a short token nothing at all, as four would be much of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONG_ENOUGH: usize = 12;
        let shown = if self.0.len() < LONG_ENOUGH { "" } else { &self.0[self.0.len() - 4..] };
        write!(f, "…{shown}")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Stored(path) => write!(f, "the login stored in {}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Token {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_shows_its_last_four_characters_at_most() {
        let long = token(" abcdefghijklmnop\n");
        assert_eq!((long.to_string(), format!("{long:?}")), ("…mnop".into(), "Token(…mnop)".into()));
        assert_eq!(long.expose(), "abcdefghijklmnop");
        assert_eq!(token("abcd").to_string(), "…");
    }

    #[test]
    fn what_is_no_token_is_refused_without_being_repeated() {
        let error = |text: &str| text.parse::<Token>().unwrap_err();
        assert_eq!(error(" \n"), TokenError::Empty);
        assert_eq!(error("one two"), TokenError::Whitespace);
        assert_eq!(error("one\u{1b}two"), TokenError::Character);
        assert_eq!(error("schlüssel"), TokenError::Character);
    }

    #[test]
    fn the_expiry_of_a_web_token_is_read() {
        let with = |claims: &str| token(&format!("e30.{}.sig", BASE64_URL_SAFE_NO_PAD.encode(claims)));
        assert_eq!(with(r#"{"exp":1700000000,"sub":"x"}"#).expires_at(), Timestamp::from_second(1_700_000_000).ok());
        assert_eq!(with(r#"{"exp":1e300}"#).expires_at(), None);
        assert_eq!(with("{}").expires_at(), None);
        assert_eq!(with("nonsense").expires_at(), None);
        assert_eq!(token("a.b").expires_at(), None);
        assert_eq!(token("a.!.c.d").expires_at(), None);
    }

    #[test]
    fn a_token_that_was_cut_off_is_told_by_its_form() {
        let (locator, key) = ("5f0c8a52-9a3e-4f4e-8a36-1f1d3a4b5c6d", "0b9f2f3e-1c1d-4e5f-9a8b-7c6d5e4f3a2b");
        let whole = format!("{locator}.{key}");
        let shape = |text: &str| token(text).shape();
        assert_eq!(shape(&whole), TokenShape::Opaque);
        for cut in [&whole[1..], &whole[..whole.len() - 1], &whole[30..], locator, &whole[..37]] {
            assert_eq!(shape(cut), TokenShape::Incomplete, "{cut}");
        }
        assert_eq!(shape("eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxfQ.c2ln"), TokenShape::Web);
        assert_eq!(shape("eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxfQ"), TokenShape::Incomplete);
        assert_eq!(shape("eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoxfQ."), TokenShape::Incomplete);
        for unknown in ["abcdefghijklmnop", "a.b.c.d"] {
            assert_eq!(shape(unknown), TokenShape::Unknown, "{unknown}");
            assert!(shape(unknown).remark().is_some());
        }
        assert_eq!(shape(&whole).remark(), None);
    }

    #[test]
    fn a_token_file_is_trimmed_and_errors_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "abcdefghijklmnop\n").unwrap();
        assert_eq!(Token::read(&path).unwrap(), token("abcdefghijklmnop"));
        std::fs::write(&path, "secret words").unwrap();
        let error = Token::read(&path).unwrap_err();
        assert!(error.to_string().contains("token") && !format!("{error:?}").contains("secret"), "{error:?}");
        assert!(matches!(Token::read(&folder.path().join("none")), Err(TokenFileError::Unreadable { .. })));
    }
}
