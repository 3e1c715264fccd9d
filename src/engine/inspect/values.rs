//! Assessment of the values of a matrix from a sample of its rows: whether they are counts, and the number of counts
//! per cell. A small matrix is read completely.

mod judge;

use std::ops::Range;

use crate::matrix::{self, Matrix, SourceHeader, StorageKind};
use judge::ValueJudge;

/// Maximum number of entries of a matrix that is read completely, which takes about 60 ms.
const SMALL: u64 = 4 << 20;
/// Number of entries sampled from a larger matrix.
const SAMPLED: u64 = 1 << 19;
/// Number of positions of the sample, distributed over the file.
const PLACES: usize = 16;
/// Number of positions in a dense array, for which more has to be read per row.
const PLACES_OF_ARRAYS: usize = 8;
/// Minimum and maximum number of rows at each position.
const ROWS: (u64, u64) = (16, 4096);
/// Number of rows read at a time.
const WINDOW: usize = 1000;
/// Maximum number of entries of a sampled matrix in column order. Sampling its rows requires reading all of it.
const SAMPLED_CSC_ENTRIES: u64 = 8 << 20;
/// Maximum value of log-transformed counts.
const LARGEST_LOGARITHM: f32 = 20.0;

/// Value from which `f32` cannot represent all whole numbers.
const EXACT_TO: f32 = 16_777_216.0;

/// The kind of values in a matrix.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers that are not negative.
    Counts,
    /// Whole numbers within the rounding error of `f32`, as left by reverting a logarithm. They are rounded.
    NearCounts {
        /// A value that is not whole.
        example: f32,
    },
    /// Whole numbers with fractions, or fractions just below whole numbers; some are large. Corrected counts.
    CountLike {
        /// A value with a fraction.
        example: f32,
    },
    /// The same without large values: corrected counts, or another transformation of counts.
    SmallCountLike {
        /// A value with a fraction.
        example: f32,
    },
    /// Whole numbers with a few exceptions, which are probably errors.
    Stray {
        /// A value with a fraction.
        example: f32,
        /// Number of fractions among the sampled values.
        fractions: usize,
    },
    /// Fractions that are not corrected counts.
    Normalised {
        /// A value with a fraction.
        example: f32,
        /// The transformation of the counts, as far as it can be inferred.
        how: Normalisation,
    },
    /// Negative values, as in scaled data.
    Negative {
        /// A negative value.
        example: f32,
    },
    /// NaN or infinite values.
    NotFinite,
    /// There are no values.
    Empty,
    /// Not sampled, because the storage does not allow sampling quickly.
    Unknown,
    /// The matrix cannot be read.
    Unreadable {
        /// The error.
        error: String,
    },
}

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

/// The number of gene-expression counts of the sampled cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Number of sampled cells.
    pub cells: usize,
    /// For each element of [`Depth::FEW`], the number of sampled cells with fewer counts.
    pub below: [usize; Depth::FEW.len()],
}

impl Depth {
    /// Limits on the number of counts, each of them exclusive.
    ///
    /// Cells below them have, in order: no counts, the stray counts of any droplet, the ambient counts of most
    /// droplets, and fewer counts than commonly required.
    pub const FEW: [u64; 4] = [1, 20, 100, 500];

    /// Estimates how many of `cells` cells have fewer counts than `few`, which is an element of [`Depth::FEW`].
    pub fn estimate_below(&self, few: u64, cells: usize) -> usize {
        let index = Self::FEW.iter().position(|other| *other == few).unwrap_or(0);
        (self.below[index] as u128 * cells as u128 / (self.cells as u128).max(1)) as usize
    }

    /// Returns whether most cells have only stray counts, as in a raw matrix with empty droplets.
    pub fn looks_unfiltered(&self) -> bool {
        2 * self.below[1] > self.cells
    }

    /// Adds a cell with its number of counts.
    pub fn add(&mut self, total: f64) {
        self.cells += 1;
        for (below, few) in self.below.iter_mut().zip(Self::FEW) {
            *below += usize::from(total < few as f64);
        }
    }
}

impl Values {
    /// Returns whether the values may be sent without confirmation.
    pub fn are_countable(&self) -> bool {
        match self {
            Self::Counts | Self::NearCounts { .. } | Self::CountLike { .. } | Self::Unknown => true,
            Self::SmallCountLike { .. }
            | Self::Stray { .. }
            | Self::Normalised { .. }
            | Self::Negative { .. }
            | Self::NotFinite
            | Self::Empty
            | Self::Unreadable { .. } => false,
        }
    }

    /// Returns whether the values are counts, possibly after rounding.
    pub fn are_counts(&self) -> bool {
        matches!(self, Self::Counts | Self::NearCounts { .. })
    }

    /// Returns a short description for users.
    pub fn describe(&self) -> String {
        match self {
            Self::Counts => "whole numbers".into(),
            Self::NearCounts { example } => {
                format!("whole numbers within float error (such as {example}), which are rounded")
            }
            Self::CountLike { example } => {
                format!("whole numbers and fractions (such as {example}), like corrected counts")
            }
            Self::SmallCountLike { example } => {
                format!("whole numbers and fractions (such as {example}), none of them large")
            }
            Self::Stray { example, fractions: 1 } => format!("whole numbers except for one value ({example})"),
            Self::Stray { example, fractions } => {
                format!("whole numbers except for {fractions} values (such as {example})")
            }
            Self::Normalised { example, how } => format!("fractions (such as {example}): {}", how.describe()),
            Self::Negative { example } => format!("negative values ({example}): scaled"),
            Self::NotFinite => "NaN or infinite values".into(),
            Self::Empty => "no values".into(),
            Self::Unknown => "values that are not checked yet".into(),
            Self::Unreadable { error } => format!("values that cannot be read: {error}"),
        }
    }
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

/// Returns the windows of rows to read: all rows, or a sample distributed over the file with its first and last row. Of
/// a compressed text file only the first rows are read.
fn ranges_to_look_at(header: &SourceHeader) -> Vec<Range<usize>> {
    let cells = header.cells;
    let entries = header.entries.unwrap_or(cells as u64 * header.genes as u64);
    let mean = entries / (cells as u64).max(1);
    let is_array = matches!(header.storage, StorageKind::Dense | StorageKind::DenseByGenes);
    let places = if is_array { PLACES_OF_ARRAYS } else { PLACES };
    let rows = (SAMPLED / PLACES as u64 / mean.max(1)).clamp(ROWS.0, ROWS.1) as usize;
    let windows = |cells: usize| (0..cells).step_by(WINDOW).map(|first| first..cells.min(first + WINDOW)).collect();
    if entries <= SMALL || cells <= rows * places {
        return windows(cells);
    }
    if header.storage == StorageKind::Stream {
        // Later rows can only be reached through all rows before them.
        return windows(cells.min((SMALL / mean.max(1)) as usize));
    }
    let last = cells - rows;
    (0..places).map(|place| last * place / (places - 1)).map(|first| first..first + rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::CountSource;

    #[test]
    fn small_matrices_are_read_completely_and_large_ones_sampled_up_to_both_ends() {
        let header = |cells, entries| SourceHeader {
            source: CountSource::X,
            storage: StorageKind::Csr,
            dtype: "float32",
            cells,
            genes: 36_601,
            entries: Some(entries),
            unstated: Vec::new(),
        };
        let seen = |cells, entries| ranges_to_look_at(&header(cells, entries));
        assert_eq!(seen(1500, 3_900_000), [0..1000, 1000..1500]);
        let ranges = seen(1_000_000, 2_600_000_000);
        assert_eq!((ranges[0].clone(), ranges[15].end), (0..16, 1_000_000));
        let empty_droplets: usize = seen(737_280, 30_000_000).iter().map(ExactSizeIterator::len).sum();
        assert!(empty_droplets > 10_000, "{empty_droplets}");
        assert_eq!(seen(0, 0), Vec::<Range<usize>>::new());
    }
}
