//! The ordered list of genes a model reads.

use std::collections::HashMap;

/// A feature schema: Ensembl gene ids (without version) in the order the model wants them.
#[derive(Clone, Debug)]
pub struct FeatureSchema {
    name: String,
    ids: Vec<String>,
    positions: HashMap<String, u32>,
}

impl FeatureSchema {
    /// Takes the ids in the model's order. Of an id that stands twice the last place counts, as in the official client.
    pub fn new(name: impl Into<String>, ids: Vec<String>) -> Self {
        let positions = (0u32..).zip(&ids).map(|(position, id)| (id.clone(), position)).collect();
        Self { name: name.into(), ids, positions }
    }

    /// The name under which the server serves it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The gene ids in order.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// How many genes it has.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it has no gene at all.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The column of a gene, if the schema has it.
    pub fn position(&self, id: &str) -> Option<u32> {
        self.positions.get(id).copied()
    }
}
