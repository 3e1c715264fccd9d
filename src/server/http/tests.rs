//! Tests of every endpoint, on the embedded demo.

use std::sync::LazyLock;

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{Method, StatusCode},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::{
    domain::ModelName,
    matrix::{CellBlock, GeneFrame, write_image},
    server::{
        IndexOptions,
        ledger::Ledger,
        reference::Reference,
        request_log::{ChunkRecord, RequestLog},
        simulate::Simulation,
        terms,
        token::Token,
    },
};

const TOKEN: &str = "the-token-of-the-tests";

const DEMO_NAME: &str = ModelName::DEMO;

fn service(weekly: u64, lifetime: Option<u64>) -> Arc<Service> {
    simulating((weekly, lifetime), &[])
}

fn simulating((weekly, lifetime): (u64, Option<u64>), simulate: &[Simulation]) -> Arc<Service> {
    let ledger = Ledger::new(weekly, lifetime, jiff::Timestamp::now());
    static DEMO: LazyLock<Reference> = LazyLock::new(|| {
        let options = IndexOptions { neighbors: Some(100), ..IndexOptions::default() };
        Reference::demo_with(options).unwrap()
    });
    let references = vec![DEMO.clone(), DEMO.clone()];
    let service = Service::new(references, Token::new(TOKEN), ledger, Arc::new(RequestLog::default()));
    Arc::new(service.simulating(simulate.to_vec()))
}

fn request(method: Method, path: &str, body: impl Into<Body>) -> Request {
    let request = Request::builder().method(method).uri(format!("/{path}"));
    request.header(header::AUTHORIZATION, format!("Bearer {TOKEN}")).body(body.into()).unwrap()
}

async fn send(service: &Arc<Service>, request: Request) -> (StatusCode, Value) {
    let response = router(Arc::clone(service)).oneshot(request).await.unwrap();
    assert!(response.headers().contains_key(wire::header::TRACE_ID));
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into()))
}

async fn get_json(service: &Arc<Service>, path: &str) -> Value {
    let (status, body) = send(service, request(Method::GET, path, Body::empty())).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

/// Returns the response of CAS to an internal error.
fn failed() -> (StatusCode, Value) {
    (StatusCode::INTERNAL_SERVER_ERROR, json!({"detail": "Error processing request"}))
}

fn form(path: &str, fields: &[(&str, &str)], file: Option<&[u8]>) -> Request {
    let mut body = Vec::new();
    for (name, text) in fields {
        let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        body.extend(part.into_bytes());
    }
    if let Some(file) = file {
        body.extend(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"adata.h5ad\"\r\n\r\n");
        body.extend(file);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    let mut request = request(Method::POST, path, body);
    let kind = HeaderValue::from_static("multipart/form-data; boundary=b");
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    request
}

const MODEL: (&str, &str) = ("model_name", DEMO_NAME);
/// The fields of an ontology-aware request.
const AWARE: [(&str, &str); 3] = [MODEL, ("prune_threshold", "0.05"), ("weighting_prefactor", "1.0")];

/// Returns a chunk of three cells with few genes.
fn chunk(service: &Service) -> Vec<u8> {
    chunk_of(service, &[1.0, 2.0, 3.0, 4.0])
}

fn chunk_of(service: &Service, data: &[f32; 4]) -> Vec<u8> {
    let genes = GeneFrame::new(service.hosted[0].reference.schema.ids(), None);
    let (indptr, indices) = ([0, 2, 4, 4], [0, 9, 3, 699]);
    let block = CellBlock { first_cell: 5, indptr: &indptr, indices: &indices, data, totals: &[9.0, 9.0, 0.0] };
    write_image(&genes, &block).unwrap()
}

#[tokio::test]
async fn requests_without_the_token_are_refused() {
    let service = service(100, None);
    let guarded = [path::VALIDATE_TOKEN, path::LIST_MODELS, path::FEATURE_SCHEMAS, path::QUOTA];
    for path in guarded {
        let uuids = "Bearer 5f0c8a52-9a3e-4f4e-8a36-1f1d3a4b5c6d.0b9f2f3e-1c1d-4e5f-9a8b-7c6d5e4f3a2b";
        for (token, detail) in [
            ("", "No token provided"),
            ("Bearer ", "No token provided"),
            ("Bearer wrong", "Token type not recognized"),
            ("Basic the-token-of-the-tests", "No token provided"),
            (TOKEN, "No token provided"),
            (uuids, "Token not found"),
            ("Bearer a.b.c", "Invalid Token"),
        ] {
            let mut request = request(Method::GET, path, Body::empty());
            request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_static(token));
            assert_eq!(send(&service, request).await, (StatusCode::UNAUTHORIZED, json!({"detail": detail})), "{token}");
        }
        let mut cut = request(Method::GET, path, Body::empty());
        let half = "Bearer 9a3e-4f4e-8a36-1f1d3a4b5c6d.0b9f2f3e-1c1d-4e5f-9a8b-7c6d5e4f3a2b";
        cut.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_static(half));
        assert_eq!(send(&service, cut).await, failed());
    }
    for path in [path::APPLICATION_INFO, path::FEEDBACK_ANSWER] {
        let mut request = request(Method::GET, path, Body::empty());
        request.headers_mut().remove(header::AUTHORIZATION);
        assert_eq!(send(&service, request).await.0, StatusCode::OK);
    }
}

#[tokio::test]
async fn general_endpoints_return_the_shapes_of_the_contract() {
    let service = service(100, Some(50));
    let models = get_json(&service, path::LIST_MODELS).await;
    assert_eq!(models[0]["model_name"], DEMO_NAME);
    assert_eq!(models[1]["model_name"], format!("{DEMO_NAME}-2"));
    assert_eq!((&models[0]["is_default_model"], &models[1]["is_default_model"]), (&json!(true), &json!(false)));
    let info = get_json(&service, path::APPLICATION_INFO).await;
    assert_eq!(info["default_feature_schema"], models[0]["schema_name"]);
    let schemas = get_json(&service, path::FEATURE_SCHEMAS).await;
    assert_eq!(schemas[1]["schema_name"], models[1]["schema_name"]);
    let schema = format!("{}/{}", path::FEATURE_SCHEMA, models[0]["schema_name"].as_str().unwrap());
    assert_eq!(get_json(&service, &schema).await.as_array().unwrap().len(), 700);
    let resource = models[0]["ontological_columns"][0]["ontology_resource_name"].as_str().unwrap();
    let ontology = get_json(&service, &format!("{}/{resource}", path::CELL_ONTOLOGY_RESOURCE)).await;
    assert_eq!(ontology["cell_ontology_term_id_to_cell_type"]["CL:0000236"], "B cell");
    assert_eq!(ontology["shortest_path_lengths_from_cell_root"]["CL:0000000"], 0);
    let quota = get_json(&service, path::QUOTA).await;
    let left = [&quota["weekly_quota"], &quota["remaining_weekly_quota"], &quota["lifetime_quota"]];
    assert_eq!(left, [&json!(100), &json!(50), &json!(50)]);
}

#[tokio::test]
async fn unknown_paths_models_and_ontologies_are_not_found() {
    let service = service(100, None);
    let ask = async |path| send(&service, request(Method::GET, path, Body::empty())).await;
    for (path, detail) in [
        ("api/nothing", "Not Found"),
        ("api/cellarium-general/cell-ontology-resource/x", "Ontological column with name 'x' not found"),
    ] {
        assert_eq!(ask(path).await, (StatusCode::NOT_FOUND, json!({"detail": detail})));
    }
    assert_eq!(ask("api/cellarium-general/feature-schema/x").await, failed());
    let (status, body) = send(&service, request(Method::POST, path::QUOTA, Body::empty())).await;
    assert_eq!((status, body), (StatusCode::METHOD_NOT_ALLOWED, json!({"detail": "Method Not Allowed"})));
    let image = chunk(&service);
    let (status, body) =
        send(&service, form(path::NEAREST_NEIGHBOR_SEARCH, &[("model_name", "x")], Some(&image))).await;
    assert_eq!((status, body), (StatusCode::BAD_REQUEST, json!({"detail": "Model x not found in the database"})));
    let column = [&AWARE[..], &[("ontology_column_name", "tissue")]].concat();
    let (status, body) = send(&service, form(path::ANNOTATE_ONTOLOGY_AWARE, &column, Some(&image))).await;
    let detail = format!("Model '{DEMO_NAME}' does not have a configured ontology resource for 'tissue'.");
    assert_eq!((status, body), (StatusCode::BAD_REQUEST, json!({"detail": detail})));
    assert_eq!(get_json(&service, path::QUOTA).await["remaining_weekly_quota"], 100);
}

#[tokio::test]
async fn the_version_check_accepts_supported_clients_only() {
    let service = service(100, None);
    let ask =
        async |body: &'static str| send(&service, request(Method::POST, path::VALIDATE_CLIENT_VERSION, body)).await;
    let (_, body) = ask(r#"{"client_version": "1.10.0"}"#).await;
    assert_eq!(body, json!({"is_valid": true, "min_version": "1.8.0"}));
    assert_eq!(ask(r#"{"client_version": "1.7.3"}"#).await.1["is_valid"], false);
    assert_eq!(ask(r#"{"client_version": "new"}"#).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask("{}").await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn opting_out_of_feedback_is_remembered() {
    let service = service(100, None);
    assert_eq!(get_json(&service, path::VALIDATE_TOKEN).await["should_ask_for_feedback"], true);
    let (_, user) = send(&service, request(Method::POST, path::FEEDBACK_OPT_OUT, Body::empty())).await;
    assert_eq!(user["should_ask_for_feedback"], false);
    assert_eq!(get_json(&service, path::VALIDATE_TOKEN).await["should_ask_for_feedback"], false);
}

#[tokio::test]
async fn a_chunk_is_answered_by_all_three_operations() {
    let service = service(100, None);
    let image = chunk(&service);
    let (status, cells) = send(&service, form(path::ANNOTATE_ONTOLOGY_AWARE, &AWARE, Some(&image))).await;
    assert_eq!(status, StatusCode::OK, "{cells}");
    let ids: Vec<_> = cells.as_array().unwrap().iter().map(|cell| cell["query_cell_id"].clone()).collect();
    assert_eq!(ids, ["5", "6", "7"]);
    let root = cells[0]["matches"].as_array().unwrap().iter().find(|m| m["cell_type_ontology_term_id"] == "CL:0000000");
    assert_eq!(root.unwrap(), &json!({"score": 1.0, "cell_type_ontology_term_id": "CL:0000000", "cell_type": "cell"}));
    assert_eq!((&cells[0]["total_neighbors"], &cells[0]["total_neighbors_unrecognized"]), (&json!(100), &json!(0)));

    let fields = [MODEL, ("include_extended_output", "True")];
    let (_, cells) = send(&service, form(path::ANNOTATE_SUMMARY_STATISTICS, &fields, Some(&image))).await;
    let matches = cells[2]["matches"].as_array().unwrap();
    assert_eq!(matches.iter().map(|found| found["cell_count"].as_u64().unwrap()).sum::<u64>(), 100);
    assert_eq!(matches[0]["dataset_ids_with_counts"][0]["count_per_dataset"], matches[0]["cell_count"]);
    let (_, cells) = send(&service, form(path::ANNOTATE_SUMMARY_STATISTICS, &[MODEL], Some(&image))).await;
    assert!(cells[2]["matches"][0].get("dataset_ids_with_counts").is_none());

    let second = ("model_name", "castui-demo-pbmc-2");
    let (_, cells) = send(&service, form(path::NEAREST_NEIGHBOR_SEARCH, &[second], Some(&image))).await;
    let neighbors = cells[1]["neighbors"].as_array().unwrap();
    assert_eq!(neighbors.len(), 100);
    assert!(neighbors.iter().all(|neighbor| (479..958).contains(&neighbor["cas_cell_index"].as_i64().unwrap())));
    assert!(neighbors.is_sorted_by_key(|neighbor| neighbor["distance"].as_f64().unwrap()));
    assert_eq!(get_json(&service, path::QUOTA).await["remaining_weekly_quota"], 100 - 3 * 3, "a search is free");
}

#[tokio::test]
async fn at_a_prune_threshold_of_0_the_answer_has_all_terms_in_the_ontologys_order() {
    let service = service(100, None);
    let image = chunk(&service);
    for threshold in ["0.0", "-1.0"] {
        let fields = [MODEL, ("prune_threshold", threshold), ("weighting_prefactor", "1.0")];
        let (_, cells) = send(&service, form(path::ANNOTATE_ONTOLOGY_AWARE, &fields, Some(&image))).await;
        let matches = cells[0]["matches"].as_array().unwrap();
        let ids: Vec<_> = matches.iter().map(|found| found["cell_type_ontology_term_id"].as_str().unwrap()).collect();
        let ontology = &terms::embedded().ontology;
        let expected: Vec<_> = ontology.terms().map(|term| ontology.id(term).as_str()).collect();
        assert_eq!(ids, expected);
        let positive = matches.iter().filter(|found| found["score"].as_f64().unwrap() > 0.0).count();
        assert!(positive > 1 && positive < 200, "{positive}");
    }
}

#[tokio::test]
async fn a_chunk_beyond_the_quota_is_refused_and_not_charged() {
    let service = service(100, Some(5));
    let image = chunk(&service);
    let send_chunk = async |path, fields: &[(&str, &str)]| send(&service, form(path, fields, Some(&image))).await;
    assert_eq!(send_chunk(path::ANNOTATE_ONTOLOGY_AWARE, &AWARE).await.0, StatusCode::OK);
    let (status, body) = send_chunk(path::ANNOTATE_ONTOLOGY_AWARE, &AWARE).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let detail = "User quota exceeded. You have 2 cells left, but you are trying to process 3 cells.";
    assert_eq!(body, json!({"detail": detail}));
    assert_eq!(get_json(&service, path::QUOTA).await["remaining_lifetime_quota"], 2);
    let record = |status| ChunkRecord { first_cell: Some("5".to_owned()), cells: 3, status };
    assert_eq!(service.request_log.records(), [record(200), record(429)]);
    assert_eq!(send_chunk(path::NEAREST_NEIGHBOR_SEARCH, &[MODEL]).await.0, StatusCode::OK, "a search is free");
    // The model is checked before the file, and the file before the quota. A search checks the file first.
    let order = async |path, model, file: &[u8]| {
        let fields = [("model_name", model), AWARE[1], AWARE[2]];
        send(&service, form(path, &fields, Some(file))).await.0.as_u16()
    };
    let damaged = &image[..100];
    assert_eq!(order(path::ANNOTATE_ONTOLOGY_AWARE, "x", damaged).await, 400);
    assert_eq!(order(path::ANNOTATE_ONTOLOGY_AWARE, DEMO_NAME, damaged).await, 500);
    assert_eq!(order(path::ANNOTATE_ONTOLOGY_AWARE, DEMO_NAME, &image).await, 429);
    assert_eq!(order(path::NEAREST_NEIGHBOR_SEARCH, "x", damaged).await, 500);
}

#[tokio::test]
async fn the_quota_of_a_failed_chunk_is_restored() {
    let service = service(100, Some(50));
    let image = chunk_of(&service, &[1.0, f32::NAN, 3.0, 4.0]);
    assert_eq!(send(&service, form(path::ANNOTATE_ONTOLOGY_AWARE, &AWARE, Some(&image))).await, failed());
    let quota = get_json(&service, path::QUOTA).await;
    assert_eq!((&quota["remaining_weekly_quota"], &quota["remaining_lifetime_quota"]), (&json!(50), &json!(50)));
    assert_eq!(send(&service, form(path::ANNOTATE_ONTOLOGY_AWARE, &AWARE, Some(&chunk(&service)))).await.0, 200);
    let quota = get_json(&service, path::QUOTA).await;
    assert_eq!((&quota["remaining_weekly_quota"], &quota["remaining_lifetime_quota"]), (&json!(47), &json!(47)));
}

#[tokio::test]
async fn errors_of_a_form_name_the_field() {
    let service = service(100, None);
    let image = chunk(&service);
    let ask =
        async |fields: &[(&str, &str)], file| send(&service, form(path::ANNOTATE_ONTOLOGY_AWARE, fields, file)).await;
    let (status, body) = ask(&[], Some(&image)).await;
    assert_eq!((status, &body["detail"][0]["loc"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(["body", "model_name"])));
    let (_, body) = ask(&AWARE, None).await;
    assert_eq!(
        body["detail"][0],
        json!({"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": null})
    );
    let (_, body) = ask(&[MODEL, ("prune_threshold", "NaN")], Some(&image)).await;
    let wrong = &body["detail"][0];
    assert_eq!((&wrong["loc"], &wrong["input"]), (&json!(["body", "prune_threshold"]), &json!("NaN")));
    let (status, body) = ask(&[MODEL, AWARE[1]], Some(&image)).await;
    assert_eq!(
        (status, &body["detail"][0]["loc"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!(["body", "weighting_prefactor"]))
    );
    assert_eq!(ask(&AWARE, Some(b"no file")).await, failed());
    assert_eq!(ask(&AWARE, Some(&image[..image.len() / 2])).await, failed());
    let (status, _) = send(&service, request(Method::POST, path::ANNOTATE_ONTOLOGY_AWARE, "no form")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let mut huge = form(path::ANNOTATE_ONTOLOGY_AWARE, &AWARE, Some(&image));
    huge.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(MAX_UPLOAD + 1));
    assert_eq!(send(&service, huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(get_json(&service, path::QUOTA).await["remaining_weekly_quota"], 100);
}

#[tokio::test]
async fn cells_are_found_by_their_ids() {
    let service = service(100, None);
    let ask =
        async |body: Value| send(&service, request(Method::POST, path::QUERY_CELLS_BY_IDS, body.to_string())).await;
    let features = json!(["cell_type", "sex"]);
    let (_, cells) = ask(json!({"cas_cell_ids": [480, 2, 958, -1], "metadata_feature_names": features})).await;
    let ids: Vec<_> = cells.as_array().unwrap().iter().map(|cell| cell["cas_cell_index"].clone()).collect();
    assert_eq!(ids, [480, 2]);
    assert_eq!(cells[0].as_object().unwrap().len(), 3);
    let (_, cells) = ask(json!({"cas_cell_ids": [1], "metadata_feature_names": null})).await;
    assert_eq!(cells[0].as_object().unwrap().len(), 21);
    let (status, body) = ask(json!({"cas_cell_ids": [1], "metadata_feature_names": ["height"]})).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY && body["detail"][0]["msg"].as_str().unwrap().contains("height")
    );
    let (status, _) = ask(json!({"cas_cell_ids": vec![1; 20_001]})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(ask(json!({"cas_cell_ids": "all"})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(start_paused = true)]
async fn a_small_request_with_a_stalled_body_times_out() {
    let service = service(100, None);
    let endless = || Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
    for path in [path::VALIDATE_CLIENT_VERSION, path::QUERY_CELLS_BY_IDS] {
        let refused = send(&service, request(Method::POST, path, endless())).await;
        assert_eq!(refused, (StatusCode::REQUEST_TIMEOUT, json!({"detail": "The upload took too long"})), "{path}");
    }
}

#[tokio::test]
async fn simulated_models_and_token_errors_appear_in_the_responses() {
    let models = async |simulation| {
        get_json(&simulating((100, None), &[simulation]), path::LIST_MODELS).await.as_array().unwrap().clone()
    };
    for simulation in [Simulation::NullDimension, Simulation::Classifier] {
        assert!(models(simulation).await.iter().all(|model| model["embedding_dimension"].is_null()));
    }
    let strange = models(Simulation::StrangeModels).await;
    assert_eq!((strange.len(), &strange[1]["model_name"]), (4, &json!(DEMO_NAME)));
    assert_eq!(models(Simulation::NoCellType).await[0]["ontological_columns"][0]["column_name"], "disease");
    assert_eq!(models(Simulation::NoColumns).await[0]["ontological_columns"], json!([]));
    for (simulation, status, detail) in [
        (Simulation::TokenError, 500, "Error processing request"),
        (Simulation::ExpiredToken, 401, "Token is expired"),
        (Simulation::InactiveToken, 401, "Token is inactive"),
        (Simulation::InactiveUser, 401, "User is inactive"),
    ] {
        let service = simulating((100, None), &[simulation]);
        let (found, body) = send(&service, request(Method::GET, path::VALIDATE_TOKEN, Body::empty())).await;
        assert_eq!((found.as_u16(), body), (status, json!({"detail": detail})));
    }
    let service = simulating((100, None), &[Simulation::QuotaError]);
    assert_eq!(send(&service, request(Method::GET, path::QUOTA, Body::empty())).await, failed());
}

#[tokio::test]
async fn simulated_answers_appear_in_the_responses() {
    let ask = async |simulation, path, fields: &[(&str, &str)]| {
        let service = simulating((100, None), &[simulation]);
        let (status, body) = send(&service, form(path, fields, Some(&chunk(&service)))).await;
        (status.as_u16(), body)
    };
    let (_, cells) = ask(Simulation::Padding, path::NEAREST_NEIGHBOR_SEARCH, &[MODEL]).await;
    let is_padding = |neighbor: &&Value| neighbor["cas_cell_index"] == json!(u64::MAX);
    let padding = |cell: usize| cells[cell]["neighbors"].as_array().unwrap().iter().filter(is_padding).count();
    assert_eq!([padding(0), padding(1), padding(2)], [100, 13, 13]);
    assert_eq!(cells[1]["neighbors"][99]["distance"], json!(3.4028234663852886e38));

    let (_, cells) = ask(Simulation::Similarity, path::NEAREST_NEIGHBOR_SEARCH, &[MODEL]).await;
    let distances: Vec<_> = cells[0]["neighbors"].as_array().unwrap().iter().map(|n| n["distance"].as_f64()).collect();
    assert!(distances.is_sorted_by(|a, b| a >= b) && distances[0] > Some(0.0) && distances[99] < Some(0.0));

    let extended = [MODEL, ("include_extended_output", "True")];
    let (_, cells) = ask(Simulation::NoDatasets, path::ANNOTATE_SUMMARY_STATISTICS, &extended).await;
    assert!(cells[0]["matches"][0].get("dataset_ids_with_counts").is_none());

    let (_, cells) = ask(Simulation::Classifier, path::ANNOTATE_ONTOLOGY_AWARE, &AWARE).await;
    let matches = cells[0]["matches"].as_array().unwrap();
    assert!(matches.len() <= 10 && matches.is_sorted_by(|a, b| a["score"].as_f64() >= b["score"].as_f64()));
    assert!(matches.iter().all(|found| found["cell_type_ontology_term_id"].as_str().unwrap().starts_with("CL_")));
    let totals = [&cells[0]["total_weight"], &cells[0]["total_neighbors"], &cells[0]["total_neighbors_unrecognized"]];
    assert_eq!(totals, [&json!(0.0), &json!(0), &json!(0)]);
    assert_eq!(ask(Simulation::Classifier, path::NEAREST_NEIGHBOR_SEARCH, &[MODEL]).await.0, 500);
    assert_eq!(ask(Simulation::NoCellType, path::ANNOTATE_ONTOLOGY_AWARE, &AWARE).await.0, 400);
    assert_eq!(ask(Simulation::NoColumns, path::ANNOTATE_ONTOLOGY_AWARE, &AWARE).await.0, 200);
}
