//! A request to send a sample of a file's cells.

use std::{
    fmt,
    num::{NonZeroU32, NonZeroUsize},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// The number of cells of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleSize {
    /// A number of cells.
    Cells(NonZeroUsize),
    /// A share of the cells, in hundredths of a percent.
    Share(NonZeroU32),
}

/// The groups that a sample covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleBy {
    /// The clusters of the file, otherwise a sketch.
    Clusters,
    /// A geometric sketch: equal coverage of the space of principal components.
    Sketch,
    /// The groups of an obs column.
    Column(String),
}

/// A request for a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleRequest {
    /// The number of cells.
    pub size: SampleSize,
    /// The groups.
    pub by: SampleBy,
    /// The minimum number of cells of each group, as far as it has that many.
    pub floor: usize,
    /// The seed of the random choice.
    pub seed: u64,
}

/// An invalid sample size.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be a number of cells such as 20000, or a share such as 10%")]
pub struct BadSize;

/// The default of [`SampleRequest::floor`].
pub const FLOOR: usize = 30;

/// Hundredths of a percent in the whole.
const WHOLE: u32 = 10_000;

impl SampleSize {
    /// Returns the number of cells of a sample of `cells` cells, at least one if there is a cell.
    pub fn of(self, cells: usize) -> usize {
        match self {
            Self::Cells(number) => number.get().min(cells),
            Self::Share(share) => {
                let part = (cells as u128 * u128::from(share.get())).div_ceil(u128::from(WHOLE));
                usize::try_from(part).unwrap_or(cells).min(cells)
            }
        }
    }
}

impl FromStr for SampleSize {
    type Err = BadSize;

    fn from_str(text: &str) -> Result<Self, BadSize> {
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(Self::Cells).map_err(|_| BadSize);
        };
        let percent: f64 = percent.trim().parse().map_err(|_| BadSize)?;
        let share = (percent * 100.0).round();
        if !(share >= 1.0 && share <= f64::from(WHOLE)) {
            return Err(BadSize);
        }
        NonZeroU32::new(share as u32).map(Self::Share).ok_or(BadSize)
    }
}

impl fmt::Display for SampleSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cells(number) => write!(f, "{number}"),
            Self::Share(share) => write!(f, "{}%", f64::from(share.get()) / 100.0),
        }
    }
}

impl FromStr for SampleBy {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "clusters" => Self::Clusters,
            "sketch" => Self::Sketch,
            column => Self::Column(column.to_owned()),
        })
    }
}

impl fmt::Display for SampleBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clusters => "clusters",
            Self::Sketch => "sketch",
            Self::Column(column) => column,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_or_shares() {
        let parse = |text: &str| text.parse::<SampleSize>();
        assert_eq!(parse("20000").unwrap().of(1_000_000), 20_000);
        assert_eq!(parse("20000").unwrap().of(300), 300);
        assert_eq!(parse("10%").unwrap().of(1001), 101);
        assert_eq!(parse("0.5%").unwrap().of(1000), 5);
        assert_eq!(parse("100%").unwrap().of(7), 7);
        for text in ["0", "-3", "1.5", "0%", "101%", "x%", "", "%", "nan%"] {
            assert_eq!(parse(text), Err(BadSize), "{text}");
        }
        for text in ["20000", "10%", "2.5%", "0.01%"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }
}
