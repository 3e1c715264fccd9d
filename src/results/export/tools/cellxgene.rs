//! The columns `cell_type_ontology_term_id` and `cell_type` of the CELLxGENE schema, by cell name.

use std::path::PathBuf;

use super::LabeledCells;
use crate::{domain::CellOntology, results::Error};

/// The file.
pub(super) const COLUMNS: &str = "cellxgene_obs.csv";
/// The value of both columns for a cell without a call, as the schema asks.
const UNKNOWN: &str = "unknown";

/// Writes the columns. A term must be known to the embedded Cell Ontology, which has no deprecated terms.
pub(super) fn write(mut cells: LabeledCells<'_>) -> Result<Vec<PathBuf>, Error> {
    let embedded = CellOntology::embedded();
    let unknown = cells.listed().into_iter().filter_map(|row| cells.called(row)).find_map(|(term, _)| {
        let id = cells.ontology.id(term);
        embedded.label(id).is_none().then(|| id.clone())
    });
    if let Some(term) = unknown {
        return Err(Error::UnknownTerm { term, version: embedded.version().to_owned() });
    }
    cells.call_table(COLUMNS, &[["cell", "cell_type_ontology_term_id", "cell_type"]], |cells, row| {
        let Some((term, _)) = cells.called(row) else {
            return [cells.name(row), UNKNOWN.to_owned(), UNKNOWN.to_owned()];
        };
        let id = cells.ontology.id(term);
        // The schema requires the label of the current ontology.
        let label = embedded.label(id).unwrap_or_else(|| cells.ontology.label(term));
        [cells.name(row), id.as_str().to_owned(), label.to_owned()]
    })?;
    Ok(cells.written)
}
