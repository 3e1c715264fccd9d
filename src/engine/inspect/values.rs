//! What the values of a matrix look like, by a look at some of its rows: counts or not, and how many counts a cell has.
//! A small matrix is looked at as a whole.

use std::ops::Range;

use crate::matrix::{self, Matrix, RowSlice, SourceHeader, StorageKind};

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
/// Values with fractions up to here are taken for logarithms, beyond for counts that were corrected.
const LARGEST_LOGARITHM: f32 = 20.0;

/// From here on float32 does not hold every whole number.
const EXACT_TO: f32 = 16_777_216.0;

/// Counts that were corrected have more fractions than one in so many values.
const FEW_FRACTIONS: usize = 100;

/// What values look like.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Whole numbers, none negative.
    Counts,
    /// Fractions, but too large for logarithms and not of equal sums: counts that were corrected.
    CountLike {
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
    /// Fractions: normalised or logarithms.
    Normalised {
        /// A value with a fraction.
        example: f32,
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
        matches!(self, Self::Counts | Self::CountLike { .. } | Self::Unknown)
    }

    /// In a few words, for people.
    pub fn describe(&self) -> String {
        match self {
            Self::Counts => "whole numbers".into(),
            Self::CountLike { example } => format!("count-like with fractions ({example})"),
            Self::Stray { example, fractions: 1 } => format!("whole numbers but for one ({example})"),
            Self::Stray { example, fractions } => format!("whole numbers but for {fractions} (such as {example})"),
            Self::Normalised { example } => format!("not whole numbers ({example}): normalised or log-transformed"),
            Self::Negative { example } => format!("negative values ({example}): scaled"),
            Self::NotFinite => "NaN or infinite values".into(),
            Self::Empty => "no values".into(),
            Self::Unknown => "values that a quick look does not show".into(),
            Self::Unreadable { error } => format!("unreadable: {error}"),
        }
    }
}

impl Look {
    /// Nothing was seen.
    pub fn without(values: Values) -> Self {
        Self { values, first_odd: None, depth: Depth::default(), largest: None }
    }

    /// Whether no value is larger than one: presence, not counts.
    pub fn is_binary(&self) -> bool {
        self.values == Values::Counts && self.largest == Some(1.0)
    }

    /// The largest value, if float32, in which counts are sent, has no place for some whole number below it or beside it.
    pub fn inexact(&self) -> Option<f32> {
        self.largest.filter(|&largest| largest >= EXACT_TO && largest.is_finite())
    }
}

/// Looks at a matrix.
pub(super) fn look(matrix: &Matrix, header: &SourceHeader) -> Result<Look, matrix::Error> {
    if header.storage == StorageKind::Csc && header.entries.is_none_or(|entries| entries > SAMPLED_CSC_ENTRIES) {
        return Ok(Look::without(Values::Unknown));
    }
    let rows = matrix.rows_to_look_at(&header.source)?;
    let mut judge = ValueJudge { counted: matrix.counted_features(&header.source)?, ..ValueJudge::default() };
    for range in ranges_to_look_at(header) {
        judge.take_in(&rows.rows(range)?);
    }
    let looked_at_all = judge.depth.cells == header.cells;
    let look = judge.verdict();
    // A sample without values says nothing of a matrix that has some.
    let says_nothing = look.values == Values::Empty && !looked_at_all;
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

/// What has been seen of a matrix's values.
#[derive(Default)]
struct ValueJudge {
    /// Which columns are gene expression; all if the file does not say.
    counted: Option<Vec<bool>>,
    values: usize,
    fractions: usize,
    largest: f32,
    fraction: Option<Odd>,
    negative: Option<Odd>,
    not_finite: Option<Odd>,
    sums: EqualSums,
    depth: Depth,
}

/// A value that is no count, and where it stands.
#[derive(Clone, Copy, Debug)]
struct Odd {
    value: f32,
    at: (usize, u32),
}

/// Whether all sums above zero are the same.
#[derive(Default)]
struct EqualSums {
    first: Option<f64>,
    seen: usize,
    differ: bool,
}

impl EqualSums {
    fn add(&mut self, sum: f64) {
        if sum > 0.0 {
            let first = *self.first.get_or_insert(sum);
            self.seen += 1;
            self.differ |= (sum - first).abs() > 1e-3 * first.abs();
        }
    }

    fn are_equal(&self) -> bool {
        self.seen > 1 && !self.differ
    }
}

impl ValueJudge {
    fn take_in(&mut self, rows: &RowSlice) {
        for (cell, (genes, values)) in (rows.first_cell..).zip(rows.iter()) {
            let mut total = 0.0;
            for (&gene, &value) in genes.iter().zip(values) {
                if self.counted.as_ref().is_none_or(|counted| counted[gene as usize]) {
                    self.take_in_value(value, (cell, gene));
                    total += f64::from(value);
                }
            }
            self.sums.add(total);
            self.depth.add(total);
        }
    }

    fn take_in_value(&mut self, value: f32, at: (usize, u32)) {
        self.values += 1;
        self.fractions += usize::from(value.fract() != 0.0);
        self.largest = self.largest.max(value);
        let odd = if !value.is_finite() {
            &mut self.not_finite
        } else if value < 0.0 {
            &mut self.negative
        } else if value.fract() != 0.0 {
            &mut self.fraction
        } else {
            return;
        };
        odd.get_or_insert(Odd { value, at });
    }

    fn verdict(self) -> Look {
        let (depth, largest) = (self.depth, (self.values > 0).then_some(self.largest));
        let (values, odd) = match self {
            Self { values: 0, .. } => (Values::Empty, None),
            Self { not_finite: Some(odd), .. } => (Values::NotFinite, Some(odd)),
            Self { negative: Some(odd), .. } => (Values::Negative { example: odd.value }, Some(odd)),
            Self { fraction: Some(odd), largest, ref sums, values, fractions, .. } => {
                let example = odd.value;
                let count_like = largest > LARGEST_LOGARITHM && !sums.are_equal();
                let values = if !count_like {
                    Values::Normalised { example }
                } else if fractions * FEW_FRACTIONS < values {
                    Values::Stray { example, fractions }
                } else {
                    Values::CountLike { example }
                };
                (values, Some(odd))
            }
            Self { .. } => (Values::Counts, None),
        };
        Look { values, first_odd: odd.map(|odd| odd.at), depth, largest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::CountSource;

    fn judge(rows: &[&[f32]]) -> Look {
        let mut slice = RowSlice { first_cell: 7, indptr: vec![0], ..RowSlice::default() };
        for row in rows {
            slice.data.extend_from_slice(row);
            slice.indices.extend(0..row.len() as u32);
            slice.indptr.push(slice.data.len());
        }
        let mut judge = ValueJudge::default();
        judge.take_in(&slice);
        judge.verdict()
    }

    fn values(rows: &[&[f32]]) -> Values {
        judge(rows).values
    }

    #[test]
    fn counts_are_told_from_what_is_none() {
        assert_eq!(values(&[&[1.0, 250.0], &[3.0]]), Values::Counts);
        assert_eq!(values(&[&[0.69, 1.1], &[2.3]]), Values::Normalised { example: 0.69 });
        assert_eq!(values(&[&[9999.5, 0.5], &[10000.0]]), Values::Normalised { example: 9999.5 });
        assert_eq!(values(&[&[31.5, 1.0], &[2.0]]), Values::CountLike { example: 31.5 });
        let mut mostly_whole = vec![31.0; 200];
        mostly_whole[150] = 0.5;
        assert_eq!(values(&[&mostly_whole, &[2.0]]), Values::Stray { example: 0.5, fractions: 1 });
        assert_eq!(values(&[&[1.0, -0.5]]), Values::Negative { example: -0.5 });
        assert_eq!(values(&[&[f32::INFINITY]]), Values::NotFinite);
        assert_eq!(values(&[&[]]), Values::Empty);
    }

    #[test]
    fn the_first_value_that_is_no_count_is_told_by_its_place() {
        assert_eq!(judge(&[&[1.0], &[2.0, 0.5], &[0.5]]).first_odd, Some((8, 1)));
        assert_eq!(judge(&[&[1.0]]).first_odd, None);
    }

    #[test]
    fn presence_and_counts_too_large_for_float32_are_noticed() {
        assert!(judge(&[&[1.0, 1.0], &[1.0]]).is_binary() && !judge(&[&[1.0, 2.0]]).is_binary());
        assert!(!judge(&[&[]]).is_binary() && !judge(&[&[1.0, 0.5]]).is_binary());
        assert_eq!(judge(&[&[16_777_218.0, 1.0]]).inexact(), Some(16_777_218.0));
        assert_eq!(judge(&[&[16_777_215.0]]).inexact(), None);
    }

    #[test]
    fn cells_are_told_apart_by_their_counts() {
        let depth = judge(&[&[], &[19.0], &[50.0, 49.0], &[400.0], &[500.0]]).depth;
        assert_eq!((depth.cells, depth.below), (5, [1, 2, 3, 4]));
        assert_eq!(depth.estimate_below(100, 1000), 600);
        assert!(!depth.looks_unfiltered() && judge(&[&[1.0], &[2.0], &[500.0]]).depth.looks_unfiltered());
    }

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
