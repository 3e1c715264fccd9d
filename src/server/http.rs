//! Routes of the service. In: HTTP requests. Out: HTTP responses, each with an `x-trace-id`.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use uuid::Uuid;

use crate::{
    domain::text,
    wire::{self, path},
};

use super::{connections::Connection, http_error::HttpError, service::Service, upload::MAX_UPLOAD};

mod cells;
mod general;

/// The time limit of a request without an upload.
const SMALL_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum length of a message of the framework that is passed on.
const MAX_MESSAGE_LENGTH: usize = 4096;

/// Returns a router with all endpoints of the contract. All but three check the token before they read anything.
pub fn router(service: Arc<Service>) -> Router {
    let chunks = Router::new()
        .route(&at(path::ANNOTATE_ONTOLOGY_AWARE), post(cells::annotate_ontology_aware))
        .route(&at(path::ANNOTATE_SUMMARY_STATISTICS), post(cells::annotate_summary_statistics))
        .route(&at(path::NEAREST_NEIGHBOR_SEARCH), post(cells::nearest_neighbor_search))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD));
    let guarded = Router::new()
        .route(&at(path::VALIDATE_TOKEN), get(general::user))
        .route(&at(path::LIST_MODELS), get(general::models))
        .route(&at(path::FEATURE_SCHEMAS), get(general::schemas))
        .route(&named(path::FEATURE_SCHEMA), get(general::schema))
        .route(&at(path::QUOTA), get(general::quota))
        .route(&named(path::CELL_ONTOLOGY_RESOURCE), get(general::ontology))
        .route(&at(path::FEEDBACK_OPT_OUT), post(general::opt_out))
        .route(&at(path::QUERY_CELLS_BY_IDS), post(cells::query_by_ids))
        .layer(middleware::from_fn(in_time))
        .merge(chunks)
        .layer(middleware::from_fn_with_state(Arc::clone(&service), check_token));
    Router::new()
        .route(&at(path::APPLICATION_INFO), get(general::application_info))
        .route(&at(path::VALIDATE_CLIENT_VERSION), post(general::validate_version))
        .route(&at(path::FEEDBACK_ANSWER), get(general::feedback_page))
        .layer(middleware::from_fn(in_time))
        .merge(guarded)
        .fallback(async || HttpError::Path)
        .method_not_allowed_fallback(async || HttpError::Method)
        .layer(middleware::map_response(in_official_shape))
        .layer(middleware::map_response(add_trace_id))
        .with_state(service)
}

fn at(path: &str) -> String {
    format!("/{path}")
}

fn named(path: &str) -> String {
    format!("/{path}/{{name}}")
}

async fn check_token(State(service): State<Arc<Service>>, request: Request, next: Next) -> Result<Response, HttpError> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    service.authenticate(token.map(|(_, token)| token.trim()))?;
    if let Some(connection) = request.extensions().get::<Connection>() {
        connection.exempt();
    }
    Ok(next.run(request).await)
}

/// Enforces the time limit of requests without uploads. Uploads have a separate limit.
async fn in_time(request: Request, next: Next) -> Result<Response, HttpError> {
    tokio::time::timeout(SMALL_REQUEST_TIMEOUT, next.run(request)).await.map_err(|_| HttpError::TooSlow)
}

/// Converts errors that the framework reports as plain text, such as a body beyond the limit, to the JSON of CAS.
async fn in_official_shape(response: Response) -> Response {
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let status = response.status();
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let said = to_bytes(response.into_body(), MAX_MESSAGE_LENGTH).await.unwrap_or_default();
    let detail = text::excerpt(&String::from_utf8_lossy(&said));
    (status, Json(wire::ErrorBody { detail: detail.into() })).into_response()
}

async fn add_trace_id(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().simple().to_string()) {
        response.headers_mut().insert(HeaderName::from_static(wire::header::TRACE_ID), id);
    }
    response
}

#[cfg(test)]
mod tests;
