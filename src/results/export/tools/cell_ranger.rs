//! Files of Cell Ranger: `cell_types.csv` of `cellranger annotate`, and a category and a projection that Loupe Browser
//! imports.

use std::path::PathBuf;

use super::LabeledCells;
use crate::{
    domain::TermIndex,
    engine::run_file,
    matrix::Matrix,
    results::{
        Error,
        calls::{Level, Levels},
    },
};

/// The table of types.
pub(super) const TYPES: &str = "cell_types.csv";
/// The category for Loupe Browser.
const CATEGORY: &str = "loupe_cell_types.csv";
/// The projection for Loupe Browser.
const PROJECTION: &str = "loupe_projection.csv";
/// The label without a call, as Cell Ranger writes it.
const UNKNOWN: &str = "Unknown";
/// The coarse type of a barcode with few counts.
const LOW: &str = "Low UMI Barcode";
/// The counts below which a barcode has few.
const FEW: u64 = 100;
/// The number of rows read at once.
const ROWS: usize = 4096;

/// Writes the table, and files for Loupe Browser.
pub(super) fn write(mut cells: LabeledCells<'_>) -> Result<Vec<PathBuf>, Error> {
    let input = run_file::open_whole(cells.results.run(), cells.sources.input)?;
    let totals = totals(&cells, &input)?;
    let coarse = coarse_types(&cells)?;
    let header = ["barcode", "coarse_cell_type", "fine_cell_type", "coarse_cell_type_unfiltered", "umi_count"];
    cells.call_table(TYPES, &[header], |cells, row| {
        let total = totals.get(row.row).copied().unwrap_or_default();
        let coarse =
            row.cell.and_then(|cell| coarse[cell]).map_or(UNKNOWN, |term| cells.ontology.label(term)).to_owned();
        let filtered = if total < FEW { LOW.to_owned() } else { coarse.clone() };
        [cells.name(row), filtered, cells.label(row, UNKNOWN), coarse, total.to_string()]
    })?;
    cells
        .call_table(CATEGORY, &[["Barcode", "Cell type"]], |cells, row| [cells.name(row), cells.label(row, UNKNOWN)])?;
    if let Some(points) = cells.points(&input)? {
        let header = ["Barcode", "X Coordinate", "Y Coordinate"].map(str::to_owned).to_vec();
        cells.lines(PROJECTION, &[header], |cells, row| {
            let [x, y] = LabeledCells::point(&points, row);
            vec![cells.name(row), x, y]
        })?;
    }
    Ok(cells.written)
}

/// Returns the coarse type of each cell: its subclass, otherwise its class.
fn coarse_types(cells: &LabeledCells<'_>) -> Result<Vec<Option<TermIndex>>, Error> {
    let levels = Levels::new(cells.ontology, cells.sources.labels.calls)?;
    let mut types = vec![None; cells.results.cell_count()];
    cells.results.visit_scores(cells.sources.labels.cells, |row, scores| {
        let found = levels.of(scores);
        types[row] = found.at(Level::Subclass).or(found.at(Level::Class)).map(|call| call.term);
    })?;
    Ok(types)
}

/// Returns the counts of each cell of the file.
fn totals(cells: &LabeledCells<'_>, input: &Matrix) -> Result<Vec<u64>, Error> {
    let source = input.row_source(&cells.results.run().manifest().input.count_matrix, None)?;
    let mut totals = Vec::with_capacity(source.cell_count());
    for start in (0..source.cell_count()).step_by(ROWS) {
        let rows = source.rows(start..(start + ROWS).min(source.cell_count()))?;
        let sum = |row: &[usize]| rows.data[row[0]..row[1]].iter().map(|value| f64::from(*value)).sum::<f64>();
        totals.extend(rows.indptr.windows(2).map(|row| sum(row).round() as u64));
    }
    Ok(totals)
}
