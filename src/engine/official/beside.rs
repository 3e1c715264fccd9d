//! Files beside the answers: `metadata.json` and the ontology.

use std::path::Path;

use serde::Deserialize;

use super::{Error, Output};
use crate::{
    domain::{CellOntology, OperationKind},
    files::{self, Trust},
    wire::{self, general},
};

/// Maximum size of `metadata.json` in bytes.
const LONGEST_METADATA: u64 = 1 << 20;

/// The name of the file with the ontology.
pub(super) const RESOURCE: &str = "ontology_resource.json";

impl Output {
    /// Returns the ontology beside the answers, verbatim, otherwise the embedded Cell Ontology; and whether it is the
    /// output's own.
    pub(super) fn ontology(&self, kind: OperationKind) -> Result<Option<(Vec<u8>, bool)>, Error> {
        if kind != OperationKind::OntologyAware {
            return Ok(None);
        }
        let path = self.folder().join(RESOURCE);
        match files::read(&path, Trust::Anybody, wire::LARGEST_ONTOLOGY) {
            Ok(text) => {
                general::read_ontology(&text).map_err(|source| Error::Ontology { path, source })?;
                Ok(Some((text, true)))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let embedded = general::OntologyResource::from(&CellOntology::embedded().ontology());
                let text = serde_json::to_vec(&embedded).map_err(|error| Error::io("write", &path)(error.into()))?;
                Ok(Some((text, false)))
            }
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }
}

/// The content of `metadata.json`. All of it is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    pub(super) input_path: Option<String>,
    pub(super) model_name: Option<String>,
    pub(super) n_cells: Option<usize>,
    pub(super) ontology_resource_name: Option<String>,
}

impl Metadata {
    /// Reads the file in a folder and returns it with its text; `None` if it is missing.
    pub(super) fn read(folder: &Path) -> Result<Option<(Self, String)>, Error> {
        let path = folder.join("metadata.json");
        let bytes = match files::read(&path, Trust::Anybody, LONGEST_METADATA) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let damaged = |source| Error::Unreadable { path: path.clone(), source };
        let read = serde_json::from_slice(&bytes).map_err(damaged)?;
        // JSON is UTF-8, so nothing is replaced.
        Ok(Some((read, String::from_utf8_lossy(&bytes).into_owned())))
    }
}
