//! The ordered list of genes of a model's input.

use std::collections::HashMap;

/// A feature schema: Ensembl gene IDs without version, in the order of the model's input.
#[derive(Clone, Debug)]
pub struct FeatureSchema {
    name: String,
    ids: Vec<String>,
    positions: HashMap<String, u32>,
}

impl FeatureSchema {
    /// Creates a schema. If an ID occurs twice, the last position is used, as in the official client.
    pub fn new(name: impl Into<String>, ids: Vec<String>) -> Self {
        let positions = (0u32..).zip(&ids).map(|(position, id)| (id.clone(), position)).collect();
        Self { name: name.into(), ids, positions }
    }

    /// Returns the name of the schema on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the gene IDs in order.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Returns the number of genes.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether there are no genes.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Returns the column of a gene, if it is in the schema.
    pub fn position(&self, id: &str) -> Option<u32> {
        self.positions.get(id).copied()
    }
}
