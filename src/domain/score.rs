//! Validated numbers for options. Both front ends use them, so that they accept the same values.

use std::{fmt, str::FromStr};

/// A score, a threshold on scores or a share of cells: a number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Score(f64);

/// A factor in an exponent: a finite number that is not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Prefactor(f64);

/// An error for a number or text that is not a [`Score`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 0 to 1")]
pub struct NotAScore;

/// An error for a number or text that is not a [`Prefactor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a number of at least 0")]
pub struct NotAPrefactor;

impl Score {
    /// Validates a number.
    ///
    /// # Errors
    /// Fails if the number is not in the range from 0 to 1.
    pub fn new(value: f64) -> Result<Self, NotAScore> {
        // Adding 0 converts -0 to 0, as displayed to users.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(NotAScore) }
    }

    /// Returns the score nearest to a number; 0 for NaN.
    pub fn nearest(value: f64) -> Self {
        if value.is_nan() { Self(0.0) } else { Self(value.clamp(0.0, 1.0) + 0.0) }
    }

    /// Returns the number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl Prefactor {
    /// Returns the prefactor nearest to a number; 0 for NaN.
    pub fn nearest(value: f64) -> Self {
        if value.is_nan() { Self(0.0) } else { Self(value.clamp(0.0, f64::MAX) + 0.0) }
    }

    /// Validates a number.
    ///
    /// # Errors
    /// Fails if the number is negative or not finite.
    pub fn new(value: f64) -> Result<Self, NotAPrefactor> {
        if value.is_finite() && value >= 0.0 { Ok(Self(value + 0.0)) } else { Err(NotAPrefactor) }
    }

    /// Returns the number.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl FromStr for Score {
    type Err = NotAScore;

    fn from_str(text: &str) -> Result<Self, NotAScore> {
        text.trim().parse().map_err(|_| NotAScore).and_then(Self::new)
    }
}

impl FromStr for Prefactor {
    type Err = NotAPrefactor;

    fn from_str(text: &str) -> Result<Self, NotAPrefactor> {
        text.trim().parse().map_err(|_| NotAPrefactor).and_then(Self::new)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Prefactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_number_from_0_to_1() {
        for (text, value) in [("0", 0.0), ("-0", 0.0), ("0.05", 0.05), (" 1 ", 1.0), ("1e-4", 1e-4)] {
            let score: Score = text.parse().unwrap();
            assert_eq!((score.value(), score.value().is_sign_negative()), (value, false), "{text}");
        }
        for text in ["5", "1.5", "-1", "20", "NaN", "inf", "1.0000000000000002", "", "a", "0,5"] {
            assert_eq!(text.parse::<Score>(), Err(NotAScore), "{text}");
        }
    }

    #[test]
    fn the_nearest_score_is_a_score() {
        for (value, nearest) in [(0.2, 0.2), (-1.0, 0.0), (7.0, 1.0), (f64::NAN, 0.0), (f64::INFINITY, 1.0)] {
            assert_eq!(Score::nearest(value), Score::new(nearest).unwrap(), "{value}");
        }
    }

    #[test]
    fn a_prefactor_is_finite_and_not_negative() {
        for (text, shown) in [("0", "0.0"), ("1", "1.0"), ("12.5", "12.5")] {
            assert_eq!(text.parse::<Prefactor>().unwrap().to_string(), shown);
        }
        for text in ["-1", "-0.001", "NaN", "inf", "1e400", ""] {
            assert_eq!(text.parse::<Prefactor>(), Err(NotAPrefactor), "{text}");
        }
    }
}
