//! The files beside the response: `ontology_resource.json` and `metadata.json`.

use std::borrow::Cow;

use serde::Serialize;

use super::list::json;
use crate::{
    results::{Error, export::sink::Sink},
    store::Run,
};

/// The content of `metadata.json`.
#[derive(Serialize)]
struct Metadata<'a> {
    input_path: Cow<'a, str>,
    model_name: &'a str,
    n_cells: usize,
    ontology_resource_name: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    missing_cells: &'a [&'a str],
}

/// An official file that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionalFile {
    /// The file `ontology_resource.json`.
    OntologyResource,
    /// The file `metadata.json`.
    Metadata,
}

impl OptionalFile {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OntologyResource => "ontology_resource.json",
            Self::Metadata => "metadata.json",
        }
    }
}

pub(super) fn metadata(out: &mut Sink<'_>, run: &Run, missing_cells: &[&str]) -> Result<(), Error> {
    let manifest = run.manifest();
    let metadata = Metadata {
        // The official client's file holds text here, so bytes that are not UTF-8 are replaced.
        input_path: manifest.input.path.to_string_lossy(),
        model_name: manifest.model.as_str(),
        n_cells: manifest.input.cells,
        ontology_resource_name: manifest.ontology_resource.as_deref(),
        missing_cells,
    };
    json(&mut *out, |out| serde_json::to_writer_pretty(out, &metadata))
}
