//! Evidence for and against corrected counts in values with fractions.
//!
//! A correction for ambient RNA subtracts small amounts from counts, and an EM algorithm distributes the counts of a
//! few reads. Both leave whole numbers, or numbers just below. A normalization multiplies all values of a cell, so that
//! hardly any is whole.

use crate::chunk::sanitize::nearest_count;
use crate::engine::inspect::values::{LARGEST_LOGARITHM, Normalisation};

/// Fractions that are rarer than one in this number of values are errors.
const FEW: usize = 100;
/// Maximum distance to the next whole number of a value from which a small amount was subtracted.
const JUST_BELOW: f32 = 0.1;
/// Maximum count that the smallest value of a scaled row may represent.
const LARGEST_OF_SMALLEST: u8 = 8;
/// Minimum number of different values in a row, so that it does not look scaled by chance.
const DIFFERENT: usize = 3;

/// Statistics of values with fractions.
pub(super) struct Fractions {
    values: usize,
    fractions: usize,
    /// Number of values just below and just above a whole number.
    near: [usize; 2],
    rows: usize,
    /// Number of rows in which at least a third of the values is whole.
    mixed_rows: usize,
    /// Number of rows that can be classified, and of those that are whole numbers times a factor.
    judged_rows: usize,
    scaled_rows: usize,
    /// Transformations that explain all fractions so far.
    roots: bool,
    logarithms: [bool; 3],
}

impl Default for Fractions {
    fn default() -> Self {
        Self {
            values: 0,
            fractions: 0,
            near: [0; 2],
            rows: 0,
            mixed_rows: 0,
            judged_rows: 0,
            scaled_rows: 0,
            roots: true,
            logarithms: [true; 3],
        }
    }
}

impl Fractions {
    /// Adds the values of a cell.
    pub(super) fn add_row(&mut self, row: &[f32]) {
        self.values += row.len();
        let is_fraction = |value: &f32| value.fract() != 0.0 && nearest_count(*value).is_none();
        let fractions = row.iter().filter(|value| is_fraction(value)).count();
        if fractions == 0 {
            return;
        }
        self.fractions += fractions;
        row.iter().filter(|value| is_fraction(value)).for_each(|value| self.add_fraction(*value));
        self.rows += 1;
        let is_mixed = 3 * (row.len() - fractions) >= row.len();
        self.mixed_rows += usize::from(is_mixed);
        if let Some(is_scaled) = is_scaled(row) {
            self.judged_rows += 1;
            self.scaled_rows += usize::from(is_scaled && !is_mixed);
        }
    }

    fn add_fraction(&mut self, value: f32) {
        let part = value.fract();
        self.near[0] += usize::from(part >= 1.0 - JUST_BELOW);
        self.near[1] += usize::from(value >= 1.0 && part <= JUST_BELOW);
        let is_whole = |number: f64| nearest_count(number as f32).is_some();
        let exact = f64::from(value);
        self.roots &= is_whole(exact * exact);
        for (is_made, base) in self.logarithms.iter_mut().zip([2.0, std::f64::consts::E, 10.0]) {
            *is_made &= value <= LARGEST_LOGARITHM && is_whole(f64::powf(base, exact) - 1.0);
        }
    }

    /// Returns the number of values with a fraction.
    pub(super) fn count(&self) -> usize {
        self.fractions
    }

    /// Returns whether so few values have a fraction that these are probably errors.
    pub(super) fn are_few(&self) -> bool {
        self.fractions * FEW < self.values
    }

    /// Returns the transformation of all counts, if the values show it.
    pub(super) fn normalisation(&self) -> Option<Normalisation> {
        if 2 * self.scaled_rows > self.judged_rows {
            Some(Normalisation::FactorOfCell)
        } else if self.roots {
            Some(Normalisation::Roots)
        } else if self.logarithms.contains(&true) {
            Some(Normalisation::Logarithms)
        } else {
            None
        }
    }

    /// Returns whether most cells have whole numbers among the fractions, or most values are just below whole numbers.
    pub(super) fn look_corrected(&self) -> bool {
        let [below, above] = self.near;
        2 * self.mixed_rows > self.rows || (5 * below >= 2 * self.values && below >= 4 * above)
    }
}

/// Returns whether the values of a row are whole numbers times a factor; `None` if it has too few different values. The
/// smallest value is assumed to represent a small whole number.
fn is_scaled(row: &[f32]) -> Option<bool> {
    let smallest = row.iter().copied().filter(|&value| value > 0.0).reduce(f32::min)?;
    let mut different = vec![smallest];
    for &value in row {
        if different.len() == DIFFERENT {
            break;
        }
        if value > 0.0 && !different.iter().any(|other| (value - other).abs() <= 1e-5 * other) {
            different.push(value);
        }
    }
    if different.len() < DIFFERENT {
        return None;
    }
    let is_multiple = |value: f32, factor: f64| {
        let multiple = f64::from(value) / factor;
        (multiple - multiple.round()).abs() <= (2e-3f64).max(1e-6 * multiple)
    };
    Some((1..=LARGEST_OF_SMALLEST).any(|count| {
        let factor = f64::from(smallest) / f64::from(count);
        row.iter().all(|&value| is_multiple(value, factor))
    }))
}
