//! Selection of cells with a minimum number of counts. In: a matrix and the minimum. Out: rows. Reads the whole matrix
//! by windows of rows, on all processors.

use std::num::NonZeroU64;

use rayon::prelude::*;

use super::{drive::EncodeError, run::describe_odd};
use crate::{
    chunk::{GeneMap, ValuePolicy, sanitize},
    domain::text::sentence,
    matrix::{CountSource, Matrix, RowSlice, RowSubset, SourceHeader},
};

/// Approximate number of entries read at once.
const ENTRIES: u64 = 1 << 20;
/// Minimum and maximum number of rows read at once.
const ROWS: (u64, u64) = (200, 1 << 16);

/// The criteria for selecting cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellFilter<'a> {
    /// The count matrix.
    pub source: &'a CountSource,
    /// The mapping of genes, which determines the columns that count.
    pub genes: &'a GeneMap,
    /// The policy for the values.
    pub values: ValuePolicy,
    /// Minimum number of gene-expression counts.
    pub min_counts: NonZeroU64,
}

/// Finds the cells that satisfy the criteria.
///
/// # Errors
/// Fails if the matrix cannot be read or has values that are not counts.
pub(super) fn cells_with_min_counts(matrix: &Matrix, filter: CellFilter<'_>) -> Result<RowSubset, EncodeError> {
    let unreadable = |error| EncodeError::Unreadable(sentence(&error));
    let header = matrix.describe(filter.source).map_err(unreadable)?;
    let rows = matrix.row_source(filter.source, None).map_err(unreadable)?;
    let step = window(&header);
    let starts: Vec<usize> = (0..header.cells).step_by(step).collect();
    let found: Vec<Vec<u32>> = starts
        .into_par_iter()
        .map(|first| {
            let slice = rows.rows(first..header.cells.min(first + step)).map_err(unreadable)?;
            passing_rows(&slice, filter).map_err(|error| describe_odd(matrix, filter.source, &error))
        })
        .collect::<Result<_, _>>()?;
    Ok(RowSubset::new(found.concat()))
}

fn window(header: &SourceHeader) -> usize {
    let entries = header.entries.unwrap_or(header.cells as u64 * header.genes as u64);
    let mean = entries / (header.cells as u64).max(1);
    (ENTRIES / mean.max(1)).clamp(ROWS.0, ROWS.1) as usize
}

fn passing_rows(rows: &RowSlice, filter: CellFilter<'_>) -> Result<Vec<u32>, sanitize::Error> {
    let mut passing = Vec::new();
    for (row, (genes, values)) in (rows.first_cell..).zip(rows.iter()) {
        let mut total = 0.0;
        for (&gene, &value) in genes.iter().zip(values) {
            if filter.genes.is_counted(gene) {
                total += f64::from(filter.values.count(value, row, gene)?);
            }
        }
        if total >= filter.min_counts.get() as f64 {
            passing.push(row as u32);
        }
    }
    Ok(passing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::FeatureSchema, matrix::FeatureKinds};

    #[test]
    fn only_gene_expression_counts_are_considered() {
        let rows = RowSlice {
            first_cell: 10,
            indptr: vec![0, 2, 2, 4, 5],
            indices: vec![0, 1, 0, 1, 1],
            data: vec![3.0, 2.0, 4.0, 0.5, 90.0],
        };
        let ids = ["ENSG00000000003".to_owned(), "ENSG00000000005".into()];
        let found = |types: [&str; 2], values| {
            let schema = FeatureSchema::new("s", ids.to_vec());
            let genes = GeneMap::new(&ids, &FeatureKinds::of_types(&types.map(str::to_owned)), &schema);
            let min_counts = NonZeroU64::new(4).unwrap();
            passing_rows(&rows, CellFilter { source: &CountSource::X, genes: &genes, values, min_counts })
        };
        assert_eq!(found(["GEX", "ADT"], ValuePolicy::WholeNumbers).unwrap(), [12]);
        assert_eq!(found(["GEX", "GEX"], ValuePolicy::NonNegative).unwrap(), [10, 12, 13]);
        assert_eq!(found(["GEX", "GEX"], ValuePolicy::WholeNumbers).unwrap_err().place(), (12, 1));
    }
}
