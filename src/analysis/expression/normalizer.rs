//! Log-normalization of the counts of one cell.

/// The total that every cell is scaled to before the logarithm.
pub const TARGET_TOTAL: f64 = 10_000.0;

/// Counts up to this one are the most frequent; their logarithms are computed once per cell.
const SMALL_COUNTS: usize = 8;

/// The normalization of a cell's counts to `ln(1 + count / (total / 10,000))`.
#[derive(Clone, Copy, Debug)]
pub struct LogNormalizer {
    divisor: f64,
    small: [f64; SMALL_COUNTS],
    known: u32,
}

impl LogNormalizer {
    /// Creates the normalization for a cell with this total. The counts of a cell without counts stay as they are.
    pub fn of_total(total: f64) -> Self {
        let divisor = if total > 0.0 { total / TARGET_TOTAL } else { 1.0 };
        Self { divisor, small: [0.0; SMALL_COUNTS], known: 0 }
    }

    /// Returns the value of a count.
    pub fn value(&self, count: f32) -> f64 {
        (f64::from(count) / self.divisor).ln_1p()
    }

    /// Returns the value of a count, and remembers it if the count is small.
    pub fn value_memoized(&mut self, count: f32) -> f64 {
        // Other numbers are converted to a place whose number differs from them.
        let place = count as usize;
        if place >= SMALL_COUNTS || place as f32 != count {
            return self.value(count);
        }
        if self.known >> place & 1 == 0 {
            self.small[place] = self.value(count);
            self.known |= 1 << place;
        }
        self.small[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembered_values_equal_computed_ones() {
        let mut normalizer = LogNormalizer::of_total(317.0);
        for count in [1.0, 2.0, 1.0, 0.5, 7.0, 8.0, 1e9, 2.0, f32::MIN_POSITIVE] {
            let expected = (f64::from(count) / (317.0 / 10_000.0)).ln_1p();
            assert_eq!(normalizer.value_memoized(count), expected, "{count}");
            assert_eq!(normalizer.value(count), expected, "{count}");
        }
        assert_eq!(LogNormalizer::of_total(0.0).value(0.0), 0.0);
    }
}
