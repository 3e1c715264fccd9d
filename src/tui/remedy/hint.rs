//! Advice about servers in the words of the interface, which name its keys and fields.

use crate::api::{ErrorKind, Hint};

/// Returns advice as a sentence.
pub fn words(hint: Hint) -> String {
    let words = match hint {
        Hint::Kind(kind) => of_kind(kind),
        Hint::ProxyName(variable) => return format!("Check the name in {variable}."),
        Hint::ProxyAddress(variable) => return format!("Check the address in {variable}."),
        Hint::Redirected => {
            "If that is the login page of a network (a captive portal), log in there with a browser; if it is the right \
             server, start castui with its address."
        }
        Hint::PlainHttp => "Use https://; plain http is for a server on this machine.",
        Hint::CertificateVariables => "Check the variables SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE.",
        Hint::IncompleteToken => {
            "Copy the whole token, from its first character to its last, and log in with it (t at home)."
        }
        Hint::InactiveAccount => {
            "The account is inactive, and a new token will not help: write to cas-support@cellarium.ai."
        }
        Hint::UnknownToken => {
            "Compare the token with the one you were given: was all of it copied, and is it for this server? Log in with \
             it (t at home)."
        }
        Hint::PossiblyCutToken => {
            "The server fails like this on an incomplete token: compare it with the one you were given. If it is whole, \
             the server is overloaded or failing; try again later."
        }
        Hint::ServerName => {
            "Check the server's name; a machine without direct internet access, such as a compute node, may need \
             HTTPS_PROXY."
        }
        Hint::LocalService => "Is the local service running, and on this port?",
        Hint::Firewall => "A firewall may be in the way: ask your site for its proxy and set HTTPS_PROXY.",
        Hint::Update => "Update castui, as you installed it: pip, conda or `make build`.",
    };
    words.to_owned()
}

/// Returns advice about a refused token on the screen that asks for one.
pub fn at_login(hint: Hint) -> String {
    match hint {
        Hint::Kind(ErrorKind::Authentication) | Hint::UnknownToken => {
            "Get a valid token at cellarium.ai and paste it here.".into()
        }
        Hint::IncompleteToken => {
            "Copy the whole token, from its first character to its last, and paste it here.".into()
        }
        Hint::Kind(_)
        | Hint::Redirected
        | Hint::PlainHttp
        | Hint::CertificateVariables
        | Hint::InactiveAccount
        | Hint::PossiblyCutToken
        | Hint::ProxyName(_)
        | Hint::ProxyAddress(_)
        | Hint::ServerName
        | Hint::LocalService
        | Hint::Firewall
        | Hint::Update => words(hint),
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

    #[test]
    fn a_refused_token_is_pasted_where_the_user_is() {
        let expired = Hint::Kind(ErrorKind::Authentication);
        assert_eq!(at_login(expired), "Get a valid token at cellarium.ai and paste it here.");
        assert_eq!(words(expired), "Get a valid token at cellarium.ai and log in with it (t at home).");
        assert_eq!(at_login(Hint::InactiveAccount), words(Hint::InactiveAccount));
    }
}
