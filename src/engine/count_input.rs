//! The counts of a file for an analysis or a reference, chosen by the rules of a run: which matrix has the counts,
//! whether its values are counts, and which of its columns are genes.

use crate::{
    analysis::Counts,
    chunk::{ValuePolicy, counted},
    domain::text::excerpt,
    matrix::{self, CountSource, Matrix, RowSource},
};

use super::inspect::{self, MatrixInspection, Values};

/// The count matrix of a file, with the rules for its columns and values.
#[derive(Clone, Debug)]
pub struct CountInput {
    /// The matrix with the counts.
    pub source: CountSource,
    /// The values that are accepted. Fractions are accepted if the matrix has corrected counts.
    pub policy: ValuePolicy,
    counted: Option<Vec<bool>>,
}

/// The choice of the counts of a file.
#[derive(Clone, Debug, Default)]
pub struct CountChoice {
    /// The matrix; `None` for the one that a run would use.
    pub matrix: Option<CountSource>,
    /// The values that are accepted as counts. Corrected counts are always accepted.
    pub values: ValuePolicy,
}

/// The reasons why a file has no usable counts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Matrix(#[from] matrix::Error),
    /// The file has no such matrix.
    #[error("the file has no {}", excerpt(&name.to_string()))]
    Missing {
        /// The name of the matrix.
        name: CountSource,
    },
    /// No matrix is suitable.
    #[error("the file has neither X nor raw.X nor a layer called counts")]
    NoMatrix,
    /// The values of the best matrix are not counts.
    #[error("the file has no raw counts: {} has {values}", excerpt(&name.to_string()))]
    NotCounts {
        /// The name of the matrix.
        name: CountSource,
        /// A description of its values.
        values: String,
    },
}

impl CountInput {
    /// Chooses the counts of a file.
    ///
    /// # Errors
    /// Fails if the file cannot be read, lacks the chosen matrix, or if the values of the matrix are not counts.
    pub fn of(matrix: &Matrix, choice: &CountChoice) -> Result<Self, Error> {
        let inspection = inspect::look_into(matrix)?;
        let source = match &choice.matrix {
            Some(source) => source.clone(),
            None => inspection.suggest().ok_or(Error::NoMatrix)?.count_matrix,
        };
        let found = inspection.matrix(&source).ok_or_else(|| Error::Missing { name: source.clone() })?;
        let values = &found.look.values;
        let policy = policy(values, choice.values)
            .ok_or_else(|| Error::NotCounts { name: source.clone(), values: values.describe() })?;
        Ok(Self { counted: counted_columns(matrix, found)?, source, policy })
    }

    /// Returns a known count matrix, whose genes are all columns that may be gene expression.
    ///
    /// # Errors
    /// Fails if the matrix or its list of features cannot be read.
    pub fn known(matrix: &Matrix, source: &CountSource, policy: ValuePolicy) -> Result<Self, matrix::Error> {
        let kinds = matrix.feature_kinds(source)?;
        let genes = matrix.describe(source)?.genes;
        let counted = (0..genes).map(|gene| kinds.may_be_expression(gene)).collect();
        Ok(Self { source: source.clone(), policy, counted: Some(counted) })
    }

    /// Opens the matrix for reading by rows.
    ///
    /// # Errors
    /// Fails if the matrix is damaged.
    pub fn rows(&self, matrix: &Matrix) -> Result<Box<dyn RowSource>, matrix::Error> {
        matrix.row_source(&self.source, None)
    }

    /// Returns the rows of the matrix with the rules for its columns and values.
    ///
    /// # Panics
    /// Panics if the rows are those of a matrix with another number of columns.
    pub fn counts<'a>(&'a self, rows: &'a dyn RowSource) -> Counts<'a> {
        Counts::new(rows).counting(self.counted.as_deref()).accepting(self.policy)
    }
}

/// Returns the values that are accepted in a matrix. Corrected counts always are.
pub(super) fn accepted(values: &Values, asked: ValuePolicy) -> ValuePolicy {
    if matches!(values, Values::CountLike { .. }) { ValuePolicy::NonNegative } else { asked }
}

/// Returns the policy for a matrix with such values; `None` if they are not accepted.
fn policy(values: &Values, asked: ValuePolicy) -> Option<ValuePolicy> {
    match accepted(values, asked) {
        ValuePolicy::NonNegative => Some(ValuePolicy::NonNegative),
        ValuePolicy::WholeNumbers => values.are_countable().then_some(ValuePolicy::WholeNumbers),
    }
}

/// Returns which columns are genes of the file's most frequent species; `None` if all are.
fn counted_columns(matrix: &Matrix, found: &MatrixInspection) -> Result<Option<Vec<bool>>, matrix::Error> {
    let source = &found.header.source;
    let ids = matrix.gene_column(source, &found.best_id_column())?;
    Ok(counted::genes_of_most_frequent_species(&ids, &matrix.feature_kinds(source)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrected_counts_are_accepted_and_other_fractions_only_if_the_user_allows_them() {
        let (whole, any) = (ValuePolicy::WholeNumbers, ValuePolicy::NonNegative);
        for values in [Values::Counts, Values::NearCounts { example: 1.0001 }, Values::Unknown] {
            assert_eq!(policy(&values, whole), Some(whole));
        }
        assert_eq!(policy(&Values::CountLike { example: 1.5 }, whole), Some(any));
        for values in [Values::SmallCountLike { example: 1.5 }, Values::Empty, Values::NotFinite] {
            assert_eq!((policy(&values, whole), policy(&values, any)), (None, Some(any)));
        }
    }
}
