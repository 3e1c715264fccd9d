//! The bodies of requests and answers exactly as transmitted, and their conversion to the types of [`crate::domain`].
//! Shared by the client and the local service. Unknown fields are ignored; a missing one is named in the error.

pub mod annotation;
mod entries;
pub mod general;
mod lenient;

pub(crate) use annotation::{CellQueryRequest, DatasetStatistics, Match, Neighbor, NeighborIndex, SummaryStatistics};
pub use annotation::{NeighborhoodAnnotation, OntologyAwareAnnotation, SearchResult};
pub(crate) use entries::each_entry;
pub use general::{ApplicationInfo, ErrorBody, Model, OntologyResource, Quota, User, VersionValidity};
pub(crate) use general::{ClientVersion, FeatureSchemaName, OntologyColumn};
pub(crate) use lenient::{AtMost, readable};

/// The version of the client protocol, which is that of the Python client and not of this program.
pub const PROTOCOL_VERSION: &str = "1.8.0";

/// Paths of the endpoints, without a leading slash.
pub mod path {
    /// `GET`: the owner of the token.
    pub const VALIDATE_TOKEN: &str = "api/cellarium-general/validate-token";
    /// `POST`: whether the server supports the client's protocol version.
    pub const VALIDATE_CLIENT_VERSION: &str = "api/cellarium-general/validate-client-version";
    /// `GET`: the server's version and default schema.
    pub const APPLICATION_INFO: &str = "api/cellarium-general/application-info";
    /// `GET`: the models.
    pub const LIST_MODELS: &str = "api/cellarium-general/list-models";
    /// `GET`: the names of the feature schemas.
    pub const FEATURE_SCHEMAS: &str = "api/cellarium-general/feature-schemas";
    /// `GET`, followed by `/{name}`: the genes of a schema.
    pub const FEATURE_SCHEMA: &str = "api/cellarium-general/feature-schema";
    /// `GET`: the quota and the cells left.
    pub const QUOTA: &str = "api/cellarium-general/quota";
    /// `GET`, followed by `/{name}`: an ontology.
    pub const CELL_ONTOLOGY_RESOURCE: &str = "api/cellarium-general/cell-ontology-resource";
    /// `POST`: disables requests for feedback.
    pub const FEEDBACK_OPT_OUT: &str = "api/cellarium-general/feedback/opt-out";
    /// A web page that the user opens; this program never requests it.
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

/// Names of CAS-specific headers.
pub mod header {
    /// A UUID for the lifetime of the program.
    pub const CLIENT_SESSION_ID: &str = "x-client-session-id";
    /// A UUID for each action of the user.
    pub const CLIENT_ACTION_ID: &str = "x-client-action-id";
    /// The server's ID of a request, which is displayed with errors.
    pub const TRACE_ID: &str = "x-trace-id";
}

/// Maximum size of an ontology resource in bytes.
pub const LARGEST_ONTOLOGY: u64 = 16 << 20;
/// Maximum size of a feature schema in bytes.
pub const LARGEST_SCHEMA: u64 = 8 << 20;
/// Maximum number of models, and of feature schemas, that a server lists.
pub const MOST_LISTED: usize = 1_000;
/// Maximum number of genes of a feature schema. The human genome has some 60,000.
pub const MOST_GENES: usize = 200_000;

/// Maximum number of IDs in a `query-cells-by-ids` request.
pub const MAX_CELL_QUERY: usize = 20_000;
