//! The forces between cells: attraction by connected cells, repulsion by sampled cells. Evaluated for several cells at
//! once, one in each lane of a vector.

use super::curve::Curve;

/// The number of lanes.
pub(super) const LANES: usize = 8;
/// The largest force in one dimension.
const LIMIT: f32 = 4.0;
/// Keeps the repulsion of near cells finite.
const SOFTENING: f32 = 0.001;
/// The smallest squared distance.
const SMALLEST: f32 = 1e-18;

/// One value per lane.
pub(super) type Lanes = [f32; LANES];

/// The forces that follow from a curve: the gradients of umap-learn's `optimize_layout_euclidean`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forces {
    a: f32,
    b: f32,
}

impl Forces {
    pub(super) fn new(curve: Curve) -> Self {
        Self { a: curve.a as f32, b: curve.b as f32 }
    }

    /// Returns the forces toward other cells at these differences.
    #[inline(always)]
    pub(super) fn attraction(&self, [x, y]: &[Lanes; 2]) -> [Lanes; 2] {
        let mut forces = [[0.0; LANES]; 2];
        for lane in 0..LANES {
            let square = (x[lane] * x[lane] + y[lane] * y[lane]).max(SMALLEST);
            let power = exp2(self.b * log2(square));
            let slope = -2.0 * self.a * self.b * power / (square * (1.0 + self.a * power));
            forces[0][lane] = (slope * x[lane]).clamp(-LIMIT, LIMIT);
            forces[1][lane] = (slope * y[lane]).clamp(-LIMIT, LIMIT);
        }
        forces
    }

    /// Returns the forces away from other cells at these differences.
    #[inline(always)]
    pub(super) fn repulsion(&self, [x, y]: &[Lanes; 2]) -> [Lanes; 2] {
        let mut forces = [[0.0; LANES]; 2];
        for lane in 0..LANES {
            let square = (x[lane] * x[lane] + y[lane] * y[lane]).max(SMALLEST);
            let power = exp2(self.b * log2(square));
            let slope = 2.0 * self.b / ((SOFTENING + square) * (1.0 + self.a * power));
            forces[0][lane] = (slope * x[lane]).clamp(-LIMIT, LIMIT);
            forces[1][lane] = (slope * y[lane]).clamp(-LIMIT, LIMIT);
        }
        forces
    }
}

/// Returns the binary logarithm of a positive normal number, by the series of the inverse hyperbolic tangent.
#[inline(always)]
fn log2(x: f32) -> f32 {
    /// The bits of the square root of 1/2: mantissas are taken from there to twice that.
    const ROOT: u32 = 0x3f35_04f3;
    let bits = x.to_bits();
    let exponent = (bits.wrapping_sub(ROOT) as i32) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let z = s * s;
    let series = 1.0 + z * (1.0 / 3.0 + z * 0.2);
    exponent as f32 + 2.0 * std::f32::consts::LOG2_E * s * series
}

/// Returns a power of 2, by the exponential series around the nearest whole exponent.
#[inline(always)]
fn exp2(x: f32) -> f32 {
    /// Adding and subtracting this number rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-126.0, 126.0);
    let shifted = x + ROUND;
    let t = (x - (shifted - ROUND)) * std::f32::consts::LN_2;
    let series = 1.0 + t * (1.0 + t * (1.0 / 2.0 + t * (1.0 / 6.0 + t * (1.0 / 24.0 + t * (1.0 / 120.0)))));
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    series * f32::from_bits(exponent.wrapping_add(127) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_exact_to_four_digits() {
        for step in -400..400i16 {
            let x = 1.07f32.powi(i32::from(step)) * 1.01;
            for b in [0.4f32, 0.895, 1.334] {
                let exact = f64::from(x).powf(f64::from(b));
                let found = f64::from(exp2(b * log2(x)));
                assert!((found / exact - 1.0).abs() < 1e-4, "{x}^{b}: {found}, not {exact}");
            }
        }
    }

    /// Compares with the formulas of umap-learn's `optimize_layout_euclidean`, in `f64`.
    #[test]
    fn forces_follow_the_gradients_of_umap_learn() {
        let curve = Curve { a: 0.583, b: 1.334 };
        let x = [0.3, 0.5, -2.0, 0.01, 7.0, 0.0, 1e-4, -30.0];
        let y = [-0.2, 0.1, 3.0, 0.0, -4.0, 0.0, 2e-4, 44.0];
        let forces = Forces::new(curve);
        let (attraction, repulsion) = (forces.attraction(&[x, y]), forces.repulsion(&[x, y]));
        for lane in 0..LANES {
            let (dx, dy) = (f64::from(x[lane]), f64::from(y[lane]));
            let d2: f64 = dx * dx + dy * dy;
            let pull = if d2 > 0.0 {
                -2.0 * curve.a * curve.b * d2.powf(curve.b - 1.0) / (curve.a * d2.powf(curve.b) + 1.0)
            } else {
                0.0
            };
            let push = 2.0 * curve.b / ((0.001 + d2) * (curve.a * d2.powf(curve.b) + 1.0));
            for (found, slope) in [(attraction, pull), (repulsion, push)] {
                for (found, d) in found.iter().zip([dx, dy]) {
                    let expected = (slope * d).clamp(-4.0, 4.0);
                    assert!((f64::from(found[lane]) - expected).abs() < 1e-4, "{}, not {expected}", found[lane]);
                }
            }
        }
    }
}
