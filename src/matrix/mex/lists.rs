//! The lists of features and barcodes. In: the lists and the header. Out: frames, and the axis of the cells.

use std::{path::Path, sync::Arc};

use super::{beside, entry::CellAxis, header::Header};
use crate::matrix::{
    Error,
    error::Location,
    frame::{Field, Frame},
    text_table::{TableColumn, TextTable},
};

/// Names of the columns of a list of features, after the ids.
const COLUMNS: [&str; 5] = ["name", "feature_type", "chromosome", "start", "end"];

/// Determines the axis of the cells from the sizes, or from the name of the file if it has as many features as cells.
pub(super) fn cell_axis(path: &Path, header: &Header, lists: (&TextTable, &TextTable)) -> Result<CellAxis, Error> {
    let (features, barcodes) = lists;
    let (genes, cells) = (features.rows as u64, barcodes.rows as u64);
    match header.shape {
        shape if shape == [genes, cells] && shape == [cells, genes] => Ok(match beside::is_cells_first(path) {
            true => CellAxis::First,
            false => CellAxis::Second,
        }),
        shape if shape == [genes, cells] => Ok(CellAxis::Second),
        shape if shape == [cells, genes] => Ok(CellAxis::First),
        shape => {
            let name = |table: &TextTable| table.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            let expected = format!("{} has {genes} lines and {} has {cells}", name(features), name(barcodes));
            Err(Error::Shape { at: Location::new(path, "matrix"), found: shape.to_vec(), expected })
        }
    }
}

/// Refuses the output of alevin-fry with spliced, unspliced and ambiguous counts in separate columns.
pub(super) fn refuse_split_counts(path: &Path, features: &TextTable) -> Result<(), Error> {
    if features.columns > 1 || !features.rows.is_multiple_of(3) || features.rows == 0 {
        return Ok(());
    }
    let ids = TableColumn { table: Arc::new(TextTable::open(features.path())?), column: 0 };
    let third = (features.rows / 3) as u32;
    let ends = ids.read_rows(&[third, 2 * third])?;
    if ends.len() == 2 && ends[0].ends_with("-U") && ends[1].ends_with("-A") {
        return Err(Error::WrongFormat {
            path: path.to_owned(),
            found: "alevin-fry output with spliced, unspliced and ambiguous counts in separate columns",
            fix: "add them up with pyroe.load_fry(FOLDER, output_format='snRNA'), and write an .h5ad".into(),
        });
    }
    Ok(())
}

pub(super) fn frame_of_cells(barcodes: TextTable) -> Frame {
    let (at, rows) = (Location::new(barcodes.path(), "barcodes"), barcodes.rows);
    Frame::of_fields(at, rows, Field::Line(TableColumn { table: Arc::new(barcodes), column: 0 }), Vec::new())
}

pub(super) fn frame_of_genes(features: TextTable) -> Frame {
    let (at, rows, columns) = (Location::new(features.path(), "features"), features.rows, features.columns);
    let table = Arc::new(features);
    let field = |column| Field::Line(TableColumn { table: table.clone(), column });
    let named = COLUMNS.iter().enumerate().take(columns.saturating_sub(1));
    let named = named.map(|(place, name)| ((*name).to_owned(), field(place + 1))).collect();
    Frame::of_fields(at, rows, field(0), named)
}
