//! The embedded ontology of the service, unpacked once.

use std::sync::LazyLock;

use crate::{domain::Ontology, engine::glossary::Glossary};

/// A glossary and the graph of its terms.
#[derive(Debug)]
pub struct Terms {
    /// The terms by name.
    pub glossary: Glossary,
    /// The graph of the terms.
    pub ontology: Ontology,
}

/// Returns the embedded ontology.
pub fn embedded() -> &'static Terms {
    static TERMS: LazyLock<Terms> = LazyLock::new(|| {
        let glossary = Glossary::embedded();
        Terms { ontology: glossary.ontology(), glossary }
    });
    &TERMS
}

impl Terms {
    /// Returns the name under which the service serves the ontology.
    pub fn resource_name(&self) -> String {
        format!("cell-ontology-{}", self.glossary.version())
    }
}
