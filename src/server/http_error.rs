//! Refused requests. In: the reason. Out: a status and the JSON body `{"detail": …}`, as CAS responds.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    domain::{features::UnknownFeature, text},
    wire,
};

use super::{ledger::Exceeded, query::QueryError, token::TokenFault};

/// The reasons why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The token is missing or wrong.
    #[error("{0}")]
    Token(#[from] TokenFault),
    /// The path does not exist.
    #[error("Not Found")]
    Path,
    /// The path does not support the method.
    #[error("Method Not Allowed")]
    Method,
    /// The model does not exist.
    #[error("Model {} not found in the database", text::excerpt(.0))]
    Model(String),
    /// The ontology does not exist.
    #[error("Ontological column with name '{}' not found", text::excerpt(.0))]
    Ontology(String),
    /// The model has no ontology for this column.
    #[error("Model '{model}' does not have a configured ontology resource for '{}'.", text::excerpt(column))]
    Column {
        /// The model.
        model: String,
        /// The column.
        column: String,
    },
    /// The text is not a version.
    #[error("Client version {} is not a valid version string", text::excerpt(.0))]
    Version(String),
    /// The chunk cannot be used.
    #[error("{0}")]
    Chunk(#[from] QueryError),
    /// The quota is too small.
    #[error("User quota exceeded. You have {} cells left, but you are trying to process {asked} cells.", .exceeded.left)]
    Quota {
        /// The number of cells in the request.
        asked: u64,
        /// The number of cells left.
        exceeded: Exceeded,
    },
    /// The request asks for too many cell ids.
    #[error("the request has {0} cell ids; at most {max} are allowed", max = wire::MAX_CELL_QUERY)]
    TooManyIds(usize),
    /// The metadata feature does not exist.
    #[error("{0}")]
    Feature(#[from] UnknownFeature),
    /// A field of the request is missing or invalid.
    #[error("{problem}")]
    Field {
        /// The name of the field.
        name: &'static str,
        /// The fault.
        problem: String,
        /// The value of the field; `None` if it is missing.
        input: Option<String>,
    },
    /// The body cannot be read.
    #[error("The body cannot be read: {}", text::excerpt(.0))]
    Body(String),
    /// The body exceeds the limit.
    #[error("The upload is too large; at most {} MB are accepted", .0 >> 20)]
    TooLarge(usize),
    /// The body does not arrive in time.
    #[error("The upload took too long")]
    TooSlow,
    /// An error that CAS does not explain, such as an unknown schema or a defect.
    #[error("Error processing request")]
    Internal,
}

impl HttpError {
    /// Creates the refusal of a missing field.
    pub fn missing(name: &'static str) -> Self {
        Self::Field { name, problem: "Field required".to_owned(), input: None }
    }

    /// Creates the refusal of an invalid JSON body.
    pub fn of_json(name: &'static str, error: &serde_json::Error) -> Self {
        Self::Field { name, problem: error.to_string(), input: Some(String::new()) }
    }

    /// Returns the invalid value of a field.
    fn input(&self) -> Option<&str> {
        if let Self::Field { input, .. } = self { input.as_deref() } else { None }
    }

    /// Returns the status of the response.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Token(TokenFault::Cut) | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Token(_) => StatusCode::UNAUTHORIZED,
            Self::Path | Self::Ontology(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Chunk(fault) if !fault.is_explained() => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Model(_)
            | Self::Column { .. }
            | Self::Version(_)
            | Self::Chunk(_)
            | Self::TooManyIds(_)
            | Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::Quota { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Feature(_) | Self::Field { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Returns the detail: text, or a list for fields, as a FastAPI server formats it.
    fn detail(&self) -> Value {
        let of_field = |name: &str| {
            let kind = if matches!(self, Self::Field { input: None, .. }) { "missing" } else { "value_error" };
            json!([{"type": kind, "loc": ["body", name], "msg": self.to_string(), "input": self.input()}])
        };
        match self {
            Self::Chunk(fault) if !fault.is_explained() => Self::Internal.to_string().into(),
            Self::Field { name, .. } => of_field(name),
            Self::Feature(_) => of_field("metadata_feature_names"),
            Self::Token(_)
            | Self::Path
            | Self::Method
            | Self::Model(_)
            | Self::Ontology(_)
            | Self::Column { .. }
            | Self::Version(_)
            | Self::Chunk(_)
            | Self::Quota { .. }
            | Self::TooManyIds(_)
            | Self::Body(_)
            | Self::TooLarge(_)
            | Self::TooSlow
            | Self::Internal => self.to_string().into(),
        }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(wire::ErrorBody { detail: self.detail() })).into_response();
        if matches!(self, Self::Token(fault) if fault != TokenFault::Cut) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
