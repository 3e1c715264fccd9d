//! Numbers of cells, and the scale of their colors.

use super::Members;
use crate::domain::number::short;

/// A number for each cell.
#[derive(Debug)]
pub struct Values {
    /// The kind of the numbers, as a heading.
    pub title: &'static str,
    /// The name of the numbers.
    pub label: String,
    /// The number of each cell; NaN for none.
    pub of: Vec<f32>,
    /// The numbers with the first and the last color.
    pub scale: [f64; 2],
    /// The mean of the numbers.
    pub mean: f64,
    /// The number of the colored cells with a number.
    pub cells: usize,
    /// The number of cells that are not colored.
    pub outside: usize,
}

/// The share of the numbers that are below the last color of a spread scale, and above the first.
const SPREAD: f64 = 0.99;

impl Values {
    /// Creates numbers on a scale from 0 to 1.
    pub fn of(title: &'static str, label: &str, of: Vec<f32>) -> Self {
        let known = || of.iter().filter(|number| number.is_finite()).map(|number| f64::from(*number));
        let cells = known().count();
        let mean = known().sum::<f64>() / cells.max(1) as f64;
        Self { title, label: label.to_owned(), of, scale: [0.0, 1.0], mean, cells, outside: 0 }
    }

    /// Creates numbers of the members among the cells on a scale from 0 to 1.
    pub(super) fn within(title: &'static str, label: &str, mut of: Vec<f32>, members: &Members) -> Self {
        let values = members.of_each(of.len(), &|_| None);
        let mut outside = 0;
        for (number, _) in of.iter_mut().zip(values).filter(|(_, value)| value.is_none()) {
            *number = f32::NAN;
            outside += 1;
        }
        Self { outside, ..Self::of(title, label, of) }
    }

    /// Returns the names of the ends of the scale. An end beyond which there are numbers says so: `≥ 1,234`.
    pub fn ends(&self) -> [String; 2] {
        let [low, high] = self.scale;
        let is_beyond = |beyond: &dyn Fn(f64) -> bool| self.of.iter().any(|number| beyond(f64::from(*number)));
        let named =
            |mark: &str, end: f64, is_beyond| if is_beyond { format!("{mark} {}", short(end)) } else { short(end) };
        [named("≤", low, is_beyond(&|number| number < low)), named("≥", high, is_beyond(&|number| number > high))]
    }

    /// Returns a quantile of the numbers: the number that a share of them does not exceed.
    fn quantile(&self, share: f64) -> Option<f64> {
        let mut known: Vec<f32> = self.of.iter().copied().filter(|number| number.is_finite()).collect();
        let last = known.len().checked_sub(1)?;
        let place = (last as f64 * share).round() as usize;
        Some(f64::from(*known.select_nth_unstable_by(place, f32::total_cmp).1))
    }

    /// Spreads the colors over nearly all numbers, as a few extreme ones would leave one color to the others.
    pub(super) fn spread(self) -> Self {
        let ends = self.quantile(1.0 - SPREAD).zip(self.quantile(SPREAD));
        let (low, high) = ends.filter(|(low, high)| low < high).unwrap_or((self.mean - 0.5, self.mean + 0.5));
        Self { scale: [low, high], ..self }
    }

    /// Spreads the colors from 0 to the greatest number.
    pub(super) fn spread_from_zero(self) -> Self {
        let most = self.quantile(1.0).filter(|most| *most > 0.0).unwrap_or(1.0);
        Self { scale: [0.0, most], ..self }
    }

    /// Returns the place of a number on the scale, 0 to 1.
    pub fn place(&self, number: f64) -> f64 {
        let [low, high] = self.scale;
        ((number - low) / (high - low)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_numbers_do_not_take_all_colors() {
        let mut numbers: Vec<f32> = (0..=1000).map(|number| number as f32).collect();
        numbers[7] = 1e9;
        let values = Values::of("column", "n_counts", numbers).spread();
        assert!(values.scale[0] <= 11.0 && values.scale[1] >= 990.0 && values.scale[1] <= 1000.0, "{:?}", values.scale);
        assert_eq!((values.place(-5.0), values.place(1e9)), (0.0, 1.0));
        assert_eq!(values.ends(), ["≤ 11", "≥ 991"]);
        assert_eq!(Values::of("column", "inside", vec![0.25, 1.0]).ends(), ["0", "1"]);
        let same = Values::of("column", "constant", vec![3.0; 5]).spread();
        assert_eq!(same.place(3.0), 0.5);
    }
}
