//! Models a CAS server offers.

use super::ModelName;

/// A model, as `list-models` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its name, as requests give it.
    pub name: ModelName,
    /// A sentence for people.
    pub description: String,
    /// The name of the feature schema its input must have.
    pub schema_name: String,
    /// Whether the server uses it when none is asked for.
    pub is_default: bool,
    /// The number of dimensions of its embedding.
    pub embedding_dimension: u32,
    /// The ontologies it can answer in; empty on older servers.
    pub ontology_columns: Vec<OntologyColumn>,
}

/// An ontology that a model's reference cells are labelled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyColumn {
    /// The name under which the server serves the ontology.
    pub resource_name: String,
    /// The column of the reference cells, `cell_type` as a rule.
    pub column_name: String,
    /// A sentence for people.
    pub description: Option<String>,
}

impl Model {
    /// The ontology resource for cell types: the one of column `cell_type`, else the first.
    pub fn cell_type_ontology(&self) -> Option<&str> {
        let columns = &self.ontology_columns;
        let of_cell_type = columns.iter().find(|column| column.column_name == "cell_type");
        of_cell_type.or(columns.first()).map(|column| column.resource_name.as_str())
    }
}
