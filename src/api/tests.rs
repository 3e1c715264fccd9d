//! Tests of the client against servers that respond incorrectly.

mod connections;
mod tokens;

use std::{
    error::Error as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{any, body_json, header, method, path},
};

use super::{
    diagnostics::{Outcome, Step},
    *,
};
use crate::domain::{CasCellId, CellMetadataFeature, ModelList, ModelName, OntologyAwareOptions, Operation};

const TOKEN: &str = "eyPlanted.Token.0123456789abcdef";

fn client_of(address: &str) -> Client {
    let options = ClientOptions::new(address.parse().unwrap());
    let options = options.with_token(TOKEN.parse().unwrap());
    Client::new(ClientOptions { backoff: Backoff::ONCE, ..options }).unwrap()
}

async fn answering(answer: ResponseTemplate) -> (MockServer, Client) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let client = client_of(&server.uri());
    (server, client)
}

async fn error_of(answer: ResponseTemplate) -> Error {
    let (_server, client) = answering(answer).await;
    hides_token(client.models().await.unwrap_err())
}

/// Returns all texts that an error can show.
fn shown(error: &Error) -> String {
    let mut all = format!("{error} {error:?} {error:#?} {:?}", error.hint());
    let mut source = error.source();
    while let Some(cause) = source {
        all.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    all
}

fn hides_token(error: Error) -> Error {
    assert!(!shown(&error).contains("Planted"), "{}", shown(&error));
    error
}

fn chunk_request<'a>(operation: &'a Operation, model: &'a ModelName) -> ChunkRequest<'a> {
    ChunkRequest { operation, model, action: ActionId::random(), largest_answer: 1 << 20 }
}

async fn send(client: &Client, operation: Operation, image: Bytes) -> Result<Bytes, Error> {
    client.send_chunk(&chunk_request(&operation, &ModelName::from("m")), image, |_| {}).await
}

#[tokio::test]
async fn every_request_has_the_headers_of_token_session_and_client() {
    let (server, client) = answering(ResponseTemplate::new(200).set_body_json(json!([]))).await;
    assert_eq!(client.models().await.unwrap(), ModelList::default());
    let action = ActionId::random();
    let (operation, model) = (Operation::Search, ModelName::from("m"));
    let request = ChunkRequest { operation: &operation, model: &model, action, largest_answer: 1 << 20 };
    client.clone().send_chunk(&request, Bytes::new(), |_| {}).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let value =
        |request: &Request, name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    for request in &requests {
        assert_eq!(value(request, "authorization"), Some(format!("Bearer {TOKEN}")));
        assert_eq!(value(request, "user-agent"), Some(concat!("castui/", env!("CARGO_PKG_VERSION")).into()));
    }
    assert!(value(&requests[0], "x-client-session-id").is_some());
    assert_eq!(value(&requests[0], "x-client-session-id"), value(&requests[1], "x-client-session-id"));
    assert_eq!(value(&requests[0], "x-client-action-id"), None);
    assert_eq!(value(&requests[1], "x-client-action-id"), Some(action.to_string()));
    let link = client.feedback_link(action);
    assert!(link.contains(&action.to_string()) && link.contains(&value(&requests[0], "x-client-session-id").unwrap()));
}

#[tokio::test]
async fn public_endpoints_are_called_without_the_token() {
    let server = MockServer::start().await;
    let info = json!({"application_version": "1.8.5", "default_feature_schema": "s", "new": 1});
    let get = Mock::given(method("GET")).and(path("/cas/api/cellarium-general/application-info"));
    get.respond_with(ResponseTemplate::new(200).set_body_json(info)).mount(&server).await;
    let post = Mock::given(method("POST")).and(path("/cas/api/cellarium-general/validate-client-version"));
    let valid = ResponseTemplate::new(200).set_body_json(json!({"is_valid": true, "min_version": "1.8.0"}));
    post.and(body_json(json!({"client_version": "1.8.0"}))).respond_with(valid).mount(&server).await;
    let client = client_of(&format!("{}/cas/", server.uri()));
    assert_eq!(client.application_info().await.unwrap().application_version, "1.8.5");
    assert!(client.validate_client_version().await.unwrap().is_valid);
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| !request.headers.contains_key("authorization")));
}

#[tokio::test]
async fn an_unreadable_model_does_not_hide_the_others() {
    let models = json!([
        {"model_name": "good", "schema_name": "s", "embedding_dimension": 50, "is_default_model": true},
        {"model_name": "without a schema"},
        {"model_name": "classifier", "schema_name": "s", "embedding_dimension": null},
        "what is this",
    ]);
    let (_server, client) = answering(ResponseTemplate::new(200).set_body_json(models)).await;
    let list = client.models().await.unwrap();
    let found: Vec<_> = list.models.iter().map(|model| (model.name.as_str(), model.embedding_dimension)).collect();
    assert_eq!(found, [("good", Some(50)), ("classifier", None)]);
    let complaint = list.complaint().unwrap();
    assert!(
        complaint.starts_with("2 entries of the server's list of models cannot be read: missing field"),
        "{complaint}"
    );
    let (_server, client) = answering(ResponseTemplate::new(200).set_body_json(json!([{"name": "m"}]))).await;
    assert!(
        matches!(client.models().await, Err(Error::Unreadable { .. })),
        "a list without any readable model is an error"
    );
}

#[tokio::test]
async fn each_status_has_the_right_consequence() {
    use Consequence::{ChunkFails, Retry, RunStops};
    for (status, kind, consequence) in [
        (400, ErrorKind::BadRequest, ChunkFails),
        (403, ErrorKind::Forbidden, ChunkFails),
        (404, ErrorKind::NotFound, ChunkFails),
        (407, ErrorKind::Proxy, RunStops),
        (408, ErrorKind::Timeout, Retry),
        (413, ErrorKind::TooLarge, ChunkFails),
        (422, ErrorKind::BadRequest, ChunkFails),
        (425, ErrorKind::RateLimited, Retry),
        (429, ErrorKind::RateLimited, Retry),
        (500, ErrorKind::Server, Retry),
        (504, ErrorKind::Server, Retry),
        (511, ErrorKind::Portal, RunStops),
    ] {
        let error = error_of(ResponseTemplate::new(status).set_body_json(json!({"detail": "x"}))).await;
        assert_eq!((error.kind(), error.consequence()), (kind, consequence), "{status}");
    }
}

#[tokio::test]
async fn a_used_up_quota_stops_the_run_and_a_rate_limit_does_not() {
    let quota = json!({"detail": "User quota exceeded. You have 12 cells left"});
    let error = error_of(ResponseTemplate::new(429).set_body_json(quota).insert_header("retry-after", "5")).await;
    assert_eq!((error.kind(), error.stops_run()), (ErrorKind::Quota, true));
    let error = error_of(ResponseTemplate::new(429).set_body_string("slow").insert_header("retry-after", "5")).await;
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(RetryAfter::Delay(Duration::from_secs(5))));
}

#[tokio::test]
async fn the_page_of_a_proxy_is_reduced_to_its_text() {
    let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>Upstream\u{1b}[2J gone</h1></body></html>";
    let error = error_of(ResponseTemplate::new(502).set_body_raw(page, "text/html")).await;
    assert!(error.to_string().ends_with("502 Bad Gateway Upstream\u{FFFD}[2J gone"), "{error}");
}

#[tokio::test]
async fn unreadable_responses_are_retryable() {
    for body in [r#"[{"model_name": "a", "schema_name""#, r#"{"models": []}"#, r#"[{"model_name": "a"}]"#] {
        let error = error_of(ResponseTemplate::new(200).set_body_string(body)).await;
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unreadable, true), "{body}");
    }
}

#[tokio::test]
async fn a_web_page_instead_of_data_is_reported_as_such() {
    let page = "<html><head><title>Campus guest network</title></head><body>Please log in</body></html>";
    for answer in [
        ResponseTemplate::new(200).set_body_raw(page, "text/html; charset=utf-8"),
        ResponseTemplate::new(200).set_body_raw(format!("\n {page}"), "application/json"),
        ResponseTemplate::new(200).set_body_raw("please log in", "text/HTML"),
    ] {
        let (_server, client) = answering(answer).await;
        let chunk = send(&client, Operation::Search, Bytes::from_static(b"x")).await.unwrap_err();
        for error in [hides_token(client.models().await.unwrap_err()), hides_token(chunk)] {
            assert!(matches!(error, Error::WebPage { .. }) && error.is_retryable(), "{error}");
            assert_eq!(error.kind(), ErrorKind::Portal);
            assert!(error.to_string().to_lowercase().contains("please log in"), "{error}");
            assert_eq!(error.hint(), Hint::Kind(ErrorKind::Portal));
        }
    }
    let redirect = ResponseTemplate::new(302).insert_header("location", "http://portal.example/login");
    let error = error_of(redirect).await;
    assert!(error.to_string().contains("http://portal.example"), "{error}");
    assert_eq!(error.hint(), Hint::Redirected);
}

/// Calls a server that succeeds after a number of failures. Returns the result and the number of requests.
async fn asked_after(failures: u64, failure: ResponseTemplate) -> (Result<(), Error>, usize) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(failure).up_to_n_times(failures).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!([]))).mount(&server).await;
    let soon = Backoff { first: Duration::from_millis(1), ..Backoff::GENERAL };
    let client = Client::new(ClientOptions { backoff: soon, ..ClientOptions::new(server.uri().parse().unwrap()) });
    let asked = client.unwrap().models().await.map(|_| ());
    (asked, server.received_requests().await.unwrap().len())
}

#[tokio::test]
async fn a_general_call_is_repeated_after_server_errors() {
    for status in [408, 429, 500, 502, 503, 504] {
        let (asked, times) = asked_after(3, ResponseTemplate::new(status)).await;
        assert!(asked.is_ok() && times == 4, "{status}: {asked:?} after {times}");
    }
    let (asked, times) = asked_after(4, ResponseTemplate::new(503)).await;
    assert_eq!((asked.unwrap_err().status(), times), (Some(503), 4));
    for status in [400, 401, 403, 404, 511] {
        let (asked, times) = asked_after(1, ResponseTemplate::new(status)).await;
        assert_eq!((asked.unwrap_err().status(), times), (Some(status), 1));
    }
    let (asked, times) = asked_after(1, ResponseTemplate::new(503).insert_header("retry-after", "600")).await;
    assert_eq!(
        (asked.unwrap_err().status(), times),
        (Some(503), 1),
        "a user does not wait ten minutes for a general call"
    );
}

/// Starts a server that resets the first connections. It promises keep-alive on the others but closes each after one
/// response.
async fn closing_server(resets: usize, answers: usize) -> (String, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut reset, mut answered) = (0, 0);
        while answered < answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            if stream.read(&mut [0; 4096]).await.unwrap() == 0 {
                continue;
            }
            if reset < resets {
                reset += 1;
                stream.set_zero_linger().unwrap();
                continue;
            }
            let answer = b"HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n[]";
            stream.write_all(answer).await.unwrap();
            answered += 1;
        }
    });
    (address, serving)
}

#[tokio::test]
async fn general_calls_survive_resets_and_a_server_that_closes_after_each_answer() {
    let (address, serving) = closing_server(2, 20).await;
    let soon = Backoff { first: Duration::from_millis(1), ..Backoff::GENERAL };
    let client = Client::new(ClientOptions { backoff: soon, ..ClientOptions::new(address.parse().unwrap()) }).unwrap();
    for _ in 0..20 {
        assert_eq!(client.models().await.unwrap(), ModelList::default());
    }
    serving.await.unwrap();
}

#[tokio::test]
async fn an_oversized_response_is_not_read_completely() {
    let error = error_of(ResponseTemplate::new(200).set_body_bytes(vec![b' '; (64 << 20) + 1])).await;
    assert!(matches!(error, Error::Oversized { limit, .. } if limit == 1 << 20), "{error}");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let error = error_of(ResponseTemplate::new(500).set_body_bytes(vec![b'x'; 1 << 20])).await;
    assert_eq!(error.status(), Some(500));
}

#[test]
fn advice_about_chunks_is_given_for_chunks_only() {
    use crate::wire::path;
    let oversized = |path| Error::Oversized { endpoint: Endpoint::new(path), limit: 1 << 20 }.hint();
    for (endpoint, answered) in [
        (path::VALIDATE_TOKEN, Answered::Other),
        (path::QUOTA, Answered::Other),
        (path::LIST_MODELS, Answered::Models),
        (path::FEATURE_SCHEMAS, Answered::Genes),
        (path::FEATURE_SCHEMA, Answered::Genes),
        (path::CELL_ONTOLOGY_RESOURCE, Answered::Ontology),
        (path::QUERY_CELLS_BY_IDS, Answered::ReferenceCells),
    ] {
        assert_eq!(oversized(endpoint), Hint::Oversized(answered), "{endpoint}");
        assert_eq!(hint_of_refusal(413, endpoint), Hint::Call(ErrorKind::TooLarge), "{endpoint}");
    }
    for endpoint in [path::ANNOTATE_ONTOLOGY_AWARE, path::ANNOTATE_SUMMARY_STATISTICS, path::NEAREST_NEIGHBOR_SEARCH] {
        assert_eq!(oversized(endpoint), Hint::Oversized(Answered::Chunk));
        assert_eq!(hint_of_refusal(413, endpoint), Hint::Kind(ErrorKind::TooLarge));
    }
}

/// Returns the advice about a call that was refused with a status.
fn hint_of_refusal(status: u16, path: &'static str) -> Hint {
    let refusal = Refusal {
        endpoint: Endpoint::new(path),
        status,
        detail: String::new(),
        trace_id: None,
        retry_after: None,
        token_fault: None,
        may_be_cut_token: false,
    };
    Error::Refused(Box::new(refusal)).hint()
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (elsewhere, _) = answering(ResponseTemplate::new(200).set_body_json(json!([]))).await;
    for status in [301, 302, 307, 308] {
        let target = format!("{}/secret-path?x=1", elsewhere.uri().replace("127.0.0.1", "localhost"));
        let (server, client) = answering(ResponseTemplate::new(status).insert_header("location", &*target)).await;
        let error = hides_token(client.models().await.unwrap_err());
        let target = elsewhere.uri().replace("127.0.0.1", "localhost");
        assert!(error.to_string().contains(&target) && !error.to_string().contains("secret-path"), "{error}");
        assert!(error.stops_run() && error.hint() == Hint::Redirected);
        let error = hides_token(send(&client, Operation::Search, Bytes::from_static(b"x")).await.unwrap_err());
        assert!(matches!(error, Error::Redirected { .. }), "{error}");
        assert_eq!(server.received_requests().await.unwrap().len(), 2);
    }
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_chunk_request_follows_the_contract() {
    let (server, client) = answering(ResponseTemplate::new(200).set_body_string("[ {\"x\": 1.0} ]")).await;
    let image: Bytes = (0..200_000u32).map(|n| n as u8).collect();
    let (operation, model) = (Operation::OntologyAware(OntologyAwareOptions::default()), ModelName::from("m\"1"));
    let steps = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&steps);
    let answer = client
        .send_chunk(&chunk_request(&operation, &model), image.clone(), move |bytes| log.lock().unwrap().push(bytes))
        .await;
    assert_eq!(answer.unwrap(), "[ {\"x\": 1.0} ]");
    assert_eq!(*steps.lock().unwrap(), [65_536, 131_072, 196_608, 200_000]);

    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.url.path(), "/api/cellarium-cell-operations/annotate-cell-type-ontology-aware-strategy");
    assert_eq!(request.headers["content-length"].to_str().unwrap(), request.body.len().to_string());
    assert!(!request.headers.contains_key("transfer-encoding"));
    let kind = request.headers["content-type"].to_str().unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap().trim_matches('"');
    let part = |head: &str, body: &[u8]| [format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes(), body, b"\r\n"].concat();
    let text =
        |name: &str, value: &str| part(&format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes());
    let file = "Content-Disposition: form-data; name=\"file\"; filename=\"adata.h5ad\"\r\nContent-Type: application/octet-stream";
    let expected = [
        part(file, &image),
        text("model_name", "m\"1"),
        text("prune_threshold", "0.05"),
        text("weighting_prefactor", "1.0"),
        format!("--{boundary}--\r\n").into_bytes(),
    ];
    assert!(request.body == expected.concat(), "{}", String::from_utf8_lossy(&request.body));
}

#[tokio::test]
async fn each_operation_uses_the_right_endpoint_and_fields() {
    let (server, client) = answering(ResponseTemplate::new(200).set_body_string("[]")).await;
    send(&client, Operation::SummaryStatistics { include_extended_statistics: true }, Bytes::from_static(b"x"))
        .await
        .unwrap();
    send(&client, Operation::SummaryStatistics { include_extended_statistics: false }, Bytes::from_static(b"x"))
        .await
        .unwrap();
    send(&client, Operation::Search, Bytes::from_static(b"x")).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let body = |n: usize| String::from_utf8_lossy(&requests[n].body).into_owned();
    assert!(requests[0].url.path().ends_with("/annotate-cell-type-summary-statistics-strategy"));
    assert!(body(0).contains("name=\"include_extended_output\"\r\n\r\nTrue\r\n"));
    assert!(body(1).contains("name=\"include_extended_output\"\r\n\r\nFalse\r\n"));
    assert!(requests[2].url.path().ends_with("/nearest-neighbor-search"));
    assert_eq!(body(2).matches("Content-Disposition").count(), 2);
}

#[tokio::test]
async fn schema_names_are_encoded_and_schemas_are_validated() {
    let server = MockServer::start().await;
    for (name, ids) in [
        ("a%20b%2Fc", json!(["ENSG1", "ENSG2"])),
        ("none", json!([])),
        ("two", json!(["g", "g"])),
        ("blank", json!(["g", " "])),
    ] {
        let at = Mock::given(path(format!("/api/cellarium-general/feature-schema/{name}")));
        at.respond_with(ResponseTemplate::new(200).set_body_json(ids)).mount(&server).await;
    }
    let client = client_of(&server.uri());
    let schema = client.feature_schema("a b/c").await.unwrap();
    assert_eq!((schema.name(), schema.position("ENSG2")), ("a b/c", Some(1)));
    for (name, fault) in
        [("none", SchemaFault::Empty), ("two", SchemaFault::Duplicate("g".into())), ("blank", SchemaFault::Blank(2))]
    {
        let error = client.feature_schema(name).await.unwrap_err();
        assert!(matches!(&error, Error::Schema { fault: found, .. } if *found == fault), "{error}");
    }
}

#[tokio::test]
async fn cell_queries_always_include_the_index() {
    let server = MockServer::start().await;
    let wanted = json!({"cas_cell_ids": [7, 3_000_000_000u64], "metadata_feature_names": ["cas_cell_index", "tissue"]});
    let found =
        json!([{"cas_cell_index": 3_000_000_000u64, "tissue": "blood"}, {"cas_cell_index": 7.0, "tissue": null}]);
    let asked = Mock::given(body_json(wanted)).and(header("content-type", "application/json"));
    asked.respond_with(ResponseTemplate::new(200).set_body_json(found)).mount(&server).await;
    let client = client_of(&server.uri());
    let cells = [CasCellId(7), CasCellId(3_000_000_000)];
    let metadata = client.query_cells(&cells, Some(&[CellMetadataFeature::Tissue])).await.unwrap();
    assert_eq!(metadata[0].cell, CasCellId(3_000_000_000));
    assert_eq!(metadata[0].values[&CellMetadataFeature::Tissue], "blood");
    let error = client.query_cells(&cells, None).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (ErrorKind::NotOffered, "this server does not offer query-cells-by-ids")
    );
}

#[tokio::test]
async fn a_long_answer_has_room_reserved_until_it_is_dropped() {
    let body = [vec![b' '; 5 << 20], b"[]".to_vec()].concat();
    let (_server, client) = answering(ResponseTemplate::new(200).set_body_bytes(body.clone())).await;
    let all = client.room().free();
    let (operation, model) = (Operation::Search, ModelName::from("m"));
    let request = ChunkRequest { largest_answer: 64 << 20, ..chunk_request(&operation, &model) };
    let answer = client.send_chunk(&request, Bytes::new(), |_| {}).await.unwrap();
    assert_eq!(answer, body);
    // The declared length is known, so no more than that is reserved, in units of 64 KiB.
    assert_eq!(all - client.room().free(), (5 << 20) + (64 << 10));
    let clone = answer.clone();
    drop(answer);
    assert!(client.room().free() < all);
    drop(clone);
    assert_eq!(client.room().free(), all);
}

#[tokio::test]
async fn a_long_error_of_the_parser_is_shortened() {
    let text = "x".repeat(900_000);
    let error = error_of(ResponseTemplate::new(200).set_body_json(json!([text]))).await;
    assert!(shown(&error).len() < 20_000, "{} bytes", shown(&error).len());
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    let error = error_of(ResponseTemplate::new(200).set_body_json(json!(vec![0; 1001]))).await;
    assert!(shown(&error).contains("more than 1000 entries"), "{error}");
}

#[tokio::test]
async fn schemas_have_limits() {
    let fault = |ids: Vec<String>| match check_schema("s", ids) {
        Err(Error::Schema { fault, .. }) => fault,
        other => panic!("{other:?}"),
    };
    let ids = |count: usize| (0..count).map(|number| format!("ENSG{number:011}")).collect::<Vec<_>>();
    assert_eq!(check_schema("s", ids(200_000)).unwrap().len(), 200_000);
    assert_eq!(fault(ids(200_001)), SchemaFault::TooMany(200_001));
    assert_eq!(fault(vec!["a".into(), "x".repeat(201)]), SchemaFault::Long(2));
    let (_server, client) = answering(ResponseTemplate::new(200).set_body_json(vec![""; 200_001])).await;
    let error = client.feature_schema("s").await.unwrap_err();
    assert!(shown(&error).contains("more than 200000 entries"), "{error}");
}
