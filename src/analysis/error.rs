//! Errors of an analysis.

use crate::{chunk::sanitize, domain::text, matrix};

/// The reasons why an analysis cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The matrix cannot be read.
    #[error("the counts cannot be read")]
    Matrix(#[from] matrix::Error),
    /// A value is not a count.
    #[error("row {}, column {} of the matrix has a value that is not a count", .0.place().0, .0.place().1)]
    Value(#[source] sanitize::Error),
    /// There are too few cells.
    #[error("{cells} cells are too few: at least {needed} are needed")]
    TooFewCells {
        /// The number of cells.
        cells: usize,
        /// The minimum number.
        needed: usize,
    },
    /// More neighbors are requested than there are other cells.
    #[error("{neighbors} neighbors are requested, but a cell has only {others} others; request fewer neighbors")]
    TooFewNeighbors {
        /// The number of requested neighbors.
        neighbors: usize,
        /// The number of other cells.
        others: usize,
    },
    /// There are fewer cells than a neighborhood has.
    #[error(
        "a neighborhood of {n_neighbors} cells is larger than the number of cells, {cells}; set n_neighbors to {cells} or less"
    )]
    SmallerThanNeighborhood {
        /// The number of cells.
        cells: usize,
        /// The requested number of cells in a neighborhood.
        n_neighbors: usize,
    },
    /// The resolution is out of range.
    #[error("resolution must be above 0 and at most {most}, not {resolution}")]
    Resolution {
        /// The value.
        resolution: f64,
        /// The maximum.
        most: f64,
    },
    /// There are too few classes to separate.
    #[error("{classes} labels are too few: at least 2 are needed to tell cells apart")]
    TooFewClasses {
        /// The number of different labels.
        classes: usize,
    },
    /// A parameter is out of range.
    #[error("{name} must be between {least} and {most}, not {value}")]
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// The value.
        value: usize,
        /// The minimum.
        least: usize,
        /// The maximum.
        most: usize,
    },
    /// All cells have the same normalized counts.
    #[error("no gene varies: all cells have the same counts, apart from their totals, or none at all")]
    NoVariance,
    /// The eigenvalue solver failed.
    #[error("the principal components could not be computed")]
    NoConvergence,
    /// A group has a single cell, so its variance is unknown.
    #[error("the group '{group}' has fewer than two cells, which cannot be compared; leave it out, or merge it with another", group = text::excerpt(group))]
    SmallGroup {
        /// The name of the group.
        group: String,
    },
    /// A group has all cells, or all but one.
    #[error("fewer than two cells are outside of the group '{group}', so there is nothing to compare it with", group = text::excerpt(group))]
    NoRest {
        /// The name of the group.
        group: String,
    },
    /// The statistics of all groups and genes do not fit into memory.
    #[error("{groups} groups × {genes} genes do not fit into memory; choose a column with fewer groups")]
    TooManyGroups {
        /// The number of groups.
        groups: usize,
        /// The number of genes.
        genes: usize,
    },
    /// There are groups for another number of cells than the matrix has.
    #[error("there are groups for {found} cells, but the matrix has {cells} cells")]
    OtherCells {
        /// The number of cells with or without groups.
        found: usize,
        /// The number of rows of the matrix.
        cells: usize,
    },
    /// The analysis was canceled.
    #[error("the analysis was canceled")]
    Canceled,
}

impl From<sanitize::Error> for Error {
    fn from(error: sanitize::Error) -> Self {
        Self::Value(error)
    }
}
