//! Adjustment of p values for multiple tests.

/// Returns the p values adjusted by Benjamini and Hochberg's procedure (1995), as statsmodels' `fdr_bh` does.
pub(super) fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut ascending: Vec<usize> = (0..n).collect();
    ascending.sort_unstable_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0; n];
    let mut least: f64 = 1.0;
    for (place, gene) in ascending.into_iter().enumerate().rev() {
        least = least.min(p_values[gene] / ((place + 1) as f64 / n as f64));
        adjusted[gene] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_equal_those_of_statsmodels() {
        // statsmodels.stats.multitest.multipletests([0.01, 0.04, 0.03, 0.5, 0.005], method="fdr_bh")[1]
        let expected = [0.025, 0.05, 0.05, 0.5, 0.025];
        for (found, expected) in benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5, 0.005]).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(benjamini_hochberg(&[1.0, 0.0, 1.0]), [1.0, 0.0, 1.0]);
    }
}
