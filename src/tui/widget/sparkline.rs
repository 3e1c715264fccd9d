//! A series of values in one line.

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Returns the last `width` values as a line of blocks, scaled to the greatest of them. Zero is the lowest block.
pub fn sparkline(values: &[f64], width: usize) -> String {
    let shown = &values[values.len().saturating_sub(width)..];
    let greatest = shown.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let level = |value: f64| {
        if greatest <= 0.0 || !value.is_finite() {
            return LEVELS[0];
        }
        LEVELS[((value / greatest * 7.0).round() as usize).min(7)]
    };
    shown.iter().map(|&value| level(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_scaled_to_the_greatest_visible_one() {
        assert_eq!(sparkline(&[0.0, 7.0, 14.0], 3), "▁▅█");
        assert_eq!(sparkline(&[100.0, 0.0, 1.0], 2), "▁█");
        assert_eq!(sparkline(&[0.0, f64::NAN], 5), "▁▁");
        assert_eq!(sparkline(&[], 5), "");
    }
}
