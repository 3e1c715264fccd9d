//! The endpoints for cells.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Multipart, State, multipart::MultipartRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use serde_json::{Map, Value};

use crate::{
    domain::{CELL_TYPE_COLUMN, OntologyAwareOptions},
    server::{
        answer::Question,
        http_error::HttpError,
        service::Service,
        simulate::{CLOUD_RUN_LIMIT, Simulation},
        statistics::Detail,
        upload::{Fields, Upload},
    },
    wire::CellQueryRequest,
};

type Shared = State<Arc<Service>>;
type Form = Result<Multipart, MultipartRejection>;

pub async fn annotate_ontology_aware(
    State(service): Shared,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, HttpError> {
    chunk(service, headers, form, |fields| {
        let options = OntologyAwareOptions {
            prune_threshold: fields.number("prune_threshold")?,
            weighting_prefactor: fields.number("weighting_prefactor")?,
        };
        let column = fields.text("ontology_column_name").unwrap_or(CELL_TYPE_COLUMN).to_owned();
        Ok(Question::OntologyAware { options, column })
    })
    .await
}

pub async fn annotate_summary_statistics(
    State(service): Shared,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, HttpError> {
    chunk(service, headers, form, |fields| {
        let extended = fields.flag("include_extended_output")?;
        Ok(Question::SummaryStatistics(if extended { Detail::Datasets } else { Detail::CellTypes }))
    })
    .await
}

pub async fn nearest_neighbor_search(
    State(service): Shared,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, HttpError> {
    chunk(service, headers, form, |_| Ok(Question::Search)).await
}

pub async fn query_by_ids(State(service): Shared, body: Bytes) -> Result<Json<Vec<Map<String, Value>>>, HttpError> {
    let request: CellQueryRequest =
        serde_json::from_slice(&body).map_err(|error| HttpError::of_json("cas_cell_ids", &error))?;
    Ok(Json(service.describe_cells(&request)?))
}

/// Runs one of the three operations on chunks; the form's fields determine the question. The form is checked first.
/// Then the service checks the model and columns that the fields name.
async fn chunk(
    service: Arc<Service>,
    headers: HeaderMap,
    form: Form,
    question: impl FnOnce(&Fields) -> Result<Question, HttpError>,
) -> Result<Response, HttpError> {
    let form = form.map_err(|rejection| HttpError::Body(rejection.body_text()))?;
    let upload: Upload = service.uploads.read(&headers, form).await?;
    if service.simulates(Simulation::CloudRun) && upload.file.len() > CLOUD_RUN_LIMIT {
        return Err(HttpError::TooLarge(CLOUD_RUN_LIMIT));
    }
    let model = upload.fields.text("model_name").ok_or(HttpError::missing("model_name"))?.to_owned();
    let question = question(&upload.fields)?;
    let answer = service.work(model, upload, question).await?;
    let body = if service.simulates(Simulation::Oversized) { endless(answer) } else { Body::from(answer) };
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// Returns a body with the answer followed by an infinite stream of spaces.
fn endless(answer: Vec<u8>) -> Body {
    static SPACES: [u8; 1 << 16] = [b' '; 1 << 16];
    let start = stream::once(async { Bytes::from(answer) });
    let rest = stream::repeat_with(|| Bytes::from_static(&SPACES));
    Body::from_stream(start.chain(rest).map(Ok::<_, Infallible>))
}
