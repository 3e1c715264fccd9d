//! Advice about servers in the words of the interface, which name its keys and fields.

use crate::api::{Answered, ErrorKind, Hint};

/// Returns advice as a sentence.
pub fn words(hint: Hint) -> String {
    let words = match hint {
        Hint::Kind(kind) => of_kind(kind),
        Hint::Call(kind) => of_call(kind),
        Hint::Oversized(answered) => return of_size(answered),
        Hint::Common(hint) => return hint.to_string(),
        Hint::Redirected => {
            "If that is the login page of a network (a captive portal), log in there with a browser; if it is the right \
             server, start castui with its address."
        }
        Hint::IncompleteToken => {
            "Copy the whole token, from its first character to its last, and log in with it (t at home)."
        }
        Hint::UnknownToken => {
            "Compare the token with the one you were given: was all of it copied, and is it for this server? Log in with \
             it (t at home)."
        }
        Hint::LocalService => "Is the local service running, and on this port?",
    };
    words.to_owned()
}

/// Returns advice about a refused token on the screen that asks for one.
pub fn at_login(hint: Hint) -> String {
    match hint {
        Hint::Kind(ErrorKind::Authentication) | Hint::Call(ErrorKind::Authentication) | Hint::UnknownToken => {
            "Get a valid token at cellarium.ai and paste it here.".into()
        }
        Hint::IncompleteToken => {
            "Copy the whole token, from its first character to its last, and paste it here.".into()
        }
        Hint::Kind(_)
        | Hint::Call(_)
        | Hint::Oversized(_)
        | Hint::Redirected
        | Hint::LocalService
        | Hint::Common(_) => words(hint),
    }
}

/// Returns advice about an answer that is larger than any valid one. Smaller chunks do not help, as the limit of an answer
/// follows the number of its cells.
fn of_size(answered: Answered) -> String {
    match answered.missed() {
        Some(missed) => format!(
            "That is {missed}: check the address of the server. The command to test the connection is in the palette (:)."
        ),
        None if answered == Answered::ReferenceCells => "Ask for fewer cells or features at once.".into(),
        None => "No valid answer about these cells is that large; ask the operator of the server.".into(),
    }
}

/// Returns advice about a call that sends no chunk.
fn of_call(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::BadRequest => "Check the names and ids that were asked for.",
        ErrorKind::TooLarge => "Ask for less at once; a proxy may limit requests.",
        ErrorKind::RateLimited => "Try again later.",
        ErrorKind::Timeout => "Try again; the command to test the connection is in the palette (:).",
        ErrorKind::Authentication
        | ErrorKind::Quota
        | ErrorKind::Forbidden
        | ErrorKind::NotFound
        | ErrorKind::Server
        | ErrorKind::Network
        | ErrorKind::Tls
        | ErrorKind::Proxy
        | ErrorKind::Portal
        | ErrorKind::Unreadable
        | ErrorKind::NotOffered => of_kind(kind),
    }
}

fn of_kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Authentication => "Get a valid token at cellarium.ai and log in with it (t at home).",
        ErrorKind::Quota => "The account at home shows what is left and when it comes back; R resumes a stopped run.",
        ErrorKind::Forbidden => "The models at home are those that your account may use.",
        ErrorKind::BadRequest => "Check the file and the options of the run.",
        ErrorKind::NotFound => "Check the name; the command to test the connection is in the palette (:).",
        ErrorKind::TooLarge => "Choose fewer cells per chunk.",
        ErrorKind::RateLimited => "Choose fewer parallel requests, or try again later.",
        ErrorKind::Server => "The server is overloaded or failing; try again later.",
        ErrorKind::Network => "The command to test the connection is in the palette (:).",
        ErrorKind::Timeout => "Try again, with fewer cells per chunk if it happens again.",
        ErrorKind::Tls => {
            "If your site inspects TLS traffic, set SSL_CERT_FILE to its certificates; the command to test the connection \
             is in the palette (:)."
        }
        ErrorKind::Proxy => {
            "Check HTTPS_PROXY, ALL_PROXY and NO_PROXY; the command to test the connection is in the palette (:)."
        }
        ErrorKind::Portal => {
            "This looks like the login page of a network (a captive portal) or a proxy: open any web page in a browser, \
             log in, and try again."
        }
        ErrorKind::Unreadable => {
            "Is this a CAS server, and does it support this version of castui? The command to test that is in the \
             palette (:)."
        }
        ErrorKind::NotOffered => "Another server may offer it; newer CAS servers dropped it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CommonHint;

    #[test]
    fn a_refused_token_is_pasted_where_the_user_is() {
        let expired = Hint::Kind(ErrorKind::Authentication);
        assert_eq!(at_login(expired), "Get a valid token at cellarium.ai and paste it here.");
        assert_eq!(words(expired), "Get a valid token at cellarium.ai and log in with it (t at home).");
        assert_eq!(
            at_login(Hint::Common(CommonHint::InactiveAccount)),
            words(Hint::Common(CommonHint::InactiveAccount))
        );
    }

    #[test]
    fn advice_about_chunks_is_given_for_chunks_only() {
        let about_runs =
            |words: &str| ["chunk", "parallel requests", "the file"].iter().any(|word| words.contains(word));
        for kind in [ErrorKind::BadRequest, ErrorKind::TooLarge, ErrorKind::RateLimited, ErrorKind::Timeout] {
            assert!(about_runs(&words(Hint::Kind(kind))), "{kind:?}");
            assert!(!about_runs(&words(Hint::Call(kind))), "{kind:?}: {}", words(Hint::Call(kind)));
        }
        for answered in [
            Answered::Chunk,
            Answered::Models,
            Answered::Genes,
            Answered::Ontology,
            Answered::ReferenceCells,
            Answered::Other,
        ] {
            // The limit of an answer follows the number of cells, so fewer cells do not help.
            let words = words(Hint::Oversized(answered));
            assert!(!about_runs(&words), "{answered:?}: {words}");
        }
        assert!(words(Hint::Oversized(Answered::Models)).contains("no list of models"));
        assert!(words(Hint::Oversized(Answered::Ontology)).contains("not the Cell Ontology"));
    }
}
