//! The models of a CAS server.

use super::{ModelName, text::numbered};

/// A model, as listed by the endpoint `list-models`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The name used in requests.
    pub name: ModelName,
    /// A description for users.
    pub description: String,
    /// The name of the feature schema of its input.
    pub schema_name: String,
    /// Whether the server uses the model if a request names none.
    pub is_default: bool,
    /// Number of dimensions of the embedding; `None` for a model without embedding, such as a classifier.
    pub embedding_dimension: Option<u32>,
    /// The ontologies of the model's answers, in no particular order; empty on older servers.
    pub ontology_columns: Vec<OntologyColumn>,
}

/// The models listed by a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelList {
    /// The models that could be read.
    pub models: Vec<Model>,
    /// For each other model, the sanitized reason why it could not be read.
    pub unreadable: Vec<String>,
}

/// An ontology with which a model's reference cells are labeled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyColumn {
    /// The name of the ontology on the server.
    pub resource_name: String,
    /// The column of the reference cells, usually `cell_type`.
    pub column_name: String,
    /// A description for users.
    pub description: Option<String>,
}

/// The column of the reference cells that ontology-aware annotation uses.
pub const CELL_TYPE_COLUMN: &str = "cell_type";

impl Model {
    /// Returns the name of the ontology of the column `cell_type`.
    pub fn cell_type_ontology(&self) -> Option<&str> {
        let of_cell_type = self.ontology_columns.iter().find(|column| column.column_name == CELL_TYPE_COLUMN);
        of_cell_type.map(|column| column.resource_name.as_str())
    }

    /// Returns whether the server is known to refuse ontology-aware annotation: it lists columns of the model, but not
    /// `cell_type`. An older server lists no columns.
    pub fn lacks_cell_types(&self) -> bool {
        !self.ontology_columns.is_empty() && self.cell_type_ontology().is_none()
    }
}

impl ModelList {
    /// Returns a message with the number of unreadable entries and the first reason; `None` if all could be read.
    pub fn complaint(&self) -> Option<String> {
        let first = self.unreadable.first()?;
        let entries = numbered(self.unreadable.len(), "entry", "entries");
        Some(format!("{entries} of the server's list of models cannot be read: {first}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ontology_of_the_cell_type_column_is_found_at_any_position() {
        let column = |column_name: &str| OntologyColumn {
            resource_name: format!("ontology of {column_name}"),
            column_name: column_name.into(),
            description: None,
        };
        let model = |columns: &[&str]| Model {
            name: "m".into(),
            description: String::new(),
            schema_name: "s".into(),
            is_default: true,
            embedding_dimension: None,
            ontology_columns: columns.iter().map(|name| column(name)).collect(),
        };
        let both = model(&["disease", "cell_type"]);
        assert_eq!((both.cell_type_ontology(), both.lacks_cell_types()), (Some("ontology of cell_type"), false));
        assert_eq!(model(&["disease"]).cell_type_ontology(), None);
        assert!(model(&["disease"]).lacks_cell_types() && !model(&[]).lacks_cell_types());
    }
}
