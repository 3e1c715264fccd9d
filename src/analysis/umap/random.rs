//! Random numbers for the descent, which starts a short sequence for each cell and epoch.

/// The standard deviation of the noise that separates cells at the same place.
const NOISE: f32 = 1e-4;
/// The largest coordinate of a start before the noise.
const LARGEST: f32 = 10.0;

/// Scrambles a number: the output function of SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195).
pub(super) fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the number after a positive number in the xorshift sequence (Marsaglia 2003, doi:10.18637/jss.v008.i14).
#[inline(always)]
pub(super) fn xorshift(mut state: u32) -> u32 {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    state
}

/// Scales the points to a largest coordinate of 10 and adds noise, which separates cells with the same coordinates.
pub(super) fn scatter(points: &mut [[f32; 2]], seed: u64) {
    let largest = points.iter().flatten().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let scale = if largest > 0.0 { LARGEST / largest } else { 1.0 };
    for (value, place) in points.as_flattened_mut().iter_mut().zip(0u64..) {
        *value = *value * scale + NOISE * normal(mix(!seed) ^ place);
    }
}

/// Returns an approximately normal number: the sum of 12 uniform ones minus 6.
fn normal(seed: u64) -> f32 {
    let mut state = seed;
    let uniform = || {
        state = mix(state);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    std::iter::repeat_with(uniform).take(12).sum::<f32>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_mean_0_and_deviation_1() {
        let numbers: Vec<f32> = (0..20_000).map(|seed| normal(mix(seed))).collect();
        let mean = numbers.iter().sum::<f32>() / 20_000.0;
        let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean}, {variance}");
    }

    #[test]
    fn cells_at_the_same_place_are_separated() {
        let mut points = vec![[3.0, 4.0]; 100];
        scatter(&mut points, 7);
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        assert!(points.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(points.iter().all(|[x, y]| (x - 7.5).abs() < 1e-3 && (y - 10.0).abs() < 1e-3));
    }
}
