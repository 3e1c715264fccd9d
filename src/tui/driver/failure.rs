//! Conversion of errors to failures with a remedy.

use std::error::Error;

use crate::{
    api::{self, ErrorKind, Hint},
    domain::text::sentence,
    tui::{
        facts::{Cause, Failure},
        remedy::{hint, of_error},
    },
};

/// Returns an error with its causes as one sentence, and its remedy.
pub fn failure(error: &(dyn Error + 'static)) -> Failure {
    Failure::new(sentence(error), of_error(error).unwrap_or_default()).because_of(cause_of(error))
}

/// Returns whether an error is about the token.
fn cause_of(error: &(dyn Error + 'static)) -> Cause {
    match server_error(error).map(api::Error::kind) {
        Some(ErrorKind::Authentication) => Cause::Token,
        Some(_) | None => Cause::Other,
    }
}

/// Returns an error at the login, whose remedy the user can follow on the same screen.
pub(super) fn login_failure(error: &(dyn Error + 'static)) -> Failure {
    Failure::new(sentence(error), hint_of(error).map(hint::at_login).unwrap_or_default())
}

/// Returns the advice of the server's error among an error and its causes.
fn hint_of(error: &(dyn Error + 'static)) -> Option<Hint> {
    server_error(error).map(api::Error::hint)
}

/// Returns the server's error among an error and its causes.
fn server_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a api::Error> {
    std::iter::successors(Some(error), |error| Error::source(*error))
        .find_map(|error| error.downcast_ref::<api::Error>())
}

/// Returns the failure of a task that panicked, which is a bug in castui.
pub(super) fn broken(error: &tokio::task::JoinError) -> Failure {
    Failure::new(format!("castui hit an internal error: {error}"), "This is a bug in castui; please report it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read it")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_failure_about_the_token_says_so() {
        assert_eq!(failure(&api::Error::IncompleteToken).cause, Cause::Token);
        assert_eq!(failure(&std::io::Error::other("no")).cause, Cause::Other);
    }

    #[test]
    fn causes_are_cleaned_and_not_repeated() {
        let error = Outer(std::io::Error::other("disk\x1b[31m full"));
        assert_eq!(failure(&error).what, "cannot read it: disk\u{FFFD}[31m full");
        assert_eq!(failure(&std::io::Error::other("no")).what, "no");
    }
}
