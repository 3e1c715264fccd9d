//! Conversion of another format to `.h5ad`. In: the run's input. Out: a file with its counts, gene ids and columns of
//! obs.

use std::path::Path;

use super::values::added_values;
use crate::{
    matrix::{AddedColumn, CellBlock, ColumnHeader, ColumnKind, ColumnName, FileWriter, Format, GeneFrame, Matrix},
    results::Error,
    store::Input,
};

/// The number of rows of a converted file written at once.
const ROWS: usize = 4096;

/// Returns the columns of obs that a converted file has itself.
pub(super) fn original_columns(input: &Matrix) -> Result<Vec<AddedColumn>, Error> {
    // A slash in a name would be a path, and the index is written already.
    let is_plain = |name: &str| !name.is_empty() && !name.contains('/') && name != "_index";
    let readable = |header: &ColumnHeader| header.kind != ColumnKind::Other && is_plain(&header.name);
    let added = |header: ColumnHeader| {
        let values = added_values(input.obs_column(&header.name)?);
        Ok(AddedColumn { name: header.name, values })
    };
    input.own_obs_columns().into_iter().filter(readable).map(added).collect()
}

/// Writes a file of another format as an `.h5ad` with the counts and gene ids of a run.
pub(super) fn convert(input: &Matrix, target: &Path, run: &Input) -> Result<(), Error> {
    let index = ColumnName::Index;
    let (ids, names) = match input.format() {
        Format::TenXV2 { .. } => (&index, ColumnName::Named("gene_names".to_owned())),
        Format::TenXV3 | Format::Mex => (&index, ColumnName::Named("name".to_owned())),
        Format::H5ad | Format::H5mu { .. } | Format::Zarr | Format::Loom => (&run.feature_ids, ColumnName::Index),
    };
    let source = &run.count_matrix;
    let names = if names == *ids { None } else { input.gene_column(source, &names).ok() };
    let ids = input.gene_column(source, ids)?;
    let rows = input.row_source(source, None)?;
    let genes = GeneFrame::new(&ids, names.as_deref());
    let mut writer = FileWriter::create(target, &genes, &input.cell_names()?)?;
    for first in (0..input.cell_count()).step_by(ROWS) {
        let slice = rows.rows(first..input.cell_count().min(first + ROWS))?;
        let total = |(_, values): (&[u32], &[f32])| values.iter().map(|value| f64::from(*value)).sum::<f64>() as f32;
        let totals: Vec<f32> = slice.iter().map(total).collect();
        writer.append(&CellBlock {
            first_cell: first,
            indptr: &slice.indptr,
            indices: &slice.indices,
            data: &slice.data,
            totals: &totals,
        })?;
    }
    Ok(writer.finish()?)
}
