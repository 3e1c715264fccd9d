//! Metadata for Seurat: a table by barcode, and the lines of R that add it to an object.

use std::path::PathBuf;

use super::{CELL_TYPE, LabeledCells};
use crate::results::{Error, NO_CALL, number::PythonFloat};

/// The table.
pub(super) const METADATA: &str = "seurat_metadata.csv";
/// The lines of R.
const SCRIPT: &str = "add_to_seurat.R";
const LINES: &str = r#"# object: a Seurat object with the barcodes of the annotated file as cell names
labels <- read.csv("seurat_metadata.csv", row.names = 1)
object <- AddMetaData(object, labels[colnames(object), ])
Idents(object) <- "{shown}"
DimPlot(object, label = TRUE)
"#;

/// Writes the table and the lines of R.
pub(super) fn write(mut cells: LabeledCells<'_>) -> Result<Vec<PathBuf>, Error> {
    let header = ["barcode", "cas_cell_type", "cas_cell_type_id", "cas_cell_type_score"];
    cells.call_table(METADATA, &[header], |cells, row| {
        let (id, score) = match cells.called(row) {
            Some((term, score)) => (cells.ontology.id(term).as_str().to_owned(), PythonFloat(score).to_string()),
            None => Default::default(),
        };
        [cells.name(row), cells.label(row, NO_CALL), id, score]
    })?;
    let shown = cells.sources.labels.inferred.map_or("cas_cell_type", |_| CELL_TYPE);
    cells.text(SCRIPT, &LINES.replace("{shown}", shown))?;
    Ok(cells.written)
}
