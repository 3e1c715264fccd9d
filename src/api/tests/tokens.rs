//! Tests of tokens: which requests have them, which are refused, and that they are never shown.

use super::*;
use crate::api::CommonHint;

#[tokio::test]
async fn a_bad_token_stops_the_run_and_is_not_shown() {
    let echo = json!({"detail": format!("Token {TOKEN} is not valid")});
    let answer = ResponseTemplate::new(401).set_body_json(echo).insert_header("x-trace-id", "abc123");
    let error = error_of(answer).await;
    assert_eq!((error.kind(), error.status()), (ErrorKind::Authentication, Some(401)));
    assert!(error.stops_run() && !error.is_retryable());
    assert_eq!(error.trace_id(), Some("abc123"));
    assert_eq!(
        error.to_string(),
        "the server answered 401 Unauthorized to list-models: Token …cdef is not valid (trace id abc123)"
    );
}

#[tokio::test]
async fn the_token_is_redacted_from_every_error() {
    let padding = "x".repeat(590);
    for answer in [
        ResponseTemplate::new(500).set_body_string(format!("{padding} {TOKEN} {padding}")),
        ResponseTemplate::new(500).set_body_json(json!({"detail": [{"input": TOKEN}], "other": 1})),
        ResponseTemplate::new(500).insert_header("x-trace-id", &*format!("{}{TOKEN}", &padding[..40])),
        ResponseTemplate::new(302).insert_header("location", &*format!("https://{TOKEN}@a.org/{TOKEN}?{TOKEN}")),
        ResponseTemplate::new(200).set_body_json(TOKEN),
        ResponseTemplate::new(200).set_body_json(json!([TOKEN])),
    ] {
        error_of(answer).await;
    }
}

#[tokio::test]
async fn each_fault_of_a_token_has_specific_advice() {
    let hint = async |status, detail: &str| {
        let (_server, client) = answering(ResponseTemplate::new(status).set_body_json(json!({"detail": detail}))).await;
        client.validate_token().await.unwrap_err().hint()
    };
    let inactive = hint(401, "User is inactive").await;
    assert_eq!(inactive, Hint::Common(CommonHint::InactiveAccount));
    // This is the response of CAS to a web token whose owner is inactive.
    assert_eq!(hint(401, "Token is Inactive").await, inactive);
    assert_eq!(hint(401, "Token is expired").await, Hint::Kind(ErrorKind::Authentication));
    assert_eq!(hint(401, "Token not found").await, Hint::UnknownToken);
    assert_eq!(hint(500, "Error processing request").await, Hint::Common(CommonHint::PossiblyCutToken));
    assert_eq!(error_of(ResponseTemplate::new(500)).await.hint(), Hint::Call(ErrorKind::Server));
}

#[tokio::test]
async fn an_incomplete_token_is_not_sent_to_cas() {
    let cut: Token = "b9f2f3e-1c1d-4e5f-9a8b-7c6d5e4f3a2b.5f0c8a52-9a3e-4f4e-8a36-1f1d3a4b5c6d".parse().unwrap();
    let to = |address: &str| {
        let options = ClientOptions::new(address.parse().unwrap()).with_token(cut.clone());
        Client::new(ClientOptions { backoff: Backoff::ONCE, ..options }).unwrap()
    };
    // Nothing listens at this address, so a network error would show that the token was sent.
    let error = to("https://cas.example.invalid").validate_token().await.unwrap_err();
    assert!(matches!(error, Error::IncompleteToken) && error.stops_run(), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains("incomplete") && error.hint() == Hint::IncompleteToken);
    let error = to("https://cas.example.invalid").application_info().await.unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "public endpoints can still be called: {error:?}");
    // A service on this machine may use any token, and fails as CAS does.
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let error = to(&server.uri()).models().await.unwrap_err();
    assert_eq!(error.hint(), Hint::Common(CommonHint::PossiblyCutToken));
}

#[test]
fn a_token_of_an_unknown_form_gets_a_remark_and_is_sent() {
    let to = |address: &str, token: &str| {
        let options = ClientOptions::new(address.parse().unwrap()).with_token(token.parse().unwrap());
        Client::new(options).unwrap().token_remark()
    };
    assert!(to("https://cas.example.org", "abcdefghijklmnop").is_some_and(|remark| !remark.contains("abcd")));
    assert_eq!(to("https://cas.example.org", TOKEN), None);
    assert_eq!(
        to("http://127.0.0.1:8000", "abcdefghijklmnop"),
        None,
        "a service of this machine has tokens of any form"
    );
}

#[test]
fn a_token_is_never_sent_over_plain_http() {
    let options = ClientOptions::new("http://cas.example.org".parse().unwrap());
    assert!(Client::new(options.clone()).is_ok());
    let error = hides_token(Client::new(options.with_token(TOKEN.parse().unwrap())).unwrap_err());
    assert!(error.to_string().contains("plain http"), "{error}");
    let client = client_of("https://cas.example.org");
    assert!(!format!("{client:?} {:#?}", client.token()).contains("Planted"));
}
