//! Responses with an error status. In: status, headers and body. Out: the message as text.

use std::fmt;

use reqwest::{
    StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};
use serde_json::Value;

use super::{Endpoint, RetryAfter, Token, TokenShape};
use crate::{domain::text, wire};

/// The parts of a request that a validator's error path may begin with.
const REQUEST_PARTS: [&str; 5] = ["body", "query", "path", "header", "cookie"];
/// The maximum length of a kept message.
const MAX_DETAIL_LENGTH: usize = 600;

/// The endpoint called, and the token that must not appear in messages.
#[derive(Clone, Copy)]
pub(super) struct RequestContext<'a> {
    pub(super) endpoint: Endpoint,
    pub(super) token: Option<&'a Token>,
}

impl RequestContext<'_> {
    /// Returns whether an incomplete token may be the cause: the endpoint checks the token first, or the token looks
    /// incomplete.
    fn may_have_cut_token(self) -> bool {
        let checks_token = self.endpoint == Endpoint::new(wire::path::VALIDATE_TOKEN);
        checks_token || self.token.is_some_and(|token| token.shape() == TokenShape::Incomplete)
    }

    /// Removes the token from a text.
    pub(super) fn redact(self, text: &str) -> String {
        self.token.map_or_else(|| text.to_owned(), |token| token.redact(text))
    }
}

/// The faults of a token, recognized by the server's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// The token has expired.
    Expired,
    /// The token was deactivated, but its owner's account was not.
    Inactive,
    /// The owner's account was deactivated. A new token does not help.
    InactiveUser,
    /// The server does not know the token. A truncated token looks the same.
    Unknown,
}

/// The error response of a server, or of a proxy in front of it. All texts are sanitized.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The status code.
    pub status: u16,
    /// The message in the body, shortened; empty if the body has no message.
    pub detail: String,
    /// The server's id of the request.
    pub trace_id: Option<String>,
    /// The time at which the server asks to be called again.
    pub retry_after: Option<RetryAfter>,
    /// The fault of the token, if the status is 401.
    pub token_fault: Option<TokenFault>,
    /// True if an incomplete token may be the cause. CAS fails with status 500 when it looks one up.
    pub may_be_cut_token: bool,
}

impl Refusal {
    /// Reads a response. The token is redacted before texts are shortened, so that shortening cannot leave a part of it.
    pub(super) fn new(context: RequestContext<'_>, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let detail = shorten(&context.redact(&detail(body)));
        let is_refused = status == StatusCode::UNAUTHORIZED;
        Self {
            endpoint: context.endpoint,
            status: status.as_u16(),
            may_be_cut_token: status == StatusCode::INTERNAL_SERVER_ERROR && context.may_have_cut_token(),
            token_fault: is_refused.then(|| token_fault(&detail, context.token.map(Token::shape))),
            detail,
            trace_id: header(wire::header::TRACE_ID).map(|id| text::excerpt(&context.redact(id))),
            retry_after: header(RETRY_AFTER.as_str()).and_then(|after| RetryAfter::parse(after, header(DATE.as_str()))),
        }
    }

    /// Returns whether the user's quota is used up: a 429 that mentions the quota, as opposed to a rate limit.
    pub fn is_quota(&self) -> bool {
        self.status == 429 && self.detail.to_lowercase().contains("quota")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        write!(f, "the server answered {}", self.status)?;
        if let Some(reason) = reason {
            write!(f, " {reason}")?;
        }
        write!(f, " to {}", self.endpoint)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        match &self.trace_id {
            Some(id) => write!(f, " (trace id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

/// Recognizes the fault of a token by the message. For a web token "is inactive" means its owner.
fn token_fault(detail: &str, shape: Option<TokenShape>) -> TokenFault {
    let said = detail.to_lowercase();
    if said.contains("user is inactive") || said.contains("is inactive") && shape == Some(TokenShape::Web) {
        TokenFault::InactiveUser
    } else if said.contains("is inactive") {
        TokenFault::Inactive
    } else if said.contains("expired") {
        TokenFault::Expired
    } else {
        TokenFault::Unknown
    }
}

/// Returns the words of a body: the `detail` of JSON, the text of HTML, or plain text.
pub(super) fn detail(body: &[u8]) -> String {
    let said = match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut fields)) => match fields.remove("detail") {
            Some(detail) => of_value(&detail),
            None => Value::Object(fields).to_string(),
        },
        Ok(value) => of_value(&value),
        Err(_) => of_markup(&String::from_utf8_lossy(body)),
    };
    let words: Vec<&str> = said.split_whitespace().collect();
    text::clean(&words.join(" ")).into_owned()
}

/// Returns a text as it is; for a validator's list, returns the place and message of each error.
fn of_value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(of_value).collect::<Vec<_>>().join("; "),
        Value::Object(fields) => match (fields.get("msg"), fields.get("loc")) {
            (Some(Value::String(what)), Some(Value::Array(place))) => {
                // The first element names the part of the request, which means nothing to the user.
                let is_part = |word: &Value| word.as_str().is_some_and(|word| REQUEST_PARTS.contains(&word));
                let named = &place[usize::from(place.len() > 1 && is_part(&place[0]))..];
                let named: Vec<String> = named.iter().map(of_value).collect();
                format!("{}: {what}", named.join("."))
            }
            _ => value.to_string(),
        },
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Returns the text between tags, without scripts and style sheets. Plain text is returned unchanged.
fn of_markup(body: &str) -> String {
    let looks_like_html = body.trim_start().starts_with('<');
    if !looks_like_html {
        return body.to_owned();
    }
    let mut said = String::new();
    let mut rest = body;
    while let Some(start) = rest.find('<') {
        said.push_str(&rest[..start]);
        said.push(' ');
        let tag = &rest[start..];
        let close = ["script", "style"].into_iter().find(|name| begins_with(&tag[1..], name));
        let skipped = close.and_then(|name| find_ignoring_case(tag, &format!("</{name}"))).unwrap_or(0);
        rest = tag[skipped..].find('>').map_or("", |end| &tag[skipped + end + 1..]);
    }
    said.push_str(rest);
    said
}

fn begins_with(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(wanted)
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_DETAIL_LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_of_a_json_body_is_extracted() {
        assert_eq!(detail(br#"{"detail": "no \u001b[31m such model"}"#), "no \u{FFFD}[31m such model");
        let list = br#"{"detail": [{"type": "missing", "loc": ["body", "model_name"], "msg": "Field required",
            "input": null}, {"type": "x", "loc": ["body", "cas_cell_ids", 3], "msg": "not an integer", "input": "a"},
            {"loc": ["body"], "msg": "no JSON"}]}"#;
        assert_eq!(detail(list), "model_name: Field required; cas_cell_ids.3: not an integer; body: no JSON");
        assert_eq!(detail(br#"{"error": 1}"#), r#"{"error":1}"#);
        assert_eq!(detail(b""), "");
    }

    #[test]
    fn tags_and_scripts_are_removed_from_html() {
        let page = b"<html><head><STYLE>p {color: red}</STYLE><title>502</title></head>\n<body><p>Bad   gateway</body>";
        assert_eq!(detail(page), "502 Bad gateway");
        assert_eq!(detail(b"upstream < 3 of them"), "upstream < 3 of them");
        assert_eq!(detail("<p>caf\u{e9} <".as_bytes()), "café");
    }

    #[test]
    fn faults_of_tokens_are_recognized_by_the_message() {
        let of_opaque = |detail| token_fault(detail, Some(TokenShape::Opaque));
        assert_eq!(of_opaque("Token is expired"), TokenFault::Expired);
        assert_eq!(of_opaque("Token is inactive"), TokenFault::Inactive);
        assert_eq!(of_opaque("User is inactive"), TokenFault::InactiveUser);
        for detail in ["Token not found", "Invalid Token", "Token type not recognized", ""] {
            assert_eq!(of_opaque(detail), TokenFault::Unknown, "{detail}");
        }
        assert_eq!(token_fault("Token is Expired", Some(TokenShape::Web)), TokenFault::Expired);
        assert_eq!(token_fault("Token is Inactive", Some(TokenShape::Web)), TokenFault::InactiveUser);
    }

    #[test]
    fn long_text_is_shortened() {
        assert_eq!(shorten(&"ä".repeat(5000)).chars().count(), MAX_DETAIL_LENGTH + 1);
    }

    #[test]
    fn a_used_up_quota_differs_from_a_rate_limit() {
        let refusal = |status, body: &[u8]| {
            let status = StatusCode::from_u16(status).unwrap();
            let context = RequestContext { endpoint: Endpoint::new("api/x/quota"), token: None };
            Refusal::new(context, status, &HeaderMap::new(), body)
        };
        assert!(refusal(429, br#"{"detail": "User Quota exceeded. You have 0 cells left"}"#).is_quota());
        assert!(!refusal(429, br#"{"detail": "slow down"}"#).is_quota());
        assert!(!refusal(500, br#"{"detail": "cannot read the quota"}"#).is_quota());
    }
}
