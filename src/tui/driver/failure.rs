//! Conversion of errors to failures with a remedy.

use std::error::Error;

use crate::{api, domain::text::sentence, tui::facts::Failure};

/// Returns an error with its causes as one sentence, and a remedy for errors of the server.
pub fn failure(error: &(dyn Error + 'static)) -> Failure {
    let mut fix = hint(error);
    let mut cause = error.source();
    while let Some(error) = cause.filter(|_| fix.is_empty()) {
        fix = hint(error);
        cause = error.source();
    }
    Failure::new(sentence(error), fix)
}

fn hint(error: &(dyn Error + 'static)) -> &'static str {
    error.downcast_ref::<api::Error>().map_or("", api::Error::hint)
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
    fn causes_are_cleaned_and_not_repeated() {
        let error = Outer(std::io::Error::other("disk\x1b[31m full"));
        assert_eq!(failure(&error).what, "cannot read it: disk\u{FFFD}[31m full");
        assert_eq!(failure(&std::io::Error::other("no")).what, "no");
    }
}
