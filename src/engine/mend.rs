//! Repair of the list of cells and of the ontology resource in a run folder. In: a run folder, its input file, its
//! server. Out: the damaged parts, and their replacements. No cell is sent.

use std::{fmt, path::Path};

use jiff::Timestamp;

use super::{Service, catalog, change::Change, prepare::Error};
use crate::{
    domain::{ChunkIndex, OperationKind, text::sentence},
    matrix::Matrix,
    store::{Fingerprint, JournalEntry, Run, Weight, Writer},
    wire::general::read_ontology,
};

/// A part of a run folder that is damaged or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The list of the run's cells.
    Cells,
    /// The ontology resource that the answers rely on.
    Ontology,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cells => "the list of its cells is damaged or missing",
            Self::Ontology => "its ontology resource is damaged or missing",
        })
    }
}

/// Returns the parts of a run folder that are damaged or missing. Both parts are read completely.
pub fn lacks(run: &Run) -> Vec<Lack> {
    let has_cells = run.cell_names().is_ok_and(|names| names.len() == run.manifest().input.cells);
    let has_cells = has_cells && run.kept_rows().is_ok();
    let lacks = [(Lack::Cells, !has_cells), (Lack::Ontology, lacks_ontology(run))];
    lacks.into_iter().filter_map(|(lack, is_so)| is_so.then_some(lack)).collect()
}

/// Returns whether the answers of a run rely on an ontology resource.
pub fn needs_ontology(run: &Run) -> bool {
    let manifest = run.manifest();
    manifest.operation.kind() == OperationKind::OntologyAware && manifest.ontology_resource.is_some()
}

fn lacks_ontology(run: &Run) -> bool {
    match run.ontology() {
        Ok(Some(text)) => read_ontology(&text).is_err(),
        Ok(None) => needs_ontology(run),
        Err(_) => true,
    }
}

/// Restores the list of a run's cells from its input file. Used for runs about all cells of the file, which need no
/// server for this.
///
/// # Errors
/// Fails if the file is missing or has other content, another process works on the run, or the list cannot be written.
pub fn mend_cells(run: &Run, input: Option<&Path>) -> Result<(), Error> {
    let path = input.map_or_else(|| run.input_path(), Path::to_owned);
    let matrix = open_same(run, &path)?.0;
    let writer = Writer::open(run.folder(), Timestamp::now())?;
    writer.restore_cells(None, || matrix.cell_names().map_err(Error::Matrix))
}

/// Opens the input file of a run and returns it with its fingerprint. Fails if its content has changed.
pub(super) fn open_same(run: &Run, path: &Path) -> Result<(Matrix, Fingerprint), Error> {
    let input = &run.manifest().input;
    let now = match Fingerprint::of(path) {
        Ok(now) => now,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::changed(run, Change::FileGone));
        }
        Err(source) => return Err(Error::Input { path: path.to_owned(), source }),
    };
    if !now.same_content(&input.fingerprint) {
        return Err(Error::changed(run, Change::FileContent));
    }
    let matrix = Matrix::open(path).map_err(Error::Matrix)?;
    Ok((matrix, now))
}

/// The ontology resource for a run without one, or the error of the server.
pub(super) type FoundOntology = Result<Vec<u8>, catalog::Error>;

/// Requests the ontology resource from the server if the run lacks it.
pub(super) async fn find_ontology(run: &Run, service: &Service) -> Option<FoundOntology> {
    let looked = run.clone();
    let is_lacking = tokio::task::spawn_blocking(move || lacks_ontology(&looked)).await.unwrap_or(false);
    let name = run.manifest().ontology_resource.as_ref().filter(|_| is_lacking)?;
    Some(service.ontology_resource(name).await)
}

/// Stores an ontology resource. If the server did not return it, missing chunks are sent nevertheless, because their
/// answers do not depend on it.
///
/// # Errors
/// Fails if it cannot be stored, or if the server did not return it and no chunk is missing.
pub(super) fn keep_ontology(writer: &Writer, found: FoundOntology, missing: &[ChunkIndex]) -> Result<(), Error> {
    match found {
        Ok(resource) => Ok(writer.restore_ontology(&resource)?),
        Err(error) if missing.is_empty() => Err(error.into()),
        Err(error) => {
            let text = format!("{}, and calls need it: {}", Lack::Ontology, sentence(&error));
            writer.note(&JournalEntry { at: Timestamp::now(), chunk: None, weight: Weight::Warning, text });
            Ok(())
        }
    }
}
