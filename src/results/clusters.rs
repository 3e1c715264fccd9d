//! Groups of cells from a column of obs. In: a column. Out: the label and the rows of each group.

use std::collections::HashSet;

use super::{CellSet, Error};
use crate::{
    domain::text,
    matrix::{Column, by_value},
};

/// The number of groups above which a dot plot or a list of groups cannot be read.
pub const MOST_READABLE: usize = 500;

/// The number of different values that a column of numbers or texts may have in any file.
const FEW: usize = 20;

/// Returns whether a column of numbers or texts has too many different values for labels of groups: more than 20, and fewer
/// than two cells for each on average. Counts per cell and barcodes are such columns.
pub fn are_too_many(values: usize, cells: usize) -> bool {
    values > FEW && values.saturating_mul(2) > cells
}

/// The groups of cells that a column defines, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters {
    /// The name of the column.
    pub column: String,
    /// The non-empty groups, in the order of the categories.
    pub clusters: Vec<Cluster>,
    /// The group of each row, as an index into `clusters`; `None` where the column has no value.
    pub of_row: Vec<Option<u32>>,
}

/// A group of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The value of the column.
    pub label: String,
    /// The cells of the group.
    pub cells: CellSet,
}

impl Clusters {
    /// Groups the cells by a column. Categories keep their order, and those without cells are skipped. Text, integer
    /// and boolean columns, which the official functions refuse, are grouped by value in ascending order.
    ///
    /// # Errors
    /// Fails if the column holds real numbers, has no value at all, or has a different value in every cell. Also fails if
    /// there are too many different numbers or texts (see [`are_too_many`]), or if its length differs from the number of cells.
    pub fn new(name: &str, column: &Column, cells: usize) -> Result<Self, Error> {
        let refuse = |source| Error::Clusters { column: text::excerpt(name), source };
        if column.len() != cells {
            return Err(refuse(ClusterFault::Length { rows: column.len(), cells }));
        }
        let (labels, codes) = match column {
            Column::Categorical { codes, categories } => (categories.clone(), codes.clone()),
            Column::Text(values) => by_value(values, |value| value.clone()),
            Column::Integer(values) => by_value(values, i64::to_string),
            Column::Boolean(values) => by_value(values, |value| if *value { "True" } else { "False" }.to_owned()),
            Column::Real(_) => return Err(refuse(ClusterFault::Real)),
        };
        let used: HashSet<u32> = codes.iter().copied().flatten().collect();
        if used.is_empty() {
            return Err(refuse(ClusterFault::Empty));
        }
        if cells > 1 && used.len() == cells {
            return Err(refuse(ClusterFault::AllUnique));
        }
        let is_categorical = matches!(column, Column::Categorical { .. });
        if !is_categorical && are_too_many(used.len(), cells) {
            return Err(refuse(ClusterFault::NoLabels { values: used.len(), cells }));
        }
        Ok(Self::from_codes(name, labels, &codes))
    }

    fn from_codes(name: &str, labels: Vec<String>, codes: &[Option<u32>]) -> Self {
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); labels.len()];
        for (row, code) in codes.iter().enumerate() {
            if let Some(rows) = code.and_then(|code| rows.get_mut(code as usize)) {
                rows.push(row);
            }
        }
        let mut of_row = vec![None; codes.len()];
        let mut clusters = Vec::new();
        for (label, rows) in labels.into_iter().zip(rows).filter(|(_, rows)| !rows.is_empty()) {
            rows.iter().for_each(|row| of_row[*row] = Some(clusters.len() as u32));
            clusters.push(Cluster { label, cells: CellSet::Rows(rows.into()) });
        }
        Self { column: name.to_owned(), clusters, of_row }
    }
}

/// The reason why a column does not define groups.
#[derive(Debug, thiserror::Error)]
pub enum ClusterFault {
    /// The column holds real numbers.
    #[error("it has real numbers, not labels; a categorical column is needed")]
    Real,
    /// Every cell has a different value.
    #[error("every cell has a different value, so the column does not form groups")]
    AllUnique,
    /// Nearly every cell has a different value.
    #[error("it has {values} different values in {cells} cells, too many for labels of groups")]
    NoLabels {
        /// The number of different values.
        values: usize,
        /// The number of cells.
        cells: usize,
    },
    /// The column has no value in any cell.
    #[error("it has no value in any cell")]
    Empty,
    /// The length differs from the number of cells, so it probably belongs to another file.
    #[error("it has {rows} rows but the run has {cells} cells; was the file changed since the run?")]
    Length {
        /// The number of rows of the column.
        rows: usize,
        /// The number of cells of the run.
        cells: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(column: &Column) -> Result<Vec<String>, Error> {
        let clusters = Clusters::new("leiden", column, column.len())?.clusters;
        Ok(clusters.into_iter().map(|cluster| cluster.label).collect())
    }

    #[test]
    fn categories_keep_their_order_and_empty_ones_are_dropped() {
        let categories = ["z", "none", "a"].map(str::to_owned).to_vec();
        let column = Column::Categorical { codes: vec![Some(2), None, Some(0), Some(2)], categories };
        let clusters = Clusters::new("leiden", &column, 4).unwrap();
        assert_eq!(clusters.clusters[1], Cluster { label: "a".into(), cells: CellSet::of([0, 3]) });
        assert_eq!(clusters.of_row, [Some(1), None, Some(0), Some(1)]);
    }

    #[test]
    fn integer_columns_are_grouped_and_unsuitable_columns_are_refused() {
        assert_eq!(labels(&Column::Integer(vec![Some(10), Some(9), Some(9)])).unwrap(), ["9", "10"]);
        let fault = |column: &Column| match labels(column) {
            Err(Error::Clusters { source, .. }) => source.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(fault(&Column::Real(vec![1.0, 1.0])).contains("real numbers"));
        assert!(fault(&Column::Integer(vec![Some(1), Some(2)])).contains("a different value"));
        assert!(fault(&Column::Text(vec![None, None])).contains("no value"));
        // Counts per cell: 41 values in 80 cells.
        let counts = |values: i64| Column::Integer((0..80).map(|cell| Some(1000 + cell % values)).collect());
        assert_eq!(fault(&counts(41)), "it has 41 different values in 80 cells, too many for labels of groups");
        assert_eq!(labels(&counts(40)).unwrap().len(), 40);
        let barcodes = Column::Text((0..50).map(|cell| Some(format!("AAAC{}", cell % 49))).collect());
        assert!(fault(&barcodes).contains("49 different values in 50 cells"));
        // A categorical column is taken as it is, as by the official functions.
        let categories: Vec<String> = (0..49).map(|number| number.to_string()).collect();
        let codes = (0..50).map(|cell| Some(cell % 49)).collect();
        assert_eq!(labels(&Column::Categorical { codes, categories }).unwrap().len(), 49);
    }
}
