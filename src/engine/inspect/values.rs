//! Assessment of the values of a matrix from a sample of its rows: whether they are counts, and the number of counts
//! per cell. A small matrix is read completely.

mod depth;
mod judge;
mod kind;
mod sample;

use crate::matrix::{self, Matrix, SourceHeader, StorageKind};
pub use depth::Depth;
use judge::ValueJudge;
pub use kind::Values;
use sample::ranges_to_look_at;

/// Maximum number of entries of a sampled matrix in column order. Sampling its rows requires reading all of it.
const SAMPLED_CSC_ENTRIES: u64 = 8 << 20;
/// Maximum value of log-transformed counts.
const LARGEST_LOGARITHM: f32 = 20.0;

/// Value from which `f32` cannot represent all whole numbers.
const EXACT_TO: f32 = 16_777_216.0;

/// A transformation of counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalisation {
    /// Every cell has the same sum.
    EqualSums,
    /// The values of each cell are whole numbers times a factor specific to the cell.
    FactorOfCell,
    /// All values are square roots of whole numbers.
    Roots,
    /// All values are logarithms of whole numbers plus one.
    Logarithms,
    /// Any other transformation.
    Unknown,
}

impl Normalisation {
    /// Returns a description that follows an example of the values.
    fn describe(self) -> &'static str {
        match self {
            Self::EqualSums => "the same total in every cell, so they are normalized",
            Self::FactorOfCell => "whole numbers times a factor for each cell, so they are normalized",
            Self::Roots => "square roots of counts",
            Self::Logarithms => "logarithms of counts",
            Self::Unknown => "normalized or log-transformed",
        }
    }
}

/// A reason to doubt that whole numbers are raw counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// All cells have nearly this total.
    EqualTotals(f64),
    /// The smallest count of most cells is greater than one.
    NoOnes,
}

/// Findings about the values of a matrix, from a sample of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The kind of values.
    pub values: Values,
    /// Row and column in the file of the first value that is not a count.
    pub first_odd: Option<(usize, u32)>,
    /// The sequencing depth of the cells.
    pub depth: Depth,
    /// The largest value; `None` without values.
    pub largest: Option<f32>,
    /// A reason to doubt that whole numbers are raw counts.
    pub doubt: Option<Doubt>,
}

impl Look {
    /// Creates findings without a sample.
    pub fn without(values: Values) -> Self {
        Self { values, first_odd: None, depth: Depth::default(), largest: None, doubt: None }
    }

    /// Returns whether a value is too large for a logarithm.
    pub fn is_beyond_logarithms(&self) -> bool {
        self.largest.is_some_and(|largest| largest > LARGEST_LOGARITHM)
    }

    /// Returns whether all values are zero or one, which means presence rather than counts.
    pub fn is_binary(&self) -> bool {
        self.values.are_counts() && self.largest == Some(1.0)
    }

    /// Returns the largest value if it is so large that `f32`, in which counts are sent, cannot represent all counts.
    pub fn inexact(&self) -> Option<f32> {
        self.largest.filter(|&largest| largest >= EXACT_TO && largest.is_finite())
    }
}

/// Samples a matrix. `counted` states which columns are gene expression; `None` means all.
pub(super) fn look(matrix: &Matrix, header: &SourceHeader, counted: Option<Vec<bool>>) -> Result<Look, matrix::Error> {
    if header.storage == StorageKind::Csc && header.entries.is_none_or(|entries| entries > SAMPLED_CSC_ENTRIES) {
        return Ok(Look::without(Values::Unknown));
    }
    let rows = matrix.sample_source(&header.source)?;
    let mut judge = ValueJudge::of_columns(counted);
    for range in ranges_to_look_at(header) {
        judge.take_in(&rows.rows(range)?);
    }
    let look = judge.verdict();
    // A sample without values does not mean that the matrix has none.
    let says_nothing = look.values == Values::Empty && look.depth.cells != header.cells;
    Ok(if says_nothing { Look { values: Values::Unknown, ..look } } else { look })
}
