//! A search for nearest neighbors: exact, or in lists of cells.

use super::{
    Coordinates, InvertedLists,
    neighbors::{Nearest, Searchable},
};

/// Reference points prepared for searches.
#[derive(Clone, Debug)]
pub enum Search {
    /// Compares each query with all points.
    Exact(Searchable),
    /// Compares each query with the points of the nearest lists.
    Lists(InvertedLists),
}

impl Search {
    /// Returns the number of points.
    pub fn rows(&self) -> usize {
        match self {
            Self::Exact(points) => points.points().rows(),
            Self::Lists(lists) => lists.rows(),
        }
    }

    /// Returns the nearest cells of each query, nearest first, ties in order of row: `k`, or all if there are fewer.
    ///
    /// # Panics
    /// Panics if the queries have a different number of dimensions.
    pub fn nearest(&self, queries: &Coordinates, k: usize) -> Vec<Vec<Nearest>> {
        match self {
            Self::Exact(points) => points.nearest(queries, k),
            Self::Lists(lists) => lists.nearest(queries, k),
        }
    }
}
