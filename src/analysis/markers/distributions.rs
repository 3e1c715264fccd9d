//! Two-sided p values of the normal and the t distribution. Their relative error is below 1e-9 down to the smallest
//! normal number; smaller values are 0, as in scipy.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Maximum number of steps of a continued fraction, far more than any needs.
const MOST_STEPS: usize = 100_000;
/// A number that replaces 0 in a denominator.
const TINY: f64 = 1e-300;

/// Returns the probability that a standard normal variable is at least as far from 0 as `z`.
pub(super) fn normal(z: f64) -> f64 {
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

/// Returns the probability that a t variable with `df` degrees of freedom is at least as far from 0 as `t`.
///
/// It is the regularized incomplete beta function `I(df/2, 1/2)` at `df / (df + t²)`.
pub(super) fn student_t(t: f64, df: f64) -> f64 {
    let square = t * t;
    if square == 0.0 {
        return 1.0;
    }
    if !square.is_finite() {
        return 0.0;
    }
    let (a, b) = (df / 2.0, 0.5);
    // `x` is near 1 for many degrees of freedom, so `1 - x` and the logarithm of `x` are computed directly.
    let (x, rest) = (df / (df + square), square / (df + square));
    let front = (-a * (square / df).ln_1p() + b * rest.ln()).exp() * gamma_ratio(a) / PI.sqrt();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, rest) / b
    }
}

/// Returns `Γ(a + 1/2) / Γ(a)`, by the recurrence and the asymptotic series of its logarithm.
fn gamma_ratio(a: f64) -> f64 {
    const LARGE: f64 = 16.0;
    let (mut a, mut factor) = (a, 1.0);
    while a < LARGE {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let square = a * a;
    let series = -1.0 / 8.0 + (1.0 / 192.0 - (1.0 / 640.0 - 17.0 / 14_336.0 / square) / square) / square;
    factor * a.sqrt() * (series / a).exp()
}

/// Evaluates the continued fraction of the incomplete beta function by the method of Lentz, modified by Thompson and
/// Barnett (Numerical Recipes, 3rd edition, section 6.4).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let not_0 = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / not_0(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..MOST_STEPS {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / not_0(1.0 + even * d);
        c = not_0(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / not_0(1.0 + odd * d);
        c = not_0(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
#[allow(clippy::excessive_precision)] // the values are printed as they were computed
mod tests {
    use super::*;

    fn check(found: f64, expected: f64, what: &str) {
        assert!((found - expected).abs() <= 1e-9 * expected, "{what}: {found:e} instead of {expected:e}");
    }

    /// Values of mpmath 1.3 with 420 digits: `1 - betainc(1/2, df/2, 0, t²/(df+t²), regularized=True)`.
    #[test]
    fn p_values_of_t_equal_those_of_arithmetic_with_many_digits() {
        for (t, df, expected) in T_VALUES {
            check(student_t(t, df), expected, &format!("t {t}, df {df}"));
            assert_eq!(student_t(t, df), student_t(-t, df));
        }
        assert_eq!((student_t(0.0, 5.0), student_t(f64::INFINITY, 5.0), student_t(60.0, 1e6)), (1.0, 0.0, 0.0));
    }

    /// Values of mpmath 1.3 with 420 digits: `erfc(z/sqrt(2))`.
    #[test]
    fn p_values_of_z_equal_those_of_arithmetic_with_many_digits() {
        for (z, expected) in Z_VALUES {
            check(normal(z), expected, &format!("z {z}"));
        }
        assert_eq!((normal(0.0), normal(39.0), normal(f64::INFINITY)), (1.0, 0.0, 0.0));
    }

    const T_VALUES: [(f64, f64, f64); 33] = [
        (1e-08, 1.0, 0.99999999363380228),
        (0.3, 1.0, 0.81445284184451532),
        (1.5, 1.0, 0.37433408362199763),
        (1.74, 1.0, 0.33207252156026702),
        (6.0, 1.0, 0.10513691342250686),
        (37.0, 1.0, 0.017201752210866308),
        (1000.0, 1.0, 0.00063661956016111788),
        (1e-08, 2.3, 0.99999999282223359),
        (0.3, 2.3, 0.7891619151218876),
        (1.5, 2.3, 0.2565552478928628),
        (1.74, 2.3, 0.20735803539583574),
        (6.0, 2.3, 0.018948407991349206),
        (37.0, 2.3, 0.00030451241210362376),
        (1000.0, 2.3, 1.5527857346770047e-7),
        (1e-08, 31.9, 0.99999999208343),
        (0.3, 31.9, 0.76612343211463401),
        (1.5, 31.9, 0.14344754550524732),
        (1.74, 31.9, 0.091500030613304987),
        (6.0, 31.9, 1.098589970433907e-6),
        (37.0, 31.9, 8.9456747487346317e-28),
        (1000.0, 31.9, 2.7032652413222179e-73),
        (1e-08, 3000.5, 0.99999999202181916),
        (0.3, 3000.5, 0.76419793686613618),
        (1.5, 3000.5, 0.13371961107090718),
        (1.74, 3000.5, 0.081961547360859713),
        (6.0, 3000.5, 2.2092769407225818e-9),
        (37.0, 3000.5, 3.2887159229417726e-247),
        (1e-08, 1000000.0, 0.99999999202115639),
        (0.3, 1000000.0, 0.76417721797899421),
        (1.5, 1000000.0, 0.13361471823679277),
        (1.74, 1000000.0, 0.081859325596102745),
        (6.0, 1000000.0, 1.9738498123544347e-9),
        (37.0, 1000000.0, 1.8299730861802263e-299),
    ];

    const Z_VALUES: [(f64, f64); 10] = [
        (1e-08, 0.99999999202115439),
        (0.001, 0.99920211557217787),
        (0.5, 0.61707507745197379),
        (1.0, 0.3173105078629141),
        (1.96, 0.049995790296440872),
        (3.3, 0.00096684828476755501),
        (6.0, 1.9731752900753963e-9),
        (12.5, 7.4651285977554268e-36),
        (25.0, 6.1133934127651218e-138),
        (36.9, 4.621048962281235e-298),
    ];
}
