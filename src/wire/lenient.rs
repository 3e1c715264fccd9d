//! Lenient deserialization: unexpected parts of an answer are ignored, and the rest is kept.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

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

/// The maximum length of a name in bytes, such as that of a model.
const LONGEST_NAME: usize = 500;

/// Deserializes a name. A long one is refused: it goes into requests, commands and tables.
pub(super) fn name<'de, D: Deserializer<'de>>(field: D) -> Result<String, D::Error> {
    let name = String::deserialize(field)?;
    if name.len() > LONGEST_NAME {
        return Err(D::Error::custom(format_args!("a name is longer than {LONGEST_NAME} bytes")));
    }
    Ok(name)
}

/// Deserializes a list of at most `most` entries. Reading stops at the first entry beyond.
pub(super) fn at_most<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    field: D,
    most: usize,
) -> Result<Vec<T>, D::Error> {
    field.deserialize_seq(List { most, entries: PhantomData })
}

/// A list of at most `MOST` entries.
#[derive(Clone, Debug)]
pub struct AtMost<T, const MOST: usize>(pub Vec<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for AtMost<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(list: D) -> Result<Self, D::Error> {
        at_most(list, MOST).map(Self)
    }
}

/// Deserializes a dictionary without the entries that cannot be read. The sum of the entries' weights is at most `most`.
/// Each value is read on its own, so that an odd one takes no more memory than its text.
pub(super) fn entries_by_key<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    field: D,
    most: usize,
    weight: fn(&T) -> usize,
) -> Result<BTreeMap<String, T>, D::Error> {
    field.deserialize_map(Dictionary { most, weight })
}

struct List<T> {
    most: usize,
    entries: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {} entries", self.most)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element()? {
            if entries.len() == self.most {
                return Err(too_many(self.most));
            }
            entries.push(entry);
        }
        Ok(entries)
    }
}

struct Dictionary<T> {
    most: usize,
    weight: fn(&T) -> usize,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Dictionary<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a dictionary of at most {} entries", self.most)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut dictionary: A) -> Result<BTreeMap<String, T>, A::Error> {
        let (mut entries, mut sum) = (BTreeMap::new(), 0_usize);
        while let Some((key, value)) = dictionary.next_entry::<String, Box<RawValue>>()? {
            let Ok(value) = serde_json::from_str(value.get()) else { continue };
            sum = sum.saturating_add((self.weight)(&value));
            if sum > self.most {
                return Err(too_many(self.most));
            }
            entries.insert(key, value);
        }
        Ok(entries)
    }
}

fn too_many<E: Error>(most: usize) -> E {
    E::custom(format_args!("a list has more than {most} entries"))
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

    use super::AtMost;
    use crate::{
        domain::{
            self, Ontology,
            ontology::{MOST_LINKS, MOST_TERMS},
        },
        wire::{Model, OntologyResource, User, general::read_ontology},
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
        let ontology: Ontology = serde_json::from_value::<OntologyResource>(resource).unwrap().try_into().unwrap();
        let terms: Vec<_> = ontology.terms().collect();
        assert_eq!([ontology.label(terms[0]), ontology.label(terms[1])], ["cell", "CL:0000001"]);
        assert_eq!(ontology.children(terms[0]), [terms[1]]);
        assert_eq!((ontology.shortest_depth(terms[1]), ontology.longest_depth(terms[1])), (Some(1), None));
    }

    #[test]
    fn long_lists_and_dictionaries_are_refused() {
        let list = |entries: usize| format!("[{}]", vec!["1"; entries].join(","));
        assert_eq!(serde_json::from_str::<AtMost<u8, 3>>(&list(3)).unwrap().0, [1; 3]);
        let error = serde_json::from_str::<AtMost<u8, 3>>(&list(4)).unwrap_err();
        assert!(error.to_string().contains("more than 3 entries"), "{error}");
        let resource = |terms: usize, links: usize| {
            let labels = (0..terms).map(|number| format!(r#""{number}":"""#)).collect::<Vec<_>>().join(",");
            let text = format!(
                r#"{{"cl_names":["0"],"cell_ontology_term_id_to_cell_type":{{{labels}}},
                "children_dictionary":{{"0":[{}]}},"shortest_path_lengths_from_cell_root":{{}},
                "longest_path_lengths_from_cell_root":{{}}}}"#,
                vec!["\"\""; links].join(",")
            );
            read_ontology(text.as_bytes()).map(|ontology| ontology.len()).map_err(|error| error.to_string())
        };
        assert_eq!(resource(MOST_TERMS, MOST_LINKS), Ok(1));
        assert!(resource(MOST_TERMS + 1, 0).unwrap_err().contains("more than 50000 entries"));
        assert!(resource(0, MOST_LINKS + MOST_TERMS).unwrap_err().contains("more than 300000 entries"));
    }

    #[test]
    fn long_names_of_models_are_refused_and_long_descriptions_are_shortened() {
        let model = |name: usize, description: usize| {
            let entry =
                json!({"model_name": "m".repeat(name), "schema_name": "s", "description": "ä".repeat(description)});
            serde_json::from_value::<Model>(entry).map(domain::Model::from).map_err(|error| error.to_string())
        };
        assert_eq!(model(500, 2000).unwrap().description.chars().count(), 2000);
        assert_eq!(model(500, 5_000_000).unwrap().description.chars().count(), 2001);
        assert_eq!(model(501, 0).unwrap_err(), "a name is longer than 500 bytes");
    }
}
