//! The coloring of cells. In: calls, votes, clusters, columns of obs, scores or expression. Out: for each cell a category,
//! the most frequent first, or a number on a scale.

mod calls;
mod categories;
mod members;
mod values;

pub use calls::{ColoredCalls, NO_FLAG, UNREADABLE};
use categories::LETTERS;
pub use categories::{Categories, Entry, Property, letter, lettered};
pub use members::Members;
pub use values::Values;

use std::collections::BTreeSet;

use super::{Clusters, Error};
use crate::matrix::Column;

/// The coloring of all cells.
#[derive(Debug)]
pub enum Coloring {
    /// By category.
    Categories(Categories),
    /// By number.
    Values(Values),
}

impl Coloring {
    /// Returns the property as a title.
    pub fn title(&self) -> String {
        match self {
            Self::Categories(categories) => categories.title.clone(),
            Self::Values(values) => format!("{} {}", values.title, values.label),
        }
    }

    /// Colors by the groups of a column.
    pub fn of_clusters(clusters: &Clusters, members: &Members) -> Self {
        let labels = clusters.clusters.iter().map(|cluster| cluster.label.clone()).collect();
        let of = members.of_each(clusters.of_row.len(), &|row| clusters.of_row[row]);
        let column = &clusters.column;
        Self::Categories(Categories::new((column, Property::Column(column.clone())), labels, &of))
    }

    /// Colors by a column of obs: by category, or by number if it has too many different ones.
    ///
    /// # Errors
    /// Fails if the column is neither; see [`Clusters::new`].
    pub fn of_column(name: &str, column: &Column, cells: usize, members: &Members) -> Result<Self, Error> {
        let numbers: Option<Vec<f32>> = match column {
            Column::Real(values) => Some(values.iter().map(|value| *value as f32).collect()),
            Column::Integer(values) => {
                let distinct: BTreeSet<i64> = values.iter().flatten().copied().collect();
                (distinct.len() > LETTERS.len())
                    .then(|| values.iter().map(|value| value.map_or(f32::NAN, |value| value as f32)).collect())
            }
            Column::Categorical { .. } | Column::Text(_) | Column::Boolean(_) => None,
        };
        match numbers {
            Some(numbers) => Ok(Self::Values(Values::within("column", name, numbers, members).spread())),
            None => Ok(Self::of_clusters(&Clusters::new(name, column, cells)?, members)),
        }
    }

    /// Colors by the score of a term.
    pub fn of_term(label: &str, scores: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("score of", label, scores, members))
    }

    /// Colors by the distance of the nearest neighbor.
    pub fn of_distances(distances: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("distance", "of the nearest neighbor", distances, members).spread())
    }

    /// Colors by the counts, or the genes, of each cell.
    pub fn of_depth(label: &str, depths: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("depth", label, depths, members).spread())
    }

    /// Colors by the expression of a gene.
    pub fn of_gene(label: &str, values: Vec<f32>, members: &Members) -> Self {
        Self::Values(Values::within("expression of", label, values, members).spread_from_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cells_outside_the_group_do_not_count() {
        let members = Members::Rows([0, 2, 3].into());
        let Coloring::Values(values) = Coloring::of_term("T cell", vec![0.5, 1.0, f32::NAN, 0.0], &members) else {
            panic!("scores are numbers")
        };
        assert!(values.of[1].is_nan() && values.of[0] == 0.5);
        assert_eq!((values.mean, values.cells, values.outside), (0.25, 2, 1));
    }
}
