//! Pairwise summation in numpy's order. Blocks of at most 128 values are summed in eight lanes each, and the block
//! sums are added as a balanced tree. With another order the mean of a million scores would differ from numpy's in the
//! last bits.
//!
//! The order is that of numpy's `pairwise_sum`, unchanged since numpy 1.9.

/// The maximum number of values summed without halving.
const BLOCK: usize = 128;
/// Number of running sums within a block.
const LANES: usize = 8;

/// A sum of a known number of values, added in order of position. Positions that are skipped count as zeros.
#[derive(Clone, Debug)]
pub struct PairwiseSum {
    /// The position of the block's first value, and the block's number of values.
    start: usize,
    block: usize,
    lanes: [f64; LANES],
    /// The values of the block after the last multiple of [`LANES`].
    rest: [f64; LANES],
    /// The open additions that wait for the block's sum, innermost last.
    open: Vec<Open>,
}

#[derive(Clone, Copy, Debug)]
enum Open {
    /// The sum of a finished left half.
    Left(f64),
    /// The number of values in the right half, not yet summed.
    Right(usize),
}

impl PairwiseSum {
    /// Starts a sum of `values` values.
    pub fn new(values: usize) -> Self {
        let mut sum = Self { start: 0, block: 0, lanes: [0.0; LANES], rest: [0.0; LANES], open: Vec::new() };
        sum.descend(values);
        sum
    }

    /// Returns the sum of a slice.
    pub fn of(values: &[f64]) -> f64 {
        let mut sum = Self::new(values.len());
        values.iter().enumerate().for_each(|(position, value)| sum.add(position, *value));
        sum.finish()
    }

    /// Adds the value at a position. Positions must ascend.
    ///
    /// # Panics
    /// Panics if the position is not below the number of values.
    pub fn add(&mut self, position: usize, value: f64) {
        if position >= self.start + self.block {
            self.advance(position);
        }
        let place = position - self.start;
        let in_lanes = self.block - self.block % LANES;
        if place < in_lanes {
            self.lanes[place % LANES] += value;
        } else {
            self.rest[place - in_lanes] = value;
        }
    }

    /// Returns the sum.
    pub fn finish(self) -> f64 {
        let sum = self.block_sum();
        self.open.iter().rev().fold(sum, |sum, open| match open {
            Open::Left(left) => left + sum,
            Open::Right(_) => sum,
        })
    }

    fn block_sum(&self) -> f64 {
        let [a, b, c, d, e, f, g, h] = self.lanes;
        let sum = ((a + b) + (c + d)) + ((e + f) + (g + h));
        self.rest[..self.block % LANES].iter().fold(sum, |sum, value| sum + value)
    }

    /// Closes blocks up to the one that contains a position. Blocks of zeros only are skipped.
    fn advance(&mut self, position: usize) {
        let mut sum = self.block_sum();
        let mut end = self.start + self.block;
        while let Some(open) = self.open.pop() {
            match open {
                Open::Left(left) => sum += left,
                Open::Right(values) if position < end + values => {
                    self.open.push(Open::Left(sum));
                    self.start = end;
                    self.descend(values);
                    if position < self.start + self.block {
                        return;
                    }
                    (sum, end) = (0.0, self.start + self.block);
                }
                Open::Right(values) => end += values,
            }
        }
        panic!("position {position} of {end} values");
    }

    /// Halves the values until a block is small enough.
    fn descend(&mut self, mut values: usize) {
        while values > BLOCK {
            let half = values / 2;
            let left = half - half % LANES;
            self.open.push(Open::Right(values - left));
            values = left;
        }
        (self.block, self.lanes, self.rest) = (values, [0.0; LANES], [0.0; LANES]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Sums recursively, as the definition says.
    fn reference(values: &[f64]) -> f64 {
        if values.len() > BLOCK {
            let half = values.len() / 2;
            let (left, right) = values.split_at(half - half % LANES);
            return reference(left) + reference(right);
        }
        let (in_lanes, rest) = values.split_at(values.len() - values.len() % LANES);
        let mut lanes = [0.0; LANES];
        in_lanes.iter().enumerate().for_each(|(place, value)| lanes[place % LANES] += value);
        let [a, b, c, d, e, f, g, h] = lanes;
        rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, value| sum + value)
    }

    proptest! {
        #[test]
        fn sparse_values_sum_as_dense_ones_do(values in proptest::collection::vec(
            prop_oneof![3 => Just(0.0), 1 => 0.0f64..1.0], 0..2000
        )) {
            let mut sum = PairwiseSum::new(values.len());
            let nonzero = values.iter().enumerate().filter(|(_, value)| **value != 0.0);
            nonzero.for_each(|(position, value)| sum.add(position, *value));
            prop_assert_eq!(sum.finish().to_bits(), reference(&values).to_bits());
        }

        #[test]
        fn far_apart_values_sum_as_dense_ones_do(places in proptest::collection::btree_map(0usize..20_000, 0.0f64..1.0, 0..9)) {
            let mut values = vec![0.0; 20_000];
            let mut sum = PairwiseSum::new(values.len());
            for (place, value) in places {
                values[place] = value;
                sum.add(place, value);
            }
            prop_assert_eq!(sum.finish().to_bits(), reference(&values).to_bits());
        }
    }
}
