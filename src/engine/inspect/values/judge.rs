//! Classification of the values of a matrix. In: rows. Out: whether they are counts or, if not, how they were
//! transformed.

use super::{Depth, Doubt, LARGEST_LOGARITHM, Look, Normalisation, Values};
use crate::{chunk::sanitize::nearest_count, matrix::RowSlice};

mod fractions;

use fractions::Fractions;

/// The statistics of the values read so far.
#[derive(Default)]
pub(super) struct ValueJudge {
    /// Whether each column is gene expression; `None` if all are.
    counted: Option<Vec<bool>>,
    values: usize,
    largest: f32,
    near: Option<Odd>,
    fraction: Option<Odd>,
    negative: Option<Odd>,
    not_finite: Option<Odd>,
    fractions: Fractions,
    sums: Sums,
    without_ones: RowsWithoutOnes,
    depth: Depth,
}

/// A value that is not a count, with its row and column.
#[derive(Clone, Copy, Debug)]
struct Odd {
    value: f32,
    at: (usize, u32),
}

/// The range of the totals of cells with counts.
#[derive(Default)]
struct Sums {
    cells: usize,
    least: f64,
    most: f64,
}

impl Sums {
    /// Maximum relative difference of equal sums.
    const EQUAL: f64 = 1e-3;
    /// Maximum relative difference of equal sums of rounded values.
    const EQUAL_ROUNDED: f64 = 1e-2;
    /// Minimum number of cells and of counts for a doubt; fewer may be equal by chance.
    const ENOUGH: (usize, f64) = (10, 100.0);

    fn add(&mut self, sum: f64) {
        if sum > 0.0 {
            (self.least, self.most) =
                if self.cells == 0 { (sum, sum) } else { (self.least.min(sum), self.most.max(sum)) };
            self.cells += 1;
        }
    }

    fn are_equal(&self) -> bool {
        self.cells > 1 && self.most - self.least <= Self::EQUAL * self.least
    }

    fn equal_total(&self) -> Option<f64> {
        let (cells, total) = Self::ENOUGH;
        let are_near = self.most - self.least <= Self::EQUAL_ROUNDED * self.least;
        (are_near && self.cells >= cells && self.least >= total).then_some(self.most)
    }
}

/// The number of rows with many values and without a one.
#[derive(Default)]
struct RowsWithoutOnes {
    rows: usize,
    of: usize,
}

impl RowsWithoutOnes {
    /// Minimum number of values of a row that is expected to have a one.
    const MANY: usize = 50;

    fn add(&mut self, values: &[f32]) {
        if values.len() >= Self::MANY {
            self.of += 1;
            self.rows += usize::from(values.iter().all(|&value| value >= 1.5));
        }
    }

    fn are_most(&self) -> bool {
        2 * self.rows > self.of
    }
}

impl ValueJudge {
    /// Creates a classifier. `counted` states which columns are gene expression; `None` means all.
    pub(super) fn of_columns(counted: Option<Vec<bool>>) -> Self {
        Self { counted, ..Self::default() }
    }

    pub(super) fn take_in(&mut self, rows: &RowSlice) {
        let mut row = Vec::new();
        for (cell, (genes, values)) in (rows.first_cell..).zip(rows.iter()) {
            row.clear();
            for (&gene, &value) in genes.iter().zip(values) {
                if self.counted.as_ref().is_none_or(|counted| counted[gene as usize]) {
                    self.take_in_value(value, (cell, gene));
                    row.push(value);
                }
            }
            let total = row.iter().fold(0.0, |sum, &value| sum + f64::from(value));
            self.sums.add(total);
            self.depth.add(total);
            self.fractions.add_row(&row);
            self.without_ones.add(&row);
        }
    }

    fn take_in_value(&mut self, value: f32, at: (usize, u32)) {
        self.values += 1;
        self.largest = self.largest.max(value);
        let odd = if !value.is_finite() {
            &mut self.not_finite
        } else if value < 0.0 {
            &mut self.negative
        } else if value.fract() == 0.0 {
            return;
        } else if nearest_count(value).is_some() {
            &mut self.near
        } else {
            &mut self.fraction
        };
        odd.get_or_insert(Odd { value, at });
    }

    pub(super) fn verdict(self) -> Look {
        let (values, odd) = self.values_and_odd();
        let largest = (self.values > 0).then_some(self.largest);
        let doubt = values.are_counts().then(|| self.doubt()).flatten();
        Look { values, first_odd: odd.map(|odd| odd.at), depth: self.depth, largest, doubt }
    }

    fn values_and_odd(&self) -> (Values, Option<Odd>) {
        match *self {
            Self { values: 0, .. } => (Values::Empty, None),
            Self { not_finite: Some(odd), .. } => (Values::NotFinite, Some(odd)),
            Self { negative: Some(odd), .. } => (Values::Negative { example: odd.value }, Some(odd)),
            Self { fraction: Some(odd), .. } => (self.of_fractions(odd.value), Some(odd)),
            Self { near: Some(odd), .. } => (Values::NearCounts { example: odd.value }, Some(odd)),
            Self { .. } => (Values::Counts, None),
        }
    }

    /// Classifies values with fractions. They count as corrected counts only if there is evidence for it.
    fn of_fractions(&self, example: f32) -> Values {
        let normalised = |how| Values::Normalised { example, how };
        if self.fractions.are_few() {
            return Values::Stray { example, fractions: self.fractions.count() };
        }
        if self.sums.are_equal() {
            return normalised(Normalisation::EqualSums);
        }
        if let Some(how) = self.fractions.normalisation() {
            return normalised(how);
        }
        match (self.fractions.look_corrected(), self.largest > LARGEST_LOGARITHM) {
            (true, true) => Values::CountLike { example },
            (true, false) => Values::SmallCountLike { example },
            (false, _) => normalised(Normalisation::Unknown),
        }
    }

    fn doubt(&self) -> Option<Doubt> {
        let equal = self.sums.equal_total().map(Doubt::EqualTotals);
        equal.or_else(|| self.without_ones.are_most().then_some(Doubt::NoOnes))
    }
}

#[cfg(test)]
mod tests;
