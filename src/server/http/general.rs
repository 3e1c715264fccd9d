//! The general endpoints.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::header,
    response::{Html, IntoResponse},
};
use serde_json::{Value, json};

use crate::{
    server::{http_error::HttpError, service::Service, simulate::Simulation, terms, version::Version},
    wire::{self, ClientVersion, FeatureSchemaName, PROTOCOL_VERSION, VersionValidity},
};

type Shared = State<Arc<Service>>;

const FEEDBACK_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>castui</title>\
<p>This is the local service of castui: nobody reads feedback here. Thank you anyway.</p></html>";

pub async fn user(State(service): Shared) -> Json<wire::User> {
    Json(service.user())
}

pub async fn opt_out(State(service): Shared) -> Json<wire::User> {
    service.opt_out_of_feedback();
    Json(service.user())
}

pub async fn feedback_page() -> Html<&'static str> {
    Html(FEEDBACK_PAGE)
}

pub async fn application_info(State(service): Shared) -> Json<wire::ApplicationInfo> {
    let first = service.hosted.first();
    Json(wire::ApplicationInfo {
        application_version: concat!("castui-", env!("CARGO_PKG_VERSION")).to_owned(),
        default_feature_schema: first.map(|hosted| hosted.reference.schema.name().to_owned()).unwrap_or_default(),
    })
}

pub async fn validate_version(body: Bytes) -> Result<Json<VersionValidity>, HttpError> {
    let request: ClientVersion =
        serde_json::from_slice(&body).map_err(|error| HttpError::of_json("client_version", &error))?;
    let version = Version::parse(&request.client_version).ok_or(HttpError::Version(request.client_version))?;
    Ok(Json(VersionValidity { is_valid: version.is_supported(), min_version: PROTOCOL_VERSION.to_owned() }))
}

pub async fn models(State(service): Shared) -> Json<Vec<Value>> {
    let has_dimension =
        ![Simulation::NullDimension, Simulation::Classifier].map(|s| service.simulates(s)).contains(&true);
    let model = |(place, reference): (usize, &crate::server::reference::Reference)| wire::Model {
        model_name: reference.name.as_str().to_owned(),
        description: Some(reference.description.clone()),
        schema_name: reference.schema.name().to_owned(),
        is_default_model: place == 0,
        embedding_dimension: has_dimension.then_some(reference.index.projection.components as u32),
        ontological_columns: Some(service.columns()),
    };
    let models = service.hosted.iter().map(|hosted| &hosted.reference).enumerate().map(model);
    let mut models: Vec<Value> = models.map(|model| json!(model)).collect();
    if service.simulates(Simulation::StrangeModels) {
        models.insert(0, json!({"model_name": "without-a-schema", "embedding_dimension": "many"}));
        models.push(json!("a model that is not an object"));
    }
    Json(models)
}

pub async fn schemas(State(service): Shared) -> Json<Vec<FeatureSchemaName>> {
    let name = |schema_name: &str| FeatureSchemaName { schema_name: schema_name.to_owned() };
    Json(service.hosted.iter().map(|hosted| name(hosted.reference.schema.name())).collect())
}

pub async fn schema(State(service): Shared, Path(name): Path<String>) -> Result<Json<Vec<String>>, HttpError> {
    let mut schemas = service.hosted.iter().map(|hosted| &hosted.reference.schema);
    match schemas.find(|schema| schema.name() == name) {
        Some(schema) => Ok(Json(schema.ids().to_vec())),
        None => Err(HttpError::Internal),
    }
}

pub async fn quota(State(service): Shared) -> Result<Json<wire::Quota>, HttpError> {
    if service.simulates(Simulation::QuotaError) {
        return Err(HttpError::Internal);
    }
    Ok(Json(service.quota()))
}

pub async fn ontology(State(service): Shared, Path(name): Path<String>) -> Result<impl IntoResponse, HttpError> {
    if name != terms::embedded().resource_name() {
        return Err(HttpError::Ontology(name));
    }
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=86400")];
    Ok((headers, service.ontology.clone()))
}
