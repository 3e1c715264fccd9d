//! A view of a file with a subset of its cells. In: the rows of the subset. Out: the same names, columns and windows as
//! if the file had no other cells. Outside this module a row number is then a position in the subset.

use std::{ops::Range, sync::Arc};

use super::{Column, Error, RowSlice, RowSource};

/// Number of rows of the file that are read at once. Rows of the subset may be far apart.
const SPAN: usize = 1000;

/// A subset of the rows of a file, in ascending order. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSubset(Arc<[u32]>);

impl RowSubset {
    /// Creates a subset from rows in any order. Duplicates are removed.
    pub fn new(mut rows: Vec<u32>) -> Self {
        rows.sort_unstable();
        rows.dedup();
        Self(rows.into())
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the subset is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the row numbers in the file, in ascending order.
    pub fn rows(&self) -> &[u32] {
        &self.0
    }

    /// Returns the position of a row of the file in the subset.
    pub fn position(&self, row: u32) -> Option<usize> {
        self.0.binary_search(&row).ok()
    }

    /// Selects the values of the subset from values of all rows of the file.
    pub fn select<T: Clone>(&self, all: &[T]) -> Vec<T> {
        self.0.iter().map(|&row| all[row as usize].clone()).collect()
    }

    /// Selects the values of the subset from a column of all rows of the file.
    pub fn select_column(&self, column: Column) -> Column {
        match column {
            Column::Categorical { codes, categories } => Column::Categorical { codes: self.select(&codes), categories },
            Column::Text(values) => Column::Text(self.select(&values)),
            Column::Integer(values) => Column::Integer(self.select(&values)),
            Column::Real(values) => Column::Real(self.select(&values)),
            Column::Boolean(values) => Column::Boolean(self.select(&values)),
        }
    }
}

/// The meaning of the columns of a subset matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnAxis {
    /// Genes: all columns are kept.
    Genes,
    /// Cells: only the columns of the subset are kept.
    Cells,
}

/// A matrix reduced to a subset of its rows.
pub struct SubsetRows {
    all: Box<dyn RowSource>,
    subset: RowSubset,
    axis: ColumnAxis,
}

impl SubsetRows {
    /// Reduces a matrix to a subset of its rows and, if its columns are cells, of its columns.
    pub fn new(all: Box<dyn RowSource>, subset: RowSubset, axis: ColumnAxis) -> Self {
        Self { all, subset, axis }
    }

    fn append(&self, slice: &mut RowSlice, indices: &[u32], data: &[f32]) {
        match self.axis {
            ColumnAxis::Genes => {
                slice.indices.extend_from_slice(indices);
                slice.data.extend_from_slice(data);
            }
            ColumnAxis::Cells => {
                let entries = indices.iter().zip(data);
                for (place, value) in entries.filter_map(|(&row, &value)| Some((self.subset.position(row)?, value))) {
                    slice.indices.push(place as u32);
                    slice.data.push(value);
                }
            }
        }
        slice.indptr.push(slice.indices.len());
    }
}

impl RowSource for SubsetRows {
    fn cell_count(&self) -> usize {
        self.subset.len()
    }

    fn gene_count(&self) -> usize {
        match self.axis {
            ColumnAxis::Genes => self.all.gene_count(),
            ColumnAxis::Cells => self.subset.len(),
        }
    }

    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
        let mut slice = RowSlice { first_cell: cells.start, indptr: vec![0], ..RowSlice::default() };
        let mut wanted = &self.subset.rows()[cells];
        while let Some(&first) = wanted.first() {
            let end = first as usize + SPAN;
            let (near, rest) = wanted.split_at(wanted.partition_point(|&row| (row as usize) < end));
            let last = near[near.len() - 1] as usize;
            let all = self.all.rows(first as usize..last + 1)?;
            for row in near.iter().map(|row| (row - first) as usize) {
                let entries = all.indptr[row]..all.indptr[row + 1];
                self.append(&mut slice, &all.indices[entries.clone()], &all.data[entries]);
            }
            wanted = rest;
        }
        Ok(slice)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::matrix::Matrix;

    /// A matrix with one entry in each row, on the diagonal.
    struct Diagonal(usize);

    impl RowSource for Diagonal {
        fn cell_count(&self) -> usize {
            self.0
        }

        fn gene_count(&self) -> usize {
            self.0
        }

        fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error> {
            Ok(RowSlice {
                first_cell: cells.start,
                indptr: (0..=cells.len()).collect(),
                data: cells.clone().map(|row| row as f32 + 1.0).collect(),
                indices: cells.map(|row| row as u32).collect(),
            })
        }
    }

    fn subset_rows(rows: &[u32], axis: ColumnAxis) -> SubsetRows {
        SubsetRows::new(Box::new(Diagonal(5000)), RowSubset::new(rows.to_vec()), axis)
    }

    proptest! {
        #[test]
        fn only_rows_of_the_subset_are_returned(
            rows in prop::collection::btree_set(0u32..5000, 1..200),
            ends in (0usize..200, 0usize..200),
        ) {
            let rows: Vec<u32> = rows.into_iter().collect();
            let (start, end) = (ends.0.min(rows.len()), ends.1.min(rows.len()));
            let window = start.min(end)..start.max(end);
            let slice = subset_rows(&rows, ColumnAxis::Genes).rows(window.clone()).unwrap();
            prop_assert_eq!(slice.first_cell, window.start);
            prop_assert_eq!(slice.len(), window.len());
            prop_assert_eq!(&slice.indices, &rows[window]);
        }
    }

    #[test]
    fn names_columns_and_embeddings_are_those_of_the_subset() {
        let all = Matrix::open(Path::new("assets/demo/query.h5ad")).unwrap();
        let rows = [3usize, 77, 220];
        let some = all.subset(RowSubset::new(rows.map(|row| row as u32).to_vec())).unwrap();
        assert_eq!((some.cell_count(), some.cells_in_file()), (3, 221));
        let names = all.cell_names().unwrap();
        assert_eq!(some.cell_names().unwrap(), rows.map(|row| names[row].clone()));
        assert_eq!((some.cell_name(1).unwrap(), all.cell_name(77).unwrap()), (names[77].clone(), names[77].clone()));
        assert!(some.cell_name(3).is_err() && all.cell_name(221).is_err());
        for header in all.obs_columns() {
            let (whole, part) = (all.obs_column(&header.name).unwrap(), some.obs_column(&header.name).unwrap());
            for (place, row) in rows.into_iter().enumerate() {
                assert_eq!(part.text(place), whole.text(row), "{}", header.name);
            }
        }
        let points = |matrix: &Matrix| matrix.embedding("X_umap", [0, 1]).unwrap();
        assert_eq!(points(&some), rows.map(|row| points(&all)[row]));
        assert!(all.subset(RowSubset::new(vec![221])).is_err());
    }

    #[test]
    fn a_cell_by_cell_matrix_is_reduced_on_both_axes() {
        let graph = subset_rows(&[4000, 7, 3000], ColumnAxis::Cells);
        assert_eq!((graph.cell_count(), graph.gene_count()), (3, 3));
        let slice = graph.rows(0..3).unwrap();
        assert_eq!((slice.indices, slice.data), (vec![0, 1, 2], vec![8.0, 3001.0, 4001.0]));
    }
}
