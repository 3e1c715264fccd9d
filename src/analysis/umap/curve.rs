//! The curve of similarity against distance in the map.

/// The number of distances to which the curve is fitted, and the last one in units of `spread`.
const SAMPLES: (usize, f64) = (300, 3.0);
/// The maximum number of steps.
const STEPS: usize = 500;
/// The relative change of the parameters below which the fit ends.
const TOLERANCE: f64 = 1e-12;

/// The curve `1 / (1 + a d^(2b))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) a: f64,
    pub(super) b: f64,
}

/// Fits the curve by least squares to 1 up to `min_dist` and an exponential decay with scale `spread` beyond, as
/// umap-learn's `find_ab_params` does. Uses the method of Levenberg and Marquardt.
pub(super) fn fit(min_dist: f64, spread: f64) -> Curve {
    let mut curve = Curve { a: 1.0, b: 1.0 };
    let samples = samples(min_dist, spread);
    let (mut error, mut damping) = (curve.error(&samples), 1e-3);
    for _ in 0..STEPS {
        let Some(next) = curve.step(&samples, damping) else { break };
        let next_error = next.error(&samples);
        if next_error.is_finite() && next_error <= error {
            let change = ((next.a - curve.a) / curve.a).abs().max(((next.b - curve.b) / curve.b).abs());
            (curve, error, damping) = (next, next_error, damping / 10.0);
            if change < TOLERANCE {
                break;
            }
        } else {
            damping *= 10.0;
        }
    }
    curve
}

fn samples(min_dist: f64, spread: f64) -> Vec<[f64; 2]> {
    let (count, last) = SAMPLES;
    let sample = |i: usize| {
        let x = i as f64 / (count - 1) as f64 * last * spread;
        [x, if x < min_dist { 1.0 } else { (-(x - min_dist) / spread).exp() }]
    };
    (0..count).map(sample).collect()
}

impl Curve {
    fn value(&self, x: f64) -> f64 {
        1.0 / (1.0 + self.a * x.powf(2.0 * self.b))
    }

    fn error(&self, samples: &[[f64; 2]]) -> f64 {
        samples.iter().map(|[x, y]| (self.value(*x) - y).powi(2)).sum()
    }

    /// Returns the derivatives of the value by `a` and `b`.
    fn slope(&self, x: f64) -> [f64; 2] {
        if x == 0.0 {
            return [0.0; 2];
        }
        let (power, square) = (x.powf(2.0 * self.b), self.value(x).powi(2));
        [-power * square, -2.0 * self.a * power * x.ln() * square]
    }

    fn step(&self, samples: &[[f64; 2]], damping: f64) -> Option<Self> {
        let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &[x, y] in samples {
            let ([da, db], residual) = (self.slope(x), y - self.value(x));
            aa += da * da;
            ab += da * db;
            bb += db * db;
            ra += da * residual;
            rb += db * residual;
        }
        let (aa, bb) = (aa * (1.0 + damping), bb * (1.0 + damping));
        let determinant = aa * bb - ab * ab;
        let step =
            Self { a: self.a + (ra * bb - rb * ab) / determinant, b: self.b + (rb * aa - ra * ab) / determinant };
        (determinant != 0.0 && step.a.is_finite() && step.b.is_finite()).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values are those of umap-learn 0.5.
    #[test]
    fn the_curve_equals_that_of_umap_learn() {
        for (min_dist, spread, a, b) in [
            (0.5, 1.0, 0.583_030_020_548_370_9, 1.334_166_992_455_648),
            (0.1, 1.0, 1.576_943_460_311_307_7, 0.895_060_877_910_973_3),
        ] {
            let curve = fit(min_dist, spread);
            assert!((curve.a - a).abs() < 1e-5 && (curve.b - b).abs() < 1e-5, "{curve:?}");
        }
    }
}
