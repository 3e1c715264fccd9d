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

use super::{ledger::Exceeded, query::QueryError};

/// A request that is not answered, and why.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No token, or another one.
    #[error("Token is invalid")]
    Token,
    /// No such path.
    #[error("Not Found")]
    Path,
    /// Another method than the path has.
    #[error("Method Not Allowed")]
    Method,
    /// No such model, schema or ontology.
    #[error("{kind} '{}' not found", text::excerpt(name))]
    Name {
        /// Of what kind.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A text that is no version.
    #[error("'{}' is not a version", text::excerpt(.0))]
    Version(String),
    /// A chunk that cannot be used.
    #[error("{0}")]
    Chunk(#[from] QueryError),
    /// Not enough quota.
    #[error("User quota exceeded. You have {} cells left, and the request has {asked}. The weekly quota is reset on {}.", .exceeded.left, .exceeded.resets_at)]
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
    /// The service is at fault.
    #[error("Internal Server Error")]
    Internal,
}

impl Refusal {
    /// A field that is not there.
    pub fn missing(name: &'static str) -> Self {
        Self::Field { name, problem: "Field required".to_owned() }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::Path | Self::Name { .. } => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Version(_) | Self::Chunk(_) | Self::TooManyIds(_) | Self::Body(_) => StatusCode::BAD_REQUEST,
            Self::Quota { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Feature(_) | Self::Field { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Text; for fields a list, as a FastAPI server gives it.
    fn detail(&self) -> Value {
        let of_field = |name: &str| json!([{"type": "value_error", "loc": ["body", name], "msg": self.to_string()}]);
        match self {
            Self::Field { name, .. } => of_field(name),
            Self::Feature(_) => of_field("metadata_feature_names"),
            Self::Token
            | Self::Path
            | Self::Method
            | Self::Name { .. }
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
        if matches!(self, Self::Token) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
