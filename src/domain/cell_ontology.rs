//! The embedded Cell Ontology: terms by label and synonym, their definitions, and the graph. The ontology of a server
//! may be a different version.

use std::collections::{HashMap, hash_map::Entry};

use serde::Deserialize;

use super::{Ontology, TermId};

static EMBEDDED: &[u8] = include_bytes!("../../assets/ontology/cell-ontology.json.zst");

/// The Cell Ontology with labels, synonyms and definitions, and a lookup of terms by name.
#[derive(Clone, Debug)]
pub struct CellOntology {
    version: String,
    terms: Vec<Entity>,
    indices: HashMap<TermId, usize>,
    names: HashMap<String, Sense>,
}

/// The meaning of a name. A label takes precedence over a synonym; a synonym of several terms is ambiguous.
#[derive(Clone, Copy, Debug)]
enum Sense {
    Label(usize),
    Synonym(usize),
    Ambiguous,
}

#[derive(Clone, Debug, Deserialize)]
struct Document {
    version: String,
    terms: Vec<Entity>,
}

#[derive(Clone, Debug, Deserialize)]
struct Entity {
    id: TermId,
    label: String,
    parents: Vec<TermId>,
    synonyms: Vec<String>,
    definition: String,
}

impl CellOntology {
    /// Loads the embedded Cell Ontology.
    pub fn embedded() -> Self {
        // The asset is embedded and covered by a test, so it is valid.
        let json = zstd::decode_all(EMBEDDED).expect("the embedded ontology is valid zstd");
        Self::new(serde_json::from_slice(&json).expect("the embedded ontology is valid JSON"))
    }

    fn new(document: Document) -> Self {
        let mut cell_ontology =
            Self { version: document.version, terms: document.terms, indices: HashMap::new(), names: HashMap::new() };
        for (index, term) in cell_ontology.terms.iter().enumerate() {
            cell_ontology.indices.insert(term.id.clone(), index);
            for synonym in &term.synonyms {
                add_synonym(&mut cell_ontology.names, synonym, index);
            }
        }
        for (index, term) in cell_ontology.terms.iter().enumerate() {
            cell_ontology.names.insert(folded(&term.label), Sense::Label(index));
        }
        cell_ontology
    }

    /// Returns the version, such as `v2026-03-26`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the graph, with terms sorted by ID and depths relative to "cell".
    pub fn ontology(&self) -> Ontology {
        let mut terms: Vec<_> =
            self.terms.iter().map(|term| (term.id.clone(), term.label.clone(), term.parents.clone())).collect();
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        Ontology::from_parents(terms, &TermId::from(TermId::CELL))
    }

    /// Returns the term with a name: an ID, a label, or a synonym of exactly one term. Case is ignored.
    pub fn resolve(&self, name: &str) -> Option<TermId> {
        let name = folded(name);
        let by_id = || self.indices.get(&TermId::new(name.to_uppercase())).copied();
        let index = match self.names.get(&name) {
            Some(Sense::Label(index) | Sense::Synonym(index)) => Some(*index),
            Some(Sense::Ambiguous) => None,
            None => by_id(),
        };
        index.map(|index| self.terms[index].id.clone())
    }

    /// Returns the label of a term.
    pub fn label(&self, id: &TermId) -> Option<&str> {
        self.find(id).map(|term| term.label.as_str())
    }

    /// Returns the definition of a term, or `None` if the ontology has none.
    pub fn definition(&self, id: &TermId) -> Option<&str> {
        self.find(id).map(|term| term.definition.as_str()).filter(|text| !text.is_empty())
    }

    /// Returns the synonyms of a term.
    pub fn synonyms(&self, id: &TermId) -> &[String] {
        self.find(id).map_or(&[], |term| &term.synonyms)
    }

    fn find(&self, id: &TermId) -> Option<&Entity> {
        self.indices.get(id).map(|&index| &self.terms[index])
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

fn add_synonym(names: &mut HashMap<String, Sense>, synonym: &str, index: usize) {
    match names.entry(folded(synonym)) {
        Entry::Vacant(vacant) => {
            vacant.insert(Sense::Synonym(index));
        }
        Entry::Occupied(mut known) => {
            if !matches!(known.get(), Sense::Synonym(other) if *other == index) {
                known.insert(Sense::Ambiguous);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(id: &str, label: &str, parents: &[&str], synonyms: &[&str]) -> Entity {
        Entity {
            id: TermId::from(id),
            label: label.to_owned(),
            parents: parents.iter().copied().map(TermId::from).collect(),
            synonyms: synonyms.iter().copied().map(str::to_owned).collect(),
            definition: String::new(),
        }
    }

    #[test]
    fn all_embedded_terms_are_reachable_from_cell() {
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        assert!(ontology.len() > 3000);
        assert!(ontology.terms().all(|term| ontology.shortest_depth(term).is_some()));
        assert!(ontology.terms().map(|term| ontology.id(term).clone()).is_sorted());
        let b_cell = cell_ontology.resolve("b CELL ").unwrap();
        assert_eq!(b_cell.as_str(), "CL:0000236");
        assert_eq!(cell_ontology.resolve("cl:0000236"), Some(b_cell.clone()));
        assert_eq!(cell_ontology.label(&b_cell), Some("B cell"));
        assert!(cell_ontology.definition(&b_cell).is_some());
        assert!(!cell_ontology.synonyms(&b_cell).is_empty());
    }

    #[test]
    fn labels_take_precedence_and_shared_synonyms_are_ambiguous() {
        let terms = vec![
            term("CL:1", "alpha", &[], &["beta", "shared", "own"]),
            term("CL:2", "beta", &["CL:1"], &["SHARED", "twice", "Twice"]),
        ];
        let cell_ontology = CellOntology::new(Document { version: "v1".to_owned(), terms });
        let resolve = |name| cell_ontology.resolve(name).map(|id| id.as_str().to_owned());
        assert_eq!(resolve("Beta").as_deref(), Some("CL:2"));
        assert_eq!(resolve("own").as_deref(), Some("CL:1"));
        assert_eq!(resolve("twice").as_deref(), Some("CL:2"));
        assert_eq!(resolve("shared"), None);
        assert_eq!(resolve("nothing of the kind"), None);
    }
}
