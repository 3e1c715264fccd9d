//! The bodies of requests and answers exactly as they travel, and how they become the words of [`crate::domain`].
//! Shared by the client and the local service. Unknown fields are tolerated; a missing one is named by serde.

pub mod annotation;
pub mod general;
mod lenient;

pub use annotation::{
    CellQueryRequest, DatasetStatistics, Match, Neighbor, NeighborIndex, NeighborhoodAnnotation,
    OntologyAwareAnnotation, SearchResult, SummaryStatistics,
};
pub use general::{
    ApplicationInfo, ClientVersion, ErrorBody, FeatureSchemaName, Model, OntologyColumn, OntologyResource, Quota, User,
    VersionValidity,
};
pub use lenient::readable;

/// The version of the client protocol we speak: that of the Python client, not of this program.
pub const PROTOCOL_VERSION: &str = "1.8.0";

/// Paths of the endpoints, without a leading slash.
pub mod path {
    /// `GET`: who the token belongs to.
    pub const VALIDATE_TOKEN: &str = "api/cellarium-general/validate-token";
    /// `POST`: whether the server still speaks our protocol.
    pub const VALIDATE_CLIENT_VERSION: &str = "api/cellarium-general/validate-client-version";
    /// `GET`: the server's version and default schema.
    pub const APPLICATION_INFO: &str = "api/cellarium-general/application-info";
    /// `GET`: the models.
    pub const LIST_MODELS: &str = "api/cellarium-general/list-models";
    /// `GET`: the names of the feature schemas.
    pub const FEATURE_SCHEMAS: &str = "api/cellarium-general/feature-schemas";
    /// `GET`, followed by `/{name}`: the genes of a schema.
    pub const FEATURE_SCHEMA: &str = "api/cellarium-general/feature-schema";
    /// `GET`: what is left of the quota.
    pub const QUOTA: &str = "api/cellarium-general/quota";
    /// `GET`, followed by `/{name}`: an ontology.
    pub const CELL_ONTOLOGY_RESOURCE: &str = "api/cellarium-general/cell-ontology-resource";
    /// `POST`: no more requests for feedback.
    pub const FEEDBACK_OPT_OUT: &str = "api/cellarium-general/feedback/opt-out";
    /// A page for the user to open, never fetched by us.
    pub const FEEDBACK_ANSWER: &str = "api/cellarium-general/feedback/answer";
    /// `POST`, multipart: summary statistics of a chunk.
    pub const ANNOTATE_SUMMARY_STATISTICS: &str =
        "api/cellarium-cell-operations/annotate-cell-type-summary-statistics-strategy";
    /// `POST`, multipart: ontology-aware annotation of a chunk.
    pub const ANNOTATE_ONTOLOGY_AWARE: &str =
        "api/cellarium-cell-operations/annotate-cell-type-ontology-aware-strategy";
    /// `POST`, multipart: nearest neighbors of a chunk.
    pub const NEAREST_NEIGHBOR_SEARCH: &str = "api/cellarium-cell-operations/nearest-neighbor-search";
    /// `POST`: metadata of reference cells.
    pub const QUERY_CELLS_BY_IDS: &str = "api/cellarium-cell-operations/query-cells-by-ids";
}

/// Names of headers beyond the usual ones.
pub mod header {
    /// A UUID for the life of the program.
    pub const CLIENT_SESSION_ID: &str = "x-client-session-id";
    /// A UUID for one user action.
    pub const CLIENT_ACTION_ID: &str = "x-client-action-id";
    /// The server's id of a request, to be shown with its errors.
    pub const TRACE_ID: &str = "x-trace-id";
}

/// The most ids a `query-cells-by-ids` request may hold.
pub const MAX_CELL_QUERY: usize = 20_000;
