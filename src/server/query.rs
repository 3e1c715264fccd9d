//! An uploaded chunk of query cells. In: the bytes of an `.h5ad` file and the schema it must have. Out: the cells'
//! names and their points among those of the reference. Faults are explained to the client only where CAS explains
//! them.

use crate::{
    analysis::{Coordinates, Projection, counts::Scale},
    domain::{FeatureSchema, text},
    matrix::{self, Column, ColumnName, CountSource, Matrix, RowSource},
};

/// The maximum number of cells per chunk, which limits the size of the answer.
pub const MAX_CELLS: usize = 20_000;

/// The number of rows read at a time.
const WINDOW: usize = 256;

/// The obs column with each cell's total over all genes, including genes outside the schema.
const TOTALS: &str = "total_mrna_umis";

/// The reasons why a chunk is refused.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The upload is not a valid `.h5ad` file.
    #[error(transparent)]
    Unreadable(#[from] matrix::Error),
    /// The chunk has no cells.
    #[error("the chunk has no cells")]
    Empty,
    /// The chunk has too many cells.
    #[error("the chunk has {0} cells; at most {MAX_CELLS} are accepted")]
    TooManyCells(usize),
    /// The values have another type.
    #[error("CAS only support anndata matrices with dtype 'float32'. The provided matrix has type '{0}'.")]
    Dtype(&'static str),
    /// The number of genes differs from the schema's.
    #[error("the chunk has {found} genes; the schema has {expected}")]
    GeneCount {
        /// The number of genes of the chunk.
        found: usize,
        /// The number of genes of the schema.
        expected: usize,
    },
    /// A gene differs from the schema's.
    #[error("gene {place} is '{}'; the schema has '{expected}' at this position", text::excerpt(found))]
    Gene {
        /// The position, from 0.
        place: usize,
        /// The gene of the chunk.
        found: String,
        /// The gene of the schema.
        expected: String,
    },
    /// The chunk has no totals.
    #[error("Provided matrix does not contain '{TOTALS}' column. This column is required for CAS to work.")]
    NoTotals,
    /// The totals have another type.
    #[error("Provided matrix column '{TOTALS}' should be type 'float32'")]
    TotalsDtype,
    /// A total is negative or not finite.
    #[error("'{TOTALS}' of cell {0} is negative or not finite")]
    Total(usize),
    /// A value is negative or not finite.
    #[error("cell {cell} has the value {value}, which is negative or not finite")]
    Value {
        /// The row, from 0.
        cell: usize,
        /// The value.
        value: f32,
    },
}

impl QueryError {
    /// Returns whether CAS explains this fault. All others are reported as status 500 without a reason.
    pub fn is_explained(&self) -> bool {
        match self {
            Self::Empty | Self::TooManyCells(_) | Self::Dtype(_) | Self::NoTotals | Self::TotalsDtype => true,
            Self::Unreadable(_) | Self::GeneCount { .. } | Self::Gene { .. } | Self::Total(_) | Self::Value { .. } => {
                false
            }
        }
    }
}

/// A chunk of query cells.
pub struct Query {
    /// The cells' names, which the answer must repeat.
    pub cells: Vec<String>,
    matrix: Matrix,
    totals: Vec<f64>,
    rows: Box<dyn RowSource>,
}

impl Query {
    /// Opens a chunk and checks everything but its genes and values, as CAS does before it checks the quota.
    ///
    /// # Errors
    /// Fails with the first fault found.
    pub fn open(image: Vec<u8>) -> Result<Self, QueryError> {
        let matrix = Matrix::from_image("the chunk", image)?;
        match matrix.cell_count() {
            0 => return Err(QueryError::Empty),
            1..=MAX_CELLS => {}
            cells => return Err(QueryError::TooManyCells(cells)),
        }
        let header = matrix.describe(&CountSource::X)?;
        if header.dtype != "float32" {
            return Err(QueryError::Dtype(header.dtype));
        }
        let totals = totals(&matrix)?;
        let rows = matrix.row_source(&CountSource::X, None)?;
        Ok(Self { cells: matrix.cell_names()?, matrix, totals, rows })
    }

    /// Returns the cells' points, in order.
    ///
    /// # Errors
    /// Fails if the genes are not the schema's, the storage is damaged, or a value is negative or not finite.
    pub fn embed(&self, schema: &FeatureSchema, projection: &Projection) -> Result<Coordinates, QueryError> {
        check_genes(&self.matrix, self.rows.gene_count(), schema)?;
        check_totals(&self.totals)?;
        let mut points = Vec::with_capacity(self.cells.len() * projection.components);
        for first in (0..self.cells.len()).step_by(WINDOW) {
            let slice = self.rows.rows(first..self.cells.len().min(first + WINDOW))?;
            for (cell, (genes, values)) in (first..).zip(slice.iter()) {
                projection.project(genes, &normalized(cell, values, self.totals[cell])?, &mut points);
            }
        }
        Ok(Coordinates::new(projection.components, points))
    }
}

fn normalized(cell: usize, values: &[f32], total: f64) -> Result<Vec<f32>, QueryError> {
    let scale = Scale::of(total);
    let normalize = |&value: &f32| match value.is_finite() && value >= 0.0 {
        true => Ok(scale.log_normalized(value)),
        false => Err(QueryError::Value { cell, value }),
    };
    values.iter().map(normalize).collect()
}

fn check_genes(matrix: &Matrix, found: usize, schema: &FeatureSchema) -> Result<(), QueryError> {
    if found != schema.len() {
        return Err(QueryError::GeneCount { found, expected: schema.len() });
    }
    let genes = matrix.gene_column(&CountSource::X, &ColumnName::Index)?;
    match genes.iter().zip(schema.ids()).enumerate().find(|(_, (found, expected))| found != expected) {
        Some((place, (found, expected))) => {
            Err(QueryError::Gene { place, found: found.clone(), expected: expected.clone() })
        }
        None => Ok(()),
    }
}

fn totals(matrix: &Matrix) -> Result<Vec<f64>, QueryError> {
    if !matrix.obs_columns().iter().any(|column| column.name == TOTALS) {
        return Err(QueryError::NoTotals);
    }
    let Column::Real(totals) = matrix.obs_column(TOTALS)? else { return Err(QueryError::TotalsDtype) };
    Ok(totals)
}

fn check_totals(totals: &[f64]) -> Result<(), QueryError> {
    match totals.iter().position(|total| !(total.is_finite() && *total >= 0.0)) {
        Some(cell) => Err(QueryError::Total(cell)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{CellBlock, GeneFrame, write_image};

    fn schema() -> FeatureSchema {
        FeatureSchema::new("three", ["a", "b", "c"].map(str::to_owned).to_vec())
    }

    fn image(genes: &[&str], data: &[f32], totals: &[f32]) -> Vec<u8> {
        let genes = GeneFrame::new(&genes.iter().map(|gene| (*gene).to_owned()).collect::<Vec<_>>(), None);
        let indptr: Vec<usize> = (0..=totals.len()).collect();
        let indices = vec![1; data.len()];
        write_image(&genes, &CellBlock { first_cell: 7, indptr: &indptr, indices: &indices, data, totals }).unwrap()
    }

    fn projection(loadings: Vec<f32>, offset: f64) -> Projection {
        Projection { slots: vec![0, 1, 2], caps: vec![f32::INFINITY; 3], components: 1, loadings, offset: vec![offset] }
    }

    fn refusal(image: Vec<u8>) -> String {
        let projection = projection(vec![1.0; 3], 0.0);
        let result = Query::open(image).and_then(|query| query.embed(&schema(), &projection));
        result.map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
    }

    #[test]
    fn cells_are_normalized_by_the_totals_in_the_chunk() {
        let query = Query::open(image(&["a", "b", "c"], &[5.0, 2.0], &[20.0, 0.0])).unwrap();
        assert_eq!(query.cells, ["7", "8"]);
        let points = query.embed(&schema(), &projection(vec![0.0, 2.0, 0.0], 1.0)).unwrap();
        let expected = (2.0 * 2500f64.ln_1p() - 1.0) as f32;
        assert!((points.values()[0] - expected).abs() < 1e-5);
        assert_eq!(points.values()[1], -1.0, "a cell without molecules is at the point of zero counts");
    }

    #[test]
    fn refusals_name_the_fault() {
        let genes = ["a", "b", "c"];
        assert!(refusal(b"not a file".to_vec()).contains("cannot be read"));
        assert_eq!(refusal(image(&["a", "b"], &[1.0], &[1.0])), "the chunk has 2 genes; the schema has 3");
        assert_eq!(
            refusal(image(&["a", "c", "b"], &[1.0], &[1.0])),
            "gene 1 is 'c'; the schema has 'b' at this position"
        );
        assert!(refusal(image(&genes, &[f32::NAN], &[1.0])).starts_with("cell 0 has the value NaN"));
        assert!(refusal(image(&genes, &[-1.0], &[1.0])).starts_with("cell 0 has the value -1"));
        assert!(refusal(image(&genes, &[1.0], &[f32::INFINITY])).contains("of cell 0 is negative or not finite"));
        assert_eq!(refusal(image(&genes, &[], &[])), "the chunk has no cells");
        assert_eq!(refusal(image(&genes, &[1.0], &[1.0])), "accepted");
    }
}
