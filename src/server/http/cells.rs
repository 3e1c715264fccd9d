//! The cell operations.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Multipart, State, multipart::MultipartRejection},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use serde_json::{Map, Value};

use crate::{
    domain::OntologyAwareOptions,
    server::{
        answer::Question,
        refusal::Refusal,
        service::Service,
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
) -> Result<impl IntoResponse, Refusal> {
    chunk(service, headers, form, |fields| {
        let usual = OntologyAwareOptions::default();
        if let Some(name) = fields.text("ontology_column_name").filter(|name| *name != "cell_type") {
            return Err(Refusal::Name { kind: "Ontology column", name: name.to_owned() });
        }
        Ok(Question::OntologyAware(OntologyAwareOptions {
            prune_threshold: fields.number("prune_threshold", usual.prune_threshold)?,
            weighting_prefactor: fields.number("weighting_prefactor", usual.weighting_prefactor)?,
        }))
    })
    .await
}

pub async fn annotate_summary_statistics(
    State(service): Shared,
    headers: HeaderMap,
    form: Form,
) -> Result<impl IntoResponse, Refusal> {
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
) -> Result<impl IntoResponse, Refusal> {
    chunk(service, headers, form, |_| Ok(Question::Search)).await
}

pub async fn query_by_ids(State(service): Shared, body: Bytes) -> Result<Json<Vec<Map<String, Value>>>, Refusal> {
    let request: CellQueryRequest = serde_json::from_slice(&body)
        .map_err(|error| Refusal::Field { name: "cas_cell_ids", problem: error.to_string() })?;
    Ok(Json(service.describe_cells(&request)?))
}

/// What the three operations on chunks have in common; the form's fields say what is asked.
async fn chunk(
    service: Arc<Service>,
    headers: HeaderMap,
    form: Form,
    question: impl FnOnce(&Fields) -> Result<Question, Refusal>,
) -> Result<impl IntoResponse, Refusal> {
    let form = form.map_err(|rejection| Refusal::Body(rejection.body_text()))?;
    let upload: Upload = service.uploads.read(&headers, form).await?;
    let model = upload.fields.text("model_name").ok_or(Refusal::missing("model_name"))?;
    let place = service.find_model(model)?;
    let question = question(&upload.fields)?;
    let answer = service.work(place, upload, question).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer))
}
