//! The depth of cells. In: windows of rows of a count matrix. Out: for each cell the sum of its counts, and the number
//! of genes with a count.

use super::{
    Error, Step, Watch,
    expression::{CheckedRows, CountRows, stream},
};
use crate::{chunk::ValuePolicy, matrix::RowSource};

/// The depth of all cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Depths {
    /// The sum of the counts of each cell.
    pub counts: Vec<f32>,
    /// The number of genes with a count in each cell.
    pub genes: Vec<f32>,
}

/// Reads the depth of all cells in one pass.
///
/// # Errors
/// Fails if the matrix cannot be read or has values that are not counts, or with [`Error::Canceled`].
pub fn read(rows: &dyn RowSource, policy: ValuePolicy, watch: &Watch<'_>) -> Result<Depths, Error> {
    let mut depths = Depths::default();
    let of_window = |rows: CheckedRows| Depths {
        counts: rows.totals.iter().map(|total| *total as f32).collect(),
        genes: rows
            .slice
            .iter()
            .map(|(_, counts)| counts.iter().filter(|count| **count > 0.0).count() as f32)
            .collect(),
    };
    stream(CountRows { rows, policy }, watch.of(Step::Expression), of_window, |window| {
        depths.counts.extend(window.counts);
        depths.genes.extend(window.genes);
        Ok(())
    })?;
    Ok(depths)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::matrix::{CountSource, Matrix};

    #[test]
    fn counts_and_genes_of_the_bundled_cells_are_summed() {
        let matrix = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
        let rows = matrix.row_source(&CountSource::X, None).unwrap();
        let depths = read(rows.as_ref(), ValuePolicy::WholeNumbers, &Watch::default()).unwrap();
        assert_eq!(depths.counts.len(), matrix.cell_count());
        for cell in [0, 17, 220] {
            let slice = rows.rows(cell..cell + 1).unwrap();
            assert_eq!(depths.counts[cell], slice.data.iter().sum::<f32>());
            assert_eq!(depths.genes[cell], slice.data.iter().filter(|count| **count != 0.0).count() as f32);
        }
    }
}
