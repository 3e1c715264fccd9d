//! Groups of cells from a column of obs. In: a column. Out: the label and the rows of each group.

use std::collections::HashSet;

use super::{CellSet, Error};
use crate::{
    domain::text,
    matrix::{Column, by_value},
};

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
    /// Fails if the column holds real numbers, has no value at all, or has a different value in every cell. Also fails
    /// if its length differs from the number of cells.
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
    }
}
