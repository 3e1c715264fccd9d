//! Classification of matrices as produced by various tools.

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;

fn judge(rows: &[Vec<f32>]) -> Look {
    let mut slice = RowSlice { first_cell: 7, indptr: vec![0], ..RowSlice::default() };
    for row in rows {
        slice.data.extend_from_slice(row);
        slice.indices.extend(0..row.len() as u32);
        slice.indptr.push(slice.data.len());
    }
    let mut judge = ValueJudge::default();
    judge.take_in(&slice);
    judge.verdict()
}

fn values(rows: &[Vec<f32>]) -> Values {
    judge(rows).values
}

/// Returns counts of 40 cells and 200 genes, most of them small and some large, without zeros.
fn counts() -> Vec<Vec<f32>> {
    let mut random = StdRng::seed_from_u64(11);
    let mut count = move || {
        let chance: f64 = random.random_range(1e-3..1.0);
        (1.0 / chance).powf(0.8).floor() as f32
    };
    (0..40).map(|_| (0..200).map(|_| count()).collect()).collect()
}

/// Applies a function of the row number, the sum of the row and the value to all values.
fn changed(change: impl Fn(usize, f64, f64) -> f64) -> Vec<Vec<f32>> {
    let change_row = |(row, values): (usize, Vec<f32>)| -> Vec<f32> {
        let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
        values.into_iter().map(|value| change(row, sum, f64::from(value)) as f32).collect()
    };
    counts().into_iter().enumerate().map(change_row).collect()
}

fn normalisation(values: &Values) -> Option<Normalisation> {
    match values {
        Values::Normalised { how, .. } => Some(*how),
        _ => None,
    }
}

/// Returns a pseudorandom number between 0 and 1 for a row and a value.
fn noise(row: usize, value: f64) -> f64 {
    ((row as f64 + 1.0) * 12.9898 + value * 78.233).sin().abs()
}

#[test]
fn small_examples_are_classified() {
    let rows = |rows: &[&[f32]]| values(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>());
    assert_eq!(rows(&[&[1.0, 250.0], &[3.0]]), Values::Counts);
    assert_eq!(normalisation(&rows(&[&[0.69, 1.1], &[2.3]])), Some(Normalisation::Unknown));
    assert_eq!(normalisation(&rows(&[&[9999.5, 0.5], &[10000.0]])), Some(Normalisation::EqualSums));
    assert_eq!(rows(&[&[31.5, 1.0], &[2.0]]), Values::CountLike { example: 31.5 });
    assert_eq!(rows(&[&[3.5, 1.0], &[2.0]]), Values::SmallCountLike { example: 3.5 });
    assert_eq!(rows(&[&[1.0, -0.5]]), Values::Negative { example: -0.5 });
    assert_eq!(rows(&[&[f32::INFINITY]]), Values::NotFinite);
    assert_eq!(rows(&[&[]]), Values::Empty);
}

#[test]
fn a_single_fraction_among_whole_numbers_is_an_error() {
    for most in [3.0, 300.0] {
        let mut rows = vec![vec![most; 200], vec![2.0]];
        rows[0][150] = 0.5;
        assert_eq!(values(&rows), Values::Stray { example: 0.5, fractions: 1 });
    }
}

#[test]
fn counts_recovered_from_logarithms_are_counts() {
    let recovered = changed(|_, sum, value| {
        let log = (value * 1e4 / sum).ln_1p() as f32;
        f64::from((f64::from(log).exp_m1() as f32) * (sum / 1e4) as f32)
    });
    assert!(recovered.iter().flatten().any(|value| value.fract() != 0.0));
    assert!(matches!(values(&recovered), Values::NearCounts { .. }));
    let by_two = changed(|_, _, value| f64::from(2f32.powf((value + 1.0).log2() as f32) - 1.0));
    assert!(values(&by_two).are_counts());
}

#[test]
fn counts_times_a_factor_are_normalized() {
    let median = changed(|_, sum, value| value * 900.0 / sum);
    assert_eq!(normalisation(&values(&median)), Some(Normalisation::EqualSums));
    for size in [1.0, 1e4, 1e6] {
        let by_factor = changed(|row, sum, value| value * size / sum * (0.8 + noise(row, 0.0)));
        assert_eq!(normalisation(&values(&by_factor)), Some(Normalisation::FactorOfCell), "{size}");
    }
    let without_ones: Vec<Vec<f32>> = changed(|row, sum, value| value * 1e4 / sum * (0.8 + noise(row, 0.0)))
        .into_iter()
        .map(|row| {
            let smallest = row.iter().copied().reduce(f32::min).unwrap();
            row.into_iter().filter(|value| *value > 1.5 * smallest).collect()
        })
        .collect();
    assert_eq!(normalisation(&values(&without_ones)), Some(Normalisation::FactorOfCell));
    let per_million_of_length =
        changed(|row, sum, value| value * 1e6 / sum * (0.1 + noise(0, value)) * (0.8 + noise(row, 0.0)));
    assert!(normalisation(&values(&per_million_of_length)).is_some());
}

#[test]
fn transformations_of_counts_are_recognized() {
    assert_eq!(normalisation(&values(&changed(|_, _, value| value.sqrt()))), Some(Normalisation::Roots));
    for transform in [f64::log2 as fn(f64) -> f64, f64::ln, f64::log10] {
        let logarithms = changed(|_, _, value| transform(value + 1.0));
        assert_eq!(normalisation(&values(&logarithms)), Some(Normalisation::Logarithms));
    }
    let usual = changed(|_, sum, value| (value * 1e4 / sum).ln_1p());
    assert_eq!(normalisation(&values(&usual)), Some(Normalisation::Unknown));
}

#[test]
fn corrected_counts_are_recognized() {
    let ambient = changed(|row, _, value| (value - 0.09 * noise(row, value)).max(0.01));
    assert!(matches!(values(&ambient), Values::CountLike { .. }), "{:?}", values(&ambient));
    let by_em = changed(|row, _, value| if noise(row, value) < 0.3 { value + 0.5 } else { value });
    assert!(matches!(values(&by_em), Values::CountLike { .. }), "{:?}", values(&by_em));
    let small: Vec<Vec<f32>> =
        by_em.into_iter().map(|row| row.into_iter().map(|value| value.min(9.0)).collect()).collect();
    assert!(matches!(values(&small), Values::SmallCountLike { .. }), "{:?}", values(&small));
}

#[test]
fn whole_numbers_that_look_normalized_are_doubted() {
    assert_eq!(judge(&counts()).doubt, None);
    let rounded = judge(&changed(|_, sum, value| (value * 1e5 / sum).round()));
    assert!(matches!(rounded.doubt, Some(Doubt::EqualTotals(total)) if (total - 1e5).abs() < 1e3), "{rounded:?}");
    let scaled = judge(&changed(|row, _, value| (value * (2.0 + noise(row, 0.0))).round()));
    assert_eq!(scaled.doubt, Some(Doubt::NoOnes));
}

#[test]
fn the_position_of_the_first_value_that_is_not_a_count_is_reported() {
    assert_eq!(judge(&[vec![1.0], vec![2.0, 0.5], vec![0.5]]).first_odd, Some((8, 1)));
    assert_eq!(judge(&[vec![1.0]]).first_odd, None);
}

#[test]
fn presence_values_and_counts_too_large_for_float32_are_detected() {
    assert!(judge(&[vec![1.0, 1.0], vec![1.0]]).is_binary() && !judge(&[vec![1.0, 2.0]]).is_binary());
    assert!(!judge(&[vec![]]).is_binary() && !judge(&[vec![1.0, 0.5]]).is_binary());
    assert_eq!(judge(&[vec![16_777_218.0, 1.0]]).inexact(), Some(16_777_218.0));
    assert_eq!(judge(&[vec![16_777_215.0]]).inexact(), None);
}

#[test]
fn cells_are_grouped_by_their_number_of_counts() {
    let depth = judge(&[vec![], vec![19.0], vec![50.0, 49.0], vec![400.0], vec![500.0]]).depth;
    assert_eq!((depth.cells, depth.below), (5, [1, 2, 3, 4]));
    assert_eq!(depth.estimate_below(100, 1000), 600);
    assert!(!depth.looks_unfiltered());
    assert!(judge(&[vec![1.0], vec![2.0], vec![500.0]]).depth.looks_unfiltered());
}
