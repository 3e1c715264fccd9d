//! Lenient deserialization: unexpected parts of an answer are ignored, and the rest is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

/// Deserializes an optional field, with its default if it is `null` or has an unexpected type.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(field: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(field)?).unwrap_or_default())
}

/// Deserializes a list without the entries that cannot be read; `None` if the field is not a list.
pub(super) fn optional_entries<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    field: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let entries: Option<Vec<Value>> = or_default(field)?;
    Ok(entries.map(|entries| readable(entries).0))
}

/// Deserializes a dictionary without the entries that cannot be read.
pub(super) fn entries_by_key<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    field: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    let entries = BTreeMap::<String, Value>::deserialize(field)?;
    Ok(entries.into_iter().filter_map(|(key, value)| Some((key, serde_json::from_value(value).ok()?))).collect())
}

/// Deserializes the entries of a list one by one. Returns the entries that can be read, and the errors of the others.
pub fn readable<T: DeserializeOwned>(entries: Vec<Value>) -> (Vec<T>, Vec<serde_json::Error>) {
    let (mut read, mut faults) = (Vec::with_capacity(entries.len()), Vec::new());
    for entry in entries {
        match serde_json::from_value(entry) {
            Ok(entry) => read.push(entry),
            Err(fault) => faults.push(fault),
        }
    }
    (read, faults)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        domain::{self, Ontology},
        wire::{Model, OntologyResource, User},
    };

    #[test]
    fn a_model_requires_only_its_names() {
        let model = |fields: serde_json::Value| -> domain::Model {
            let mut entry = json!({"model_name": "m", "schema_name": "s"});
            entry.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            serde_json::from_value::<Model>(entry).unwrap().into()
        };
        let classifier = model(json!({"embedding_dimension": null, "description": null, "is_default_model": true}));
        assert_eq!((classifier.embedding_dimension, classifier.is_default), (None, true));
        assert_eq!(model(json!({"embedding_dimension": 512})).embedding_dimension, Some(512));
        let odd = json!({"embedding_dimension": "large", "description": 7, "is_default_model": null,
            "ontological_columns": "none"});
        assert_eq!(model(odd), model(json!({})));
        let column = json!({"column_name": "cell_type", "ontology_resource_name": "cl", "description": {}});
        let columns = model(json!({"ontological_columns": [{"column_name": "tissue"}, column]})).ontology_columns;
        let names: Vec<_> = columns.iter().map(|column| column.column_name.as_str()).collect();
        assert_eq!(names, ["cell_type"], "a column without a resource is ignored");
    }

    #[test]
    fn a_user_may_have_no_name() {
        let user: User = serde_json::from_value(json!({"username": null, "email": "m@lab.org"})).unwrap();
        assert_eq!((user.username.as_str(), user.email.as_str()), ("", "m@lab.org"));
    }

    #[test]
    fn missing_properties_of_terms_are_tolerated() {
        let resource = json!({
            "cl_names": ["CL:0000000", "CL:0000001"],
            "cell_ontology_term_id_to_cell_type": {"CL:0000000": "cell", "CL:0000001": null},
            "children_dictionary": {"CL:0000000": ["CL:0000001"], "CL:0000001": null},
            "shortest_path_lengths_from_cell_root": {"CL:0000000": 0, "CL:0000001": 1},
            "longest_path_lengths_from_cell_root": {"CL:0000000": 0, "CL:0000001": null},
            "ancestors_dictionary": {},
        });
        let ontology: Ontology = serde_json::from_value::<OntologyResource>(resource).unwrap().into();
        let terms: Vec<_> = ontology.terms().collect();
        assert_eq!([ontology.label(terms[0]), ontology.label(terms[1])], ["cell", "CL:0000001"]);
        assert_eq!(ontology.children(terms[0]), [terms[1]]);
        assert_eq!((ontology.shortest_depth(terms[1]), ontology.longest_depth(terms[1])), (Some(1), None));
    }
}
