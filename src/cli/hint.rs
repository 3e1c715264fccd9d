//! Advice about servers in the words of the command line, which name its commands and options.

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
             server, pass its address with --server."
        }
        Hint::IncompleteToken => {
            "Copy the whole token, from its first character to its last, and store it with `castui login`."
        }
        Hint::UnknownToken => {
            "Compare the token with the one you were given: was all of it copied, and is it for this server? Store it with \
             `castui login`, or pass it with --token-file or CAS_API_TOKEN."
        }
        Hint::LocalService => "Is `castui serve` running, and on this port?",
    };
    words.to_owned()
}

/// Returns advice about an answer that is larger than any valid one. Smaller chunks do not help, as the limit of an answer
/// follows the number of its cells.
fn of_size(answered: Answered) -> String {
    match answered.missed() {
        Some(missed) => {
            format!("That is {missed}: check the address of the server, and with `castui doctor` what answers there.")
        }
        None if answered == Answered::ReferenceCells => "Ask for fewer cells or features at once.".into(),
        None => "No valid answer about these cells is that large; ask the operator of the server.".into(),
    }
}

/// Returns advice about a call that sends no chunk.
fn of_call(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::BadRequest => "Check the names and ids that were asked for.",
        ErrorKind::TooLarge => "Ask for less at once, or check with `castui doctor` whether a proxy limits requests.",
        ErrorKind::RateLimited => "Try again later.",
        ErrorKind::Timeout => "Try again; `castui doctor` tests each step of the way to the server.",
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
        ErrorKind::Authentication => {
            "Get a valid token and store it with `castui login`, or pass it with --token-file or CAS_API_TOKEN."
        }
        ErrorKind::Quota => {
            "`castui quota` shows what is left and when it comes back; a stopped run goes on with `castui resume`."
        }
        ErrorKind::Forbidden => "`castui models` lists what your account may use.",
        ErrorKind::BadRequest => "Check the file with `castui inspect` and the options of the run.",
        ErrorKind::NotFound => "Check the name, and with `castui doctor` whether this is a CAS server.",
        ErrorKind::TooLarge => "Use a smaller --chunk-size.",
        ErrorKind::RateLimited => "Use fewer --max-requests, or try again later.",
        ErrorKind::Server => "The server is overloaded or failing; try again later.",
        ErrorKind::Network => "`castui doctor` tests each step of the way to the server.",
        ErrorKind::Timeout => "Try again, with a smaller --chunk-size if it happens again.",
        ErrorKind::Tls => {
            "If your site inspects TLS traffic, set SSL_CERT_FILE to its certificates; `castui doctor` shows the details."
        }
        ErrorKind::Proxy => "Check HTTPS_PROXY, ALL_PROXY and NO_PROXY; `castui doctor` shows which of them applies.",
        ErrorKind::Portal => {
            "This looks like the login page of a network (a captive portal) or a proxy: open any web page in a browser, \
             log in, and try again; `castui doctor` tests the way to the server."
        }
        ErrorKind::Unreadable => {
            "Check with `castui doctor` whether this is a CAS server and supports this version of castui."
        }
        ErrorKind::NotOffered => "Another server may offer it; newer CAS servers dropped it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CommonHint;

    #[test]
    fn faults_of_a_token_have_specific_advice() {
        let inactive = words(Hint::Common(CommonHint::InactiveAccount));
        assert!(inactive.contains("cas-support@cellarium.ai") && inactive.contains("a new token will not help"));
        assert!(words(Hint::Kind(ErrorKind::Authentication)).starts_with("Get a valid token"));
        assert!(words(Hint::UnknownToken).contains("was all of it copied"));
        assert!(words(Hint::Common(CommonHint::PossiblyCutToken)).contains("incomplete token"));
        assert!(words(Hint::IncompleteToken).contains("whole token"));
        assert!(!words(Hint::Kind(ErrorKind::Server)).contains("token"));
    }

    #[test]
    fn a_redirect_may_be_a_captive_portal_or_another_server() {
        let redirected = words(Hint::Redirected);
        assert!(redirected.contains("captive portal") && redirected.contains("--server"), "{redirected}");
        assert!(words(Hint::Kind(ErrorKind::Portal)).contains("captive portal"));
    }

    #[test]
    fn advice_about_chunks_is_given_for_chunks_only() {
        let about_runs =
            |words: &str| ["chunk", "--max-requests", "castui inspect"].iter().any(|word| words.contains(word));
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
