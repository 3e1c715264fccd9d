//! Quantiles and medians, as defined by numpy.

/// Returns the `q`-th quantile of ascending values by linear interpolation, or `None` if there are no values.
///
/// `q` is limited to the range from 0 to 1. The result equals that of numpy's default method, `numpy.quantile(values,
/// q)`.
pub fn quantile(ascending: &[f64], q: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = q.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (place.floor() as usize, place - place.floor());
    let (low, high) = (ascending[below], ascending[(below + 1).min(last)]);
    // Like numpy's `_lerp`, this starts from the nearer end.
    Some(if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) })
}

/// Returns the median of values in any order, or `None` without values. The median of an even number of values is
/// the mean of the middle two, as for `numpy.median`.
pub fn median(values: &[f64]) -> Option<f64> {
    let ascending = sorted(values);
    let middle = ascending.len() / 2;
    match ascending.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(ascending[middle]),
        _ => Some((ascending[middle - 1] + ascending[middle]) / 2.0),
    }
}

/// Returns the values in ascending order.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut ascending = values.to_vec();
    ascending.sort_unstable_by(f64::total_cmp);
    ascending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_equal_those_of_numpy() {
        let values = [1.0, 2.0, 4.0, 8.0];
        // numpy.percentile([1, 2, 4, 8], [0, 25, 50, 75, 100])
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&values, q));
        assert_eq!(found, [1.0, 1.75, 3.0, 5.0, 8.0].map(Some));
        // numpy.quantile([0.1, 0.2, 0.4, 0.7, 1.1], [0.1, 0.3, 0.6, 0.9])
        let found = [0.1, 0.3, 0.6, 0.9].map(|q| quantile(&[0.1, 0.2, 0.4, 0.7, 1.1], q));
        assert_eq!(found, [0.14, 0.24, 0.52, 0.9400000000000001].map(Some));
        assert_eq!((quantile(&[7.0], 0.75), quantile(&[], 0.5)), (Some(7.0), None));
    }

    #[test]
    fn the_median_of_an_even_number_of_values_is_the_mean_of_the_middle_two() {
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[0.1, 0.2]), Some(0.15000000000000002));
        assert_eq!(median(&[]), None);
    }
}
