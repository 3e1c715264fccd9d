//! The embedded ontology of the service, unpacked once.

use std::sync::LazyLock;

use crate::domain::{CellOntology, Ontology};

/// The embedded Cell Ontology and the graph of its terms.
#[derive(Debug)]
pub struct Terms {
    /// The terms by name.
    pub cell_ontology: CellOntology,
    /// The graph of the terms.
    pub ontology: Ontology,
}

/// Returns the embedded ontology.
pub fn embedded() -> &'static Terms {
    static TERMS: LazyLock<Terms> = LazyLock::new(|| {
        let cell_ontology = CellOntology::embedded();
        Terms { ontology: cell_ontology.ontology(), cell_ontology }
    });
    &TERMS
}

impl Terms {
    /// Returns the name under which the service serves the ontology.
    pub fn resource_name(&self) -> String {
        format!("cell-ontology-{}", self.cell_ontology.version())
    }
}
