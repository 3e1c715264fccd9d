//! The ontology the service answers in: the embedded one, unpacked once.

use std::sync::LazyLock;

use crate::{domain::Ontology, engine::glossary::Glossary};

/// A glossary and the graph of its terms.
#[derive(Debug)]
pub struct Terms {
    /// Terms by name.
    pub glossary: Glossary,
    /// Terms by kinship.
    pub ontology: Ontology,
}

/// The embedded ontology.
pub fn embedded() -> &'static Terms {
    static TERMS: LazyLock<Terms> = LazyLock::new(|| {
        let glossary = Glossary::embedded();
        Terms { ontology: glossary.ontology(), glossary }
    });
    &TERMS
}

impl Terms {
    /// The name under which the service serves the ontology.
    pub fn resource_name(&self) -> String {
        format!("cell-ontology-{}", self.glossary.version())
    }
}
