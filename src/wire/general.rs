//! Bodies of the general endpoints.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::lenient;
use crate::domain::{
    self, ModelName, Ontology, TermId,
    ontology::{MOST_LINKS, MOST_TERMS, OntologyFault, TermRecord},
};

/// The number of characters kept of a description of a model or of an ontology.
const LONGEST_DESCRIPTION: usize = 2_000;

/// The body of an error response.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The description of the error: usually text, or a list of objects from a validator.
    pub detail: serde_json::Value,
}

/// The owner of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// A name for display.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub username: String,
    /// The email address of the account.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub email: String,
    /// Whether the server asks for feedback.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub should_ask_for_feedback: bool,
}

/// The body of a `validate-client-version` request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientVersion {
    /// The version of the client protocol.
    pub client_version: String,
}

/// The answer to `validate-client-version`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VersionValidity {
    /// Whether the server supports the version.
    pub is_valid: bool,
    /// The oldest version that the server supports.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub min_version: String,
}

/// The answer to `application-info`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplicationInfo {
    /// The server's version.
    pub application_version: String,
    /// The feature schema of the default model.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub default_feature_schema: String,
}

/// An entry of the answer to `list-models`. Only the two names are required. Other fields are treated as absent if they
/// cannot be read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// See [`domain::Model::name`].
    #[serde(deserialize_with = "lenient::name")]
    pub model_name: String,
    /// See [`domain::Model::description`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: Option<String>,
    /// See [`domain::Model::schema_name`].
    #[serde(deserialize_with = "lenient::name")]
    pub schema_name: String,
    /// See [`domain::Model::is_default`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_default_model: bool,
    /// See [`domain::Model::embedding_dimension`]; `null` for a classifier.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub embedding_dimension: Option<u32>,
    /// The ontologies of the model in no particular order. Absent on older servers.
    #[serde(default, deserialize_with = "lenient::optional_entries")]
    pub ontological_columns: Option<Vec<OntologyColumn>>,
}

/// An ontology of a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OntologyColumn {
    /// The name of the ontology, for `cell-ontology-resource`.
    #[serde(deserialize_with = "lenient::name")]
    pub ontology_resource_name: String,
    /// The column of the reference cells.
    #[serde(deserialize_with = "lenient::name")]
    pub column_name: String,
    /// A description for users.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: Option<String>,
}

/// An entry of the answer to `feature-schemas`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeatureSchemaName {
    /// The name of the schema, for `feature-schema`.
    #[serde(deserialize_with = "lenient::name")]
    pub schema_name: String,
}

/// The answer to `quota`; `null` means that there is no limit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quota {
    /// The server's number for the user.
    #[serde(default)]
    pub user_id: serde_json::Value,
    /// Number of cells per week.
    #[serde(default)]
    pub weekly_quota: Option<i64>,
    /// Number of cells left this week, limited by the rest of the lifetime limit.
    #[serde(default)]
    pub remaining_weekly_quota: Option<i64>,
    /// The start of the next week in ISO 8601 without time zone.
    #[serde(default)]
    pub quota_reset_date: Option<String>,
    /// Total number of cells.
    #[serde(default)]
    pub lifetime_quota: Option<i64>,
    /// Number of cells left of the total.
    #[serde(default)]
    pub remaining_lifetime_quota: Option<i64>,
    /// Whether the lifetime limit has been increased.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub quota_increased: bool,
}

/// The answer to `cell-ontology-resource`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OntologyResource {
    /// The IDs of the terms, sorted.
    #[serde(deserialize_with = "terms")]
    pub cl_names: Vec<String>,
    /// The label of each term. A term without a label is displayed with its ID.
    #[serde(deserialize_with = "by_term")]
    pub cell_ontology_term_id_to_cell_type: BTreeMap<String, String>,
    /// The IDs of the direct children of each term.
    #[serde(deserialize_with = "children_by_term")]
    pub children_dictionary: BTreeMap<String, Vec<String>>,
    /// Length of the shortest path from the root to each term, if there is one.
    #[serde(deserialize_with = "by_term")]
    pub shortest_path_lengths_from_cell_root: BTreeMap<String, u32>,
    /// Length of the longest path from the root to each term, if there is one.
    #[serde(deserialize_with = "by_term")]
    pub longest_path_lengths_from_cell_root: BTreeMap<String, u32>,
}

impl From<Model> for domain::Model {
    fn from(model: Model) -> Self {
        Self {
            name: ModelName::new(model.model_name),
            description: shortened(model.description.unwrap_or_default()),
            schema_name: model.schema_name,
            is_default: model.is_default_model,
            embedding_dimension: model.embedding_dimension,
            ontology_columns: model.ontological_columns.into_iter().flatten().map(Into::into).collect(),
        }
    }
}

impl From<OntologyColumn> for domain::OntologyColumn {
    fn from(column: OntologyColumn) -> Self {
        Self {
            resource_name: column.ontology_resource_name,
            column_name: column.column_name,
            description: column.description.map(shortened),
        }
    }
}

impl From<Quota> for domain::Quota {
    /// Replaces negative limits by 0. The remaining numbers are kept, because they are negative after an overdraft.
    fn from(quota: Quota) -> Self {
        let cells = |n: Option<i64>| n.map(|n| u64::try_from(n).unwrap_or(0));
        Self {
            weekly: cells(quota.weekly_quota),
            remaining_weekly: quota.remaining_weekly_quota,
            resets_at: quota.quota_reset_date,
            lifetime: cells(quota.lifetime_quota),
            remaining_lifetime: quota.remaining_lifetime_quota,
            was_increased: quota.quota_increased,
        }
    }
}

impl TryFrom<OntologyResource> for Ontology {
    type Error = OntologyFault;

    /// Builds the graph and checks its limits.
    fn try_from(mut resource: OntologyResource) -> Result<Self, OntologyFault> {
        let record = |id: String| TermRecord {
            label: resource.cell_ontology_term_id_to_cell_type.remove(&id).unwrap_or_else(|| id.clone()),
            children: resource.children_dictionary.remove(&id).into_iter().flatten().map(TermId::new).collect(),
            shortest: resource.shortest_path_lengths_from_cell_root.get(&id).copied(),
            longest: resource.longest_path_lengths_from_cell_root.get(&id).copied(),
            id: TermId::new(id),
        };
        let ontology = Self::new(resource.cl_names.into_iter().map(record).collect());
        ontology.check().map(|()| ontology)
    }
}

/// The reason why an ontology resource cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OntologyError {
    /// It is not JSON of the expected shape.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is beyond the limits.
    #[error(transparent)]
    Fault(#[from] OntologyFault),
}

/// Reads an ontology resource: one that has just arrived, a cached one, or one of a run folder.
///
/// # Errors
/// Fails if the text is not an ontology resource, or is beyond the limits of one.
pub fn read_ontology(text: &[u8]) -> Result<Ontology, OntologyError> {
    Ok(serde_json::from_slice::<OntologyResource>(text)?.try_into()?)
}

fn terms<'de, D: Deserializer<'de>>(field: D) -> Result<Vec<String>, D::Error> {
    lenient::at_most(field, MOST_TERMS)
}

fn by_term<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    field: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    lenient::entries_by_key(field, MOST_TERMS, |_| 1)
}

fn children_by_term<'de, D: Deserializer<'de>>(field: D) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    lenient::entries_by_key(field, MOST_TERMS + MOST_LINKS, |children: &Vec<String>| 1 + children.len())
}

/// Cuts a description to the length that is kept.
fn shortened(mut description: String) -> String {
    if let Some((end, _)) = description.char_indices().nth(LONGEST_DESCRIPTION) {
        description.truncate(end);
        description.push('…');
    }
    description
}

impl From<&Ontology> for OntologyResource {
    fn from(ontology: &Ontology) -> Self {
        let id = |term| ontology.id(term).as_str().to_owned();
        let depths = |depth: fn(&Ontology, domain::TermIndex) -> Option<u32>| {
            ontology.terms().filter_map(|term| Some((id(term), depth(ontology, term)?))).collect()
        };
        Self {
            cl_names: ontology.terms().map(id).collect(),
            cell_ontology_term_id_to_cell_type: ontology
                .terms()
                .map(|term| (id(term), ontology.label(term).to_owned()))
                .collect(),
            children_dictionary: ontology
                .terms()
                .map(|term| (id(term), ontology.children(term).iter().copied().map(id).collect()))
                .collect(),
            shortest_path_lengths_from_cell_root: depths(Ontology::shortest_depth),
            longest_path_lengths_from_cell_root: depths(Ontology::longest_depth),
        }
    }
}
