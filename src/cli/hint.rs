//! Advice about servers in the words of the command line, which name its commands and options.

use crate::api::{ErrorKind, Hint};

/// Returns advice as a sentence.
pub fn words(hint: Hint) -> String {
    let words = match hint {
        Hint::Kind(kind) => of_kind(kind),
        Hint::ProxyName(variable) => return format!("Check the name in {variable}."),
        Hint::ProxyAddress(variable) => return format!("Check the address in {variable}."),
        Hint::Redirected => {
            "If that is the login page of a network (a captive portal), log in there with a browser; if it is the right \
             server, pass its address with --server."
        }
        Hint::PlainHttp => "Use https://; plain http is for a server on this machine.",
        Hint::CertificateVariables => "Check the variables SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE.",
        Hint::IncompleteToken => {
            "Copy the whole token, from its first character to its last, and store it with `castui login`."
        }
        Hint::InactiveAccount => {
            "The account is inactive, and a new token will not help: write to cas-support@cellarium.ai."
        }
        Hint::UnknownToken => {
            "Compare the token with the one you were given: was all of it copied, and is it for this server? Store it by \
             `castui login`, or pass it with --token-file or CAS_API_TOKEN."
        }
        Hint::PossiblyCutToken => {
            "The server fails like this on an incomplete token: compare it with the one you were given. If it is whole, \
             the server is overloaded or failing; try again later."
        }
        Hint::ServerName => {
            "Check the server's name; a machine without direct internet access, such as a compute node, may need \
             HTTPS_PROXY."
        }
        Hint::LocalService => "Is `castui serve` running, and on this port?",
        Hint::Firewall => "A firewall may be in the way: ask your site for its proxy and set HTTPS_PROXY.",
        Hint::Update => "Update castui, as you installed it: pip, conda or `make build`.",
    };
    words.to_owned()
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

    #[test]
    fn faults_of_a_token_have_specific_advice() {
        let inactive = words(Hint::InactiveAccount);
        assert!(inactive.contains("cas-support@cellarium.ai") && inactive.contains("a new token will not help"));
        assert!(words(Hint::Kind(ErrorKind::Authentication)).starts_with("Get a valid token"));
        assert!(words(Hint::UnknownToken).contains("was all of it copied"));
        assert!(words(Hint::PossiblyCutToken).contains("incomplete token"));
        assert!(words(Hint::IncompleteToken).contains("whole token"));
        assert!(!words(Hint::Kind(ErrorKind::Server)).contains("token"));
    }

    #[test]
    fn a_redirect_may_be_a_captive_portal_or_another_server() {
        let redirected = words(Hint::Redirected);
        assert!(redirected.contains("captive portal") && redirected.contains("--server"), "{redirected}");
        assert!(words(Hint::Kind(ErrorKind::Portal)).contains("captive portal"));
    }
}
