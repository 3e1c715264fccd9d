//! What speaks for and against counts that were corrected, where values have fractions.
//!
//! A correction for ambient RNA subtracts a little from counts, and an EM algorithm divides those of a few reads: whole
//! numbers remain, or numbers just below. A normalization multiplies all values of a cell, so that hardly any is whole.

use super::super::{LARGEST_LOGARITHM, Normalisation};
use crate::chunk::sanitize::nearest_count;

/// Stray fractions are fewer than one in so many values.
const FEW: usize = 100;
/// How near to the next whole number a value is that something small was subtracted from.
const JUST_BELOW: f32 = 0.1;
/// What the smallest value of a scaled row may stand for, at most.
const LARGEST_OF_SMALLEST: u8 = 8;
/// Different values that a row needs, so that it is not scaled by chance.
const DIFFERENT: usize = 3;

/// What has been seen of values with fractions.
pub(super) struct Fractions {
    values: usize,
    fractions: usize,
    /// Values just below and just above a whole number.
    near: [usize; 2],
    rows: usize,
    /// Rows of which a third or more is whole.
    mixed_rows: usize,
    /// Rows that can be judged, and those of them that are whole numbers times a factor.
    judged_rows: usize,
    scaled_rows: usize,
    /// Transformations that made all fractions so far.
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
    /// Takes in the values of a cell.
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

    /// How many values have a fraction.
    pub(super) fn count(&self) -> usize {
        self.fractions
    }

    /// Whether so few values have a fraction that something went wrong with those.
    pub(super) fn are_few(&self) -> bool {
        self.fractions * FEW < self.values
    }

    /// What was done to all counts, if the values show it.
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

    /// Whether most cells have whole numbers among the fractions, or most values lie just below whole numbers.
    pub(super) fn look_corrected(&self) -> bool {
        let [below, above] = self.near;
        2 * self.mixed_rows > self.rows || (5 * below >= 2 * self.values && below >= 4 * above)
    }
}

/// Whether the values of a row are whole numbers times a factor; `None` if it has too few different values to tell. The
/// smallest value stands for one or some other small number.
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
