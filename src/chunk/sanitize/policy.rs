//! The values that are accepted as counts, and rounding of values within the error of `f32`.

use super::error::Error;

/// The values that are accepted as counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuePolicy {
    /// Whole numbers; values within the rounding error of `f32` are rounded.
    #[default]
    WholeNumbers,
    /// All finite numbers that are not negative, such as expected or ambient-corrected counts. The user has to allow
    /// them.
    NonNegative,
}

/// Maximum distance from a whole number, relative to the value. Taking a logarithm in `f32` and reverting it results in
/// an error of about 1e-6.
const FLOAT_ERROR: f64 = 1e-5;

/// Maximum absolute distance from a whole number. With a larger limit, a fifth of all fractions would pass by chance.
const MAX_ERROR: f64 = 0.1;

/// Returns the count nearest to a value if the difference is within the rounding error of `f32`. Values below one are
/// never rounded to a count.
pub fn nearest_count(value: f32) -> Option<f32> {
    let whole = value.round();
    let error = (f64::from(value) - f64::from(whole)).abs();
    let is_near = whole >= 1.0 && error <= (FLOAT_ERROR * f64::from(whole)).min(MAX_ERROR);
    (is_near && whole.is_finite()).then_some(whole)
}

impl ValuePolicy {
    /// Returns whether a value is accepted as a count.
    pub fn accepts(self, value: f32) -> bool {
        self.count_of(value).is_some()
    }

    /// Returns whether all values are accepted as counts.
    pub fn accepts_all(self, values: &[f32]) -> bool {
        self.accepts_all_unchanged(values) || values.iter().all(|&value| self.accepts(value))
    }

    /// Returns whether all values are known to be counts without rounding. The check is vectorized, and does not
    /// recognize whole numbers above 2^23.
    pub fn accepts_all_unchanged(self, values: &[f32]) -> bool {
        /// All `f32` above 2^23 are whole numbers. Adding this number to a smaller one rounds that to a whole number.
        const WHOLE: f32 = 8_388_608.0;
        let is_fine = |&value: &f32| match self {
            Self::WholeNumbers => (0.0..=WHOLE).contains(&value) & ((value + WHOLE) - WHOLE == value),
            Self::NonNegative => (0.0..=f32::MAX).contains(&value),
        };
        // The loop has no early exit, so that it can be vectorized.
        values.iter().fold(true, |fine, value| fine & is_fine(value))
    }

    fn count_of(self, value: f32) -> Option<f32> {
        let is_positive = value >= 0.0 && value.is_finite();
        match self {
            Self::WholeNumbers if value.fract() != 0.0 => nearest_count(value),
            Self::WholeNumbers | Self::NonNegative => is_positive.then_some(value),
        }
    }

    /// Returns the count for a value at a row and column of the file.
    ///
    /// # Errors
    /// Fails if the value is not accepted as a count.
    pub fn count(self, value: f32, cell: usize, gene: u32) -> Result<f32, Error> {
        match self.count_of(value) {
            Some(count) => Ok(count),
            None if !value.is_finite() => Err(Error::NotFinite { cell, gene }),
            None if value < 0.0 => Err(Error::Negative { cell, gene, value }),
            None => Err(Error::Fractional { cell, gene, value }),
        }
    }
}
