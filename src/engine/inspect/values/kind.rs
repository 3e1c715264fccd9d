//! The kind of values in a matrix: counts, corrected counts, transformed counts, or none of these.

use super::Normalisation;

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
    /// All values of the examined genes are zero.
    Empty,
    /// Not sampled, because the storage does not allow sampling quickly.
    Unknown,
    /// The matrix cannot be read.
    Unreadable {
        /// The error.
        error: String,
    },
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
            Self::Empty => "only zeros for its genes".into(),
            Self::Unknown => "values that are not checked yet".into(),
            Self::Unreadable { error } => format!("values that cannot be read: {error}"),
        }
    }
}
