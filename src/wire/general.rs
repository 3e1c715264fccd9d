//! Bodies of the general endpoints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lenient;
use crate::domain::{self, ModelName, Ontology, TermId, ontology::TermRecord};

/// The body of an error.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong: text as a rule, a list of objects from a validator.
    pub detail: serde_json::Value,
}

/// The owner of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// A name for people.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub username: String,
    /// The address the account was made with.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub email: String,
    /// Whether the server would like feedback.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub should_ask_for_feedback: bool,
}

/// The body of `validate-client-version`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClientVersion {
    /// The version of the client protocol.
    pub client_version: String,
}

/// The answer of `validate-client-version`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VersionValidity {
    /// Whether the server still speaks it.
    pub is_valid: bool,
    /// The oldest version it speaks.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub min_version: String,
}

/// The answer of `application-info`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplicationInfo {
    /// The server's version.
    pub application_version: String,
    /// The schema of its default model.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub default_feature_schema: String,
}

/// An entry of `list-models`. Only the two names are needed: any other field that cannot be read counts as absent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// See [`domain::Model::name`].
    pub model_name: String,
    /// See [`domain::Model::description`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: Option<String>,
    /// See [`domain::Model::schema_name`].
    pub schema_name: String,
    /// See [`domain::Model::is_default`].
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_default_model: bool,
    /// See [`domain::Model::embedding_dimension`]; `null` for a classifier.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub embedding_dimension: Option<u32>,
    /// Absent on older servers. In no particular order.
    #[serde(default, deserialize_with = "lenient::optional_entries")]
    pub ontological_columns: Option<Vec<OntologyColumn>>,
}

/// An ontology of a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OntologyColumn {
    /// The name to ask `cell-ontology-resource` for.
    pub ontology_resource_name: String,
    /// The column of the reference cells.
    pub column_name: String,
    /// A sentence for people.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub description: Option<String>,
}

/// An entry of `feature-schemas`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeatureSchemaName {
    /// The name to ask `feature-schema` for.
    pub schema_name: String,
}

/// The answer of `quota`; `null` stands for "unlimited".
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quota {
    /// The server's number of the user.
    #[serde(default)]
    pub user_id: serde_json::Value,
    /// Cells a week.
    #[serde(default)]
    pub weekly_quota: Option<i64>,
    /// Cells left this week, already no more than the lifetime rest.
    #[serde(default)]
    pub remaining_weekly_quota: Option<i64>,
    /// ISO 8601 without a zone.
    #[serde(default)]
    pub quota_reset_date: Option<String>,
    /// Cells in all.
    #[serde(default)]
    pub lifetime_quota: Option<i64>,
    /// Cells left of those.
    #[serde(default)]
    pub remaining_lifetime_quota: Option<i64>,
    /// Whether the lifetime quota was raised already.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub quota_increased: bool,
}

/// The answer of `cell-ontology-resource`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OntologyResource {
    /// Term ids, sorted.
    pub cl_names: Vec<String>,
    /// The label of each. A term without one is shown by its id.
    #[serde(deserialize_with = "lenient::entries_by_key")]
    pub cell_ontology_term_id_to_cell_type: BTreeMap<String, String>,
    /// The direct children of each.
    #[serde(deserialize_with = "lenient::entries_by_key")]
    pub children_dictionary: BTreeMap<String, Vec<String>>,
    /// The length of the shortest path from the root to each term that has one.
    #[serde(deserialize_with = "lenient::entries_by_key")]
    pub shortest_path_lengths_from_cell_root: BTreeMap<String, u32>,
    /// The length of the longest path from the root to each term that has one.
    #[serde(deserialize_with = "lenient::entries_by_key")]
    pub longest_path_lengths_from_cell_root: BTreeMap<String, u32>,
}

impl From<Model> for domain::Model {
    fn from(model: Model) -> Self {
        Self {
            name: ModelName::new(model.model_name),
            description: model.description.unwrap_or_default(),
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
            description: column.description,
        }
    }
}

impl From<Quota> for domain::Quota {
    /// A negative rest (the limit was lowered after use) counts as nothing left.
    fn from(quota: Quota) -> Self {
        let cells = |n: Option<i64>| n.map(|n| u64::try_from(n).unwrap_or(0));
        Self {
            weekly: cells(quota.weekly_quota),
            remaining_weekly: cells(quota.remaining_weekly_quota),
            resets_at: quota.quota_reset_date,
            lifetime: cells(quota.lifetime_quota),
            remaining_lifetime: cells(quota.remaining_lifetime_quota),
            was_increased: quota.quota_increased,
        }
    }
}

impl From<OntologyResource> for Ontology {
    fn from(mut resource: OntologyResource) -> Self {
        let record = |id: String| TermRecord {
            label: resource.cell_ontology_term_id_to_cell_type.remove(&id).unwrap_or_else(|| id.clone()),
            children: resource.children_dictionary.remove(&id).into_iter().flatten().map(TermId::new).collect(),
            shortest: resource.shortest_path_lengths_from_cell_root.get(&id).copied(),
            longest: resource.longest_path_lengths_from_cell_root.get(&id).copied(),
            id: TermId::new(id),
        };
        Self::new(resource.cl_names.into_iter().map(record).collect())
    }
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
