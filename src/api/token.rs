//! The API token of a user. In: text. Out: a header value. At most the last four characters are ever shown.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::files;

/// An API token. `Display` and `Debug` show at most its last four characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// The origin of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// A file named by the user.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// The login stored with `castui login`.
    Stored(PathBuf),
}

/// The form of a token. Nothing is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenShape {
    /// Two UUIDs joined by a dot, as CAS issues them.
    Opaque,
    /// Three parts joined by dots: a JSON web token.
    Web,
    /// A part of a CAS token. The server rejects it as unknown or fails with status 500.
    Incomplete,
    /// Another form, which CAS does not issue but another server may.
    Unknown,
}

impl TokenShape {
    /// Returns a remark on an unusual form that is sent anyway.
    pub fn remark(self) -> Option<&'static str> {
        match self {
            Self::Unknown => Some(
                "it does not look like a CAS token, which is two UUIDs joined by a dot, or three parts joined by dots",
            ),
            Self::Opaque | Self::Web | Self::Incomplete => None,
        }
    }
}

/// The reasons why a text is not a token. The text is never shown.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The text is empty or white space.
    #[error("the token is empty")]
    Empty,
    /// The text contains white space.
    #[error("the token has white space in the middle: was something else copied with the token?")]
    Whitespace,
    /// The text contains a control character or a character beyond ASCII.
    #[error("the token has a character that tokens cannot have: was something else copied?")]
    Character,
}

/// The reasons why a token file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFileError {
    /// The file could not be read.
    #[error("cannot read the token file {path}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The content is not a token.
    #[error("the token file {path} does not contain exactly one token", path = path.display())]
    NoToken {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: TokenError,
    },
}

/// The maximum size of a token file in bytes.
const MAX_FILE_SIZE: u64 = 64 * 1024;

impl Token {
    /// Returns the secret, for request headers and the stored login only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reads a file or pipe that contains only a token. The file's mode is not checked: it may be a mounted secret.
    pub fn read(path: &Path) -> Result<Self, TokenFileError> {
        let content = files::read_text(path, MAX_FILE_SIZE);
        let content = content.map_err(|source| TokenFileError::Unreadable { path: path.to_owned(), source })?;
        content.parse().map_err(|source| TokenFileError::NoToken { path: path.to_owned(), source })
    }

    /// Classifies the token by its form: whether CAS can have issued it, and whether it is complete.
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

    /// Returns the expiry of a JSON web token, if it has one. Nothing is verified.
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

    /// Replaces the token in a text, for example in an error page that repeats the request.
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
    /// Writes `…` and the last four characters. Short tokens are not shown at all.
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
    fn at_most_the_last_four_characters_of_a_token_are_shown() {
        let long = token(" abcdefghijklmnop\n");
        assert_eq!((long.to_string(), format!("{long:?}")), ("…mnop".into(), "Token(…mnop)".into()));
        assert_eq!(long.expose(), "abcdefghijklmnop");
        assert_eq!(token("abcd").to_string(), "…");
    }

    #[test]
    fn invalid_tokens_are_refused_without_showing_them() {
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
    fn a_truncated_token_is_recognized_by_its_form() {
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
    fn a_token_file_is_trimmed_and_named_in_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "abcdefghijklmnop\n").unwrap();
        assert_eq!(Token::read(&path).unwrap(), token("abcdefghijklmnop"));
        std::fs::write(&path, "secret words").unwrap();
        std::fs::write(&path, "a".repeat(MAX_FILE_SIZE as usize)).unwrap();
        assert_eq!(Token::read(&path).unwrap().expose().len(), MAX_FILE_SIZE as usize);
        std::fs::write(&path, "a".repeat(MAX_FILE_SIZE as usize + 1)).unwrap();
        let long = Token::read(&path).unwrap_err();
        assert!(matches!(&long, TokenFileError::Unreadable { source, .. } if files::is_refused(source)), "{long:?}");
        std::fs::write(&path, "secret words").unwrap();
        let error = Token::read(&path).unwrap_err();
        assert!(error.to_string().contains("token") && !format!("{error:?}").contains("secret"), "{error:?}");
        assert!(matches!(Token::read(&folder.path().join("none")), Err(TokenFileError::Unreadable { .. })));
    }
}
