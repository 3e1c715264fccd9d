//! What the values of a matrix look like, by a look at some of its rows: counts or not, and how many counts a cell has.
//! A small matrix is looked at as a whole.

mod judge;

use std::ops::Range;

use crate::matrix::{self, Matrix, SourceHeader, StorageKind};
use judge::ValueJudge;

/// A matrix of so many entries is looked at as a whole: some 60 ms of reading.
const SMALL: u64 = 4 << 20;
/// Entries looked at of a larger one.
const SAMPLED: u64 = 1 << 19;
/// Places of the sample, spread over the file.
const PLACES: usize = 16;
/// Those of an array, of which more has to be read for a row.
const PLACES_OF_ARRAYS: usize = 8;
/// Rows looked at in each of them, at least and at most.
const ROWS: (u64, u64) = (16, 4096);
/// Rows read at a time.
const WINDOW: usize = 1000;
/// A matrix in column order is only sampled up to so many entries: its rows cannot be had without reading all of it.
const SAMPLED_CSC_ENTRIES: u64 = 8 << 20;
/// Logarithms do not get larger.
const LARGEST_LOGARITHM: f32 = 20.0;

/// From here on float32 does not hold every whole number.
const EXACT_TO: f32 = 16_777_216.0;

/// What values look like.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers, none negative.
    Counts,
    /// Whole numbers within the error of float32, as a way back from logarithms leaves them. They are rounded.
    NearCounts {
        /// A value that is not whole.
        example: f32,
    },
    /// Whole numbers among fractions, or fractions just below whole numbers, some of them large: corrected counts.
    CountLike {
        /// A value with a fraction.
        example: f32,
    },
    /// The same, but none is large: corrected counts, or something else made of counts.
    SmallCountLike {
        /// A value with a fraction.
        example: f32,
    },
    /// Whole numbers but for a few: something went wrong with those.
    Stray {
        /// A value with a fraction.
        example: f32,
        /// How many there are among the values looked at.
        fractions: usize,
    },
    /// Fractions that are not corrected counts.
    Normalised {
        /// A value with a fraction.
        example: f32,
        /// What was done to the counts, as far as the values tell.
        how: Normalisation,
    },
    /// Values below zero: scaled.
    Negative {
        /// One of them.
        example: f32,
    },
    /// NaN or infinite values.
    NotFinite,
    /// No value at all.
    Empty,
    /// Not looked at: the storage does not allow a quick look.
    Unknown,
    /// The matrix cannot be read.
    Unreadable {
        /// Why not.
        error: String,
    },
}

/// What was done to counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalisation {
    /// Every cell has the same sum.
    EqualSums,
    /// The values of each cell are whole numbers times a factor of the cell.
    FactorOfCell,
    /// All values are square roots of whole numbers.
    Roots,
    /// All values are logarithms of whole numbers plus one.
    Logarithms,
    /// Anything else.
    Unknown,
}

impl Normalisation {
    /// A few words that follow an example of the values.
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

/// What makes whole numbers doubtful.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// Every cell has nearly the same total: this one.
    EqualTotals(f64),
    /// The smallest count of most cells is larger than one.
    NoOnes,
}

/// A look at some rows of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What the values look like.
    pub values: Values,
    /// The cell and the gene of the first value that is no count, by row and column of the file.
    pub first_odd: Option<(usize, u32)>,
    /// How deep the cells were sequenced.
    pub depth: Depth,
    /// The largest value; none if there are no values.
    pub largest: Option<f32>,
    /// What makes whole numbers doubtful.
    pub doubt: Option<Doubt>,
}

/// How many counts the cells have that were looked at, over gene expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Cells looked at.
    pub cells: usize,
    /// How many of them have fewer counts than each of [`Depth::FEW`].
    pub below: [usize; Depth::FEW.len()],
}

impl Depth {
    /// The numbers of counts by which cells are told apart: those with none, with what strays into any droplet, with
    /// what floats in most, and with less than is commonly taken for a cell.
    pub const FEW: [u64; 4] = [1, 20, 100, 500];

    /// How many of so many cells have fewer counts than one of [`Depth::FEW`], going by those looked at.
    pub fn estimate_below(&self, few: u64, cells: usize) -> usize {
        let place = Self::FEW.iter().position(|other| *other == few).unwrap_or(0);
        (self.below[place] as u128 * cells as u128 / (self.cells as u128).max(1)) as usize
    }

    /// Whether most cells have no more counts than what strays into any droplet: a raw matrix with empty droplets.
    pub fn looks_unfiltered(&self) -> bool {
        2 * self.below[1] > self.cells
    }

    /// Takes in a cell's counts.
    pub fn add(&mut self, total: f64) {
        self.cells += 1;
        for (below, few) in self.below.iter_mut().zip(Self::FEW) {
            *below += usize::from(total < few as f64);
        }
    }
}

impl Values {
    /// Whether they may be sent without the user's word.
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

    /// Whether they are counts, perhaps after rounding.
    pub fn are_counts(&self) -> bool {
        matches!(self, Self::Counts | Self::NearCounts { .. })
    }

    /// In a few words, for people.
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
            Self::Unknown => "values that a quick look does not show".into(),
            Self::Unreadable { error } => format!("values that cannot be read: {error}"),
        }
    }
}

impl Look {
    /// Nothing was seen.
    pub fn without(values: Values) -> Self {
        Self { values, first_odd: None, depth: Depth::default(), largest: None, doubt: None }
    }

    /// Whether some value is too large for a logarithm.
    pub fn is_beyond_logarithms(&self) -> bool {
        self.largest.is_some_and(|largest| largest > LARGEST_LOGARITHM)
    }

    /// Whether no value is larger than one: presence, not counts.
    pub fn is_binary(&self) -> bool {
        self.values.are_counts() && self.largest == Some(1.0)
    }

    /// The largest value, if float32, in which counts are sent, has no place for some whole number below it or beside it.
    pub fn inexact(&self) -> Option<f32> {
        self.largest.filter(|&largest| largest >= EXACT_TO && largest.is_finite())
    }
}

/// Looks at a matrix. `counted` says which of its columns are gene expression; all if it is missing.
pub(super) fn look(matrix: &Matrix, header: &SourceHeader, counted: Option<Vec<bool>>) -> Result<Look, matrix::Error> {
    if header.storage == StorageKind::Csc && header.entries.is_none_or(|entries| entries > SAMPLED_CSC_ENTRIES) {
        return Ok(Look::without(Values::Unknown));
    }
    let rows = matrix.rows_to_look_at(&header.source)?;
    let mut judge = ValueJudge::of_columns(counted);
    for range in ranges_to_look_at(header) {
        judge.take_in(&rows.rows(range)?);
    }
    let look = judge.verdict();
    // A sample without values says nothing of a matrix that has some.
    let says_nothing = look.values == Values::Empty && look.depth.cells != header.cells;
    Ok(if says_nothing { Look { values: Values::Unknown, ..look } } else { look })
}

/// Windows of rows: all of them, or some spread over the file, the first and the last row among them.
fn ranges_to_look_at(header: &SourceHeader) -> Vec<Range<usize>> {
    let cells = header.cells;
    let entries = header.entries.unwrap_or(cells as u64 * header.genes as u64);
    let mean = entries / (cells as u64).max(1);
    let places = if header.storage == StorageKind::Dense { PLACES_OF_ARRAYS } else { PLACES };
    let rows = (SAMPLED / PLACES as u64 / mean.max(1)).clamp(ROWS.0, ROWS.1) as usize;
    if entries <= SMALL || cells <= rows * places {
        return (0..cells).step_by(WINDOW).map(|first| first..cells.min(first + WINDOW)).collect();
    }
    let last = cells - rows;
    (0..places).map(|place| last * place / (places - 1)).map(|first| first..first + rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::CountSource;

    #[test]
    fn a_small_matrix_is_looked_at_as_a_whole_and_a_large_one_at_both_ends() {
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
