//! Why a request is refused. In: the reason. Out: a status and the JSON body `{"detail": …}`, as CAS answers.

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

/// A request that is not answered, and why.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No token, or another one.
    #[error("{0}")]
    Token(#[from] TokenFault),
    /// No such path.
    #[error("Not Found")]
    Path,
    /// Another method than the path has.
    #[error("Method Not Allowed")]
    Method,
    /// No such model.
    #[error("Model {} not found in the database", text::excerpt(.0))]
    Model(String),
    /// No such ontology.
    #[error("Ontological column with name '{}' not found", text::excerpt(.0))]
    Ontology(String),
    /// A model cannot be asked about this column.
    #[error("Model '{model}' does not have a configured ontology resource for '{}'.", text::excerpt(column))]
    Column {
        /// The model.
        model: String,
        /// The column.
        column: String,
    },
    /// A text that is no version.
    #[error("Client version {} is not a valid version string", text::excerpt(.0))]
    Version(String),
    /// A chunk that cannot be used.
    #[error("{0}")]
    Chunk(#[from] QueryError),
    /// Not enough quota.
    #[error("User quota exceeded. You have {} cells left, but you are trying to process {asked} cells.", .exceeded.left)]
    Quota {
        /// The cells of the request.
        asked: u64,
        /// What is left.
        exceeded: Exceeded,
    },
    /// More ids than are looked up at once.
    #[error("{0} cell ids were asked for; at most {max} are looked up at once", max = wire::MAX_CELL_QUERY)]
    TooManyIds(usize),
    /// A metadata feature that does not exist.
    #[error("{0}")]
    Feature(#[from] UnknownFeature),
    /// A field of the request is missing or not what it should be.
    #[error("{problem}")]
    Field {
        /// The field.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
        /// What it holds; `None` where it is missing.
        input: Option<String>,
    },
    /// A body that cannot be read.
    #[error("The body cannot be read: {}", text::excerpt(.0))]
    Body(String),
    /// A body beyond the limit.
    #[error("The upload is too large; at most {} MB are taken", .0 >> 20)]
    TooLarge(usize),
    /// A body that does not come.
    #[error("The upload took too long")]
    TooSlow,
    /// Something that CAS has no words for: an unknown schema, a defect.
    #[error("Error processing request")]
    Internal,
}

impl Refusal {
    /// A field that is not there.
    pub fn missing(name: &'static str) -> Self {
        Self::Field { name, problem: "Field required".to_owned(), input: None }
    }

    /// A body of JSON that is not what it should be.
    pub fn of_json(name: &'static str, error: &serde_json::Error) -> Self {
        Self::Field { name, problem: error.to_string(), input: Some(String::new()) }
    }

    /// What a field holds that is not what it should be.
    fn input(&self) -> Option<&str> {
        if let Self::Field { input, .. } = self { input.as_deref() } else { None }
    }

    /// The status of the answer.
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

    /// Text; for fields a list, as a FastAPI server gives it.
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

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(wire::ErrorBody { detail: self.detail() })).into_response();
        if matches!(self, Self::Token(fault) if fault != TokenFault::Cut) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
