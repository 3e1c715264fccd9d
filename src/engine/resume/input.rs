//! The input of a run that is resumed. In: the file as it is now. Out: its encoder, or the change that prevents
//! resuming.

use std::{ops::Range, sync::Arc};

use super::{ResumeOptions, stored::check_counts};
use crate::{
    chunk::{GeneMap, symbols},
    domain::FeatureSchema,
    engine::{
        change::Change,
        mend,
        min_counts::{CellFilter, cells_with_min_counts},
        prepare::{Error, MappedMatrix, gene_map},
        run::FileEncoder,
    },
    matrix::{Matrix, RowSubset},
    store::{Input, Manifest, Run, Writer},
};

/// Opens the input file of a run, if it has not changed.
pub(super) fn open_unchanged(
    writer: &Writer,
    schema: &FeatureSchema,
    options: &ResumeOptions,
    ours: &Range<usize>,
) -> Result<FileEncoder, Error> {
    let run = writer.run();
    let Manifest { input, .. } = run.manifest();
    if let Some(table) = input.symbol_table.as_ref().filter(|table| table.0 != symbols::TABLE) {
        return Err(Error::changed(run, Change::Symbols { was: crate::domain::text::excerpt(&table.0) }));
    }
    let path = options.input.clone().unwrap_or_else(|| run.input_path());
    let (matrix, now) = mend::open_same(run, &path)?;
    if matrix.cells_in_file() != input.cells_in_file() {
        return Err(Error::changed(run, shape_of(input, &matrix)?));
    }
    let genes = Arc::new(gene_map(&matrix, schema, input).map_err(Error::Matrix)?);
    let matrix = Arc::new(narrowed(matrix, &genes, run)?);
    let mapped = MappedMatrix { matrix: &matrix, genes: &genes };
    let mut encoder = mapped.encoder(schema, input, run.folder())?;
    if encoder.rows.gene_count() != input.genes {
        return Err(Error::changed(run, shape_of(input, &matrix)?));
    }
    let modified = now.modified;
    encoder.opened = (path, now);
    if modified != input.fingerprint.modified {
        check_counts(run, &mut encoder, ours)?;
    }
    encoder.policy = options.values.unwrap_or(encoder.policy);
    writer.restore_cells(matrix.row_subset().map(RowSubset::rows), || matrix.cell_names().map_err(Error::Matrix))?;
    Ok(encoder)
}

fn shape_of(input: &Input, matrix: &Matrix) -> Result<Change, Error> {
    let genes = matrix.describe(&input.count_matrix).map_err(Error::Matrix)?.genes;
    Ok(Change::Shape { was: (input.cells_in_file(), input.genes), is: (matrix.cells_in_file(), genes) })
}

/// Reduces the file to the cells of the run. If the run's list of cells is damaged, they are selected again.
fn narrowed(matrix: Matrix, genes: &GeneMap, run: &Run) -> Result<Matrix, Error> {
    let input = &run.manifest().input;
    if input.selected_of().is_none() {
        return Ok(matrix);
    }
    let rows = match (run.kept_rows(), input.kept.filter(|_| input.sample.is_none())) {
        (Ok(rows), _) => RowSubset::new(rows.unwrap_or_default()),
        // A sample may depend on other runs, so it cannot be chosen again.
        (Err(error), None) => return Err(error.into()),
        (Err(_), Some(kept)) => {
            let (source, values) = (&input.count_matrix, input.value_policy());
            let filter = CellFilter { source, genes, values, min_counts: kept.min_counts };
            cells_with_min_counts(&matrix, filter).map_err(|fault| Error::Counts { fault: fault.into_text() })?
        }
    };
    if rows.len() != input.cells {
        return Err(Error::changed(run, Change::FileContent));
    }
    matrix.subset(rows).map_err(Error::Matrix)
}
