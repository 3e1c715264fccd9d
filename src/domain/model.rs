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
    /// The number of dimensions of its embedding; `None` where it has none, as a classifier.
    pub embedding_dimension: Option<u32>,
    /// The ontologies it can answer in, in no particular order; empty on older servers.
    pub ontology_columns: Vec<OntologyColumn>,
}

/// The models a server lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelList {
    /// Those that could be read.
    pub models: Vec<Model>,
    /// Why each of the others could not be read, cleaned.
    pub unreadable: Vec<String>,
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

/// The column of the reference cells that ontology-aware annotation is about.
pub const CELL_TYPE_COLUMN: &str = "cell_type";

impl Model {
    /// The ontology resource of the column `cell_type`.
    pub fn cell_type_ontology(&self) -> Option<&str> {
        let of_cell_type = self.ontology_columns.iter().find(|column| column.column_name == CELL_TYPE_COLUMN);
        of_cell_type.map(|column| column.resource_name.as_str())
    }

    /// Whether the server is known to refuse ontology-aware annotation: it lists the model's columns, and `cell_type`
    /// is not among them. An older server lists none.
    pub fn lacks_cell_types(&self) -> bool {
        !self.ontology_columns.is_empty() && self.cell_type_ontology().is_none()
    }
}

impl ModelList {
    /// Says how many entries could not be read, and why not the first; `None` where all could be.
    pub fn complaint(&self) -> Option<String> {
        let first = self.unreadable.first()?;
        let entries = if self.unreadable.len() == 1 { "entry" } else { "entries" };
        Some(format!("{} {entries} of the server's list of models cannot be read: {first}", self.unreadable.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ontology_is_that_of_the_cell_type_column_wherever_it_is_listed() {
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
