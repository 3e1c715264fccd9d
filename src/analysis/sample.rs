//! Samples of cells that represent all cells. In: groups, or coordinates. Out: rows.
//!
//! A sample by groups takes cells in proportion to the sizes of the groups, but at least a floor of each. A geometric
//! sketch (Hie, Cho, DeMeo, Bryson & Berger, Cell Systems 2019) covers the space of principal components with boxes of
//! equal size and takes about the same number of cells of every occupied box, so that rare states are represented.

use std::collections::HashMap;

use rand::{SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::Coordinates;

/// The number of components that a sketch divides into boxes. Further ones hold little variance.
const DIMENSIONS: usize = 10;
/// The number of bisections of the side length.
const STEPS: usize = 40;

/// A choice of a sample.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The number of cells, including those that are chosen already.
    pub size: usize,
    /// The rows that are chosen already.
    pub already: &'a [u32],
    /// The seed.
    pub seed: u64,
}

/// Divides a sample among groups: in proportion to their sizes, but at least `floor` cells of each as far as it has
/// them. If the floors alone exceed the sample, they are lowered evenly.
pub fn shares(sizes: &[usize], sample: usize, floor: usize) -> Vec<usize> {
    let sample = sample.min(sizes.iter().sum());
    let floored = |floor: usize| sizes.iter().map(|size| floor.min(*size)).sum::<usize>();
    let floor = (0..=floor).rev().find(|floor| floored(*floor) <= sample).unwrap_or(0);
    let at = |rate: f64| {
        let share = |size: &usize| ((rate * *size as f64) as usize).clamp(floor.min(*size), *size);
        sizes.iter().map(share).collect::<Vec<_>>()
    };
    // The largest rate whose shares fit.
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at(middle).iter().sum::<usize>() <= sample { low = middle } else { high = middle }
    }
    let mut shares = at(low);
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&group| shares[group] < sizes[group]).collect();
    let lags: Vec<f64> = sizes.iter().zip(&shares).map(|(size, share)| low * *size as f64 - *share as f64).collect();
    order.sort_by(|a, b| lags[*b].total_cmp(&lags[*a]).then(a.cmp(b)));
    let mut left = sample - shares.iter().sum::<usize>();
    while left > 0 {
        order.retain(|&group| shares[group] < sizes[group]);
        for &group in order.iter().take(left) {
            shares[group] += 1;
        }
        left -= left.min(order.len());
    }
    shares
}

/// Chooses rows by groups. `groups` has the group of each row; rows without a group form another group.
///
/// A larger sample with the same seed contains a smaller one of the same groups, as far as their shares grow.
pub fn by_groups(groups: &[Option<u32>], floor: usize, choice: Choice<'_>) -> Vec<u32> {
    let mut members: HashMap<Option<u32>, Vec<u32>> = HashMap::new();
    for (row, group) in groups.iter().enumerate() {
        members.entry(*group).or_default().push(row as u32);
    }
    let mut members: Vec<(Option<u32>, Vec<u32>)> = members.into_iter().collect();
    members.sort_unstable_by_key(|(group, _)| *group);
    let sizes: Vec<usize> = members.iter().map(|(_, rows)| rows.len()).collect();
    let shares = shares(&sizes, choice.size, floor);
    let mut chosen = choice.already.to_vec();
    for ((group, mut rows), share) in members.into_iter().zip(shares) {
        let seed = choice.seed ^ group.map_or(u64::MAX, u64::from).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        rows.shuffle(&mut StdRng::seed_from_u64(seed));
        let has = rows.iter().filter(|row| choice.already.binary_search(row).is_ok()).count();
        let new = rows.into_iter().filter(|row| choice.already.binary_search(row).is_err());
        chosen.extend(new.take(share.saturating_sub(has)));
    }
    chosen.sort_unstable();
    chosen
}

/// Chooses rows by a geometric sketch of the first components.
pub fn sketch(coordinates: &Coordinates, choice: Choice<'_>) -> Vec<u32> {
    let cells = coordinates.rows();
    let size = choice.size.min(cells);
    let boxes = boxes(coordinates, size);
    let mut random = StdRng::seed_from_u64(choice.seed);
    let mut members: Vec<Vec<u32>> = Vec::new();
    for (row, place) in boxes.iter().enumerate() {
        if *place as usize >= members.len() {
            members.resize(*place as usize + 1, Vec::new());
        }
        members[*place as usize].push(row as u32);
    }
    // Cells that are chosen already fill the first rounds of their boxes.
    let mut filled = vec![0_usize; members.len()];
    choice
        .already
        .iter()
        .filter(|row| (**row as usize) < cells)
        .for_each(|row| filled[boxes[*row as usize] as usize] += 1);
    for rows in &mut members {
        rows.retain(|row| choice.already.binary_search(row).is_err());
        rows.shuffle(&mut random);
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.shuffle(&mut random);
    let mut chosen = choice.already.to_vec();
    let mut round = 1;
    while chosen.len() < size {
        for &place in &order {
            if chosen.len() == size {
                break;
            }
            if filled[place] < round
                && let Some(row) = members[place].pop()
            {
                filled[place] += 1;
                chosen.push(row);
            }
        }
        round += 1;
    }
    chosen.sort_unstable();
    chosen
}

/// Returns the box of each cell, for the largest boxes of which at least `wanted` are occupied.
fn boxes(coordinates: &Coordinates, wanted: usize) -> Vec<u32> {
    let dimensions = coordinates.components().min(DIMENSIONS);
    let mut low = vec![f32::INFINITY; dimensions];
    let mut span = 0.0_f32;
    for dimension in 0..dimensions {
        let values = || coordinates.iter().map(|row| row[dimension]);
        low[dimension] = values().fold(f32::INFINITY, f32::min);
        span = span.max(values().fold(f32::NEG_INFINITY, f32::max) - low[dimension]);
    }
    let divide = |side: f32| {
        let mut seen: HashMap<Vec<u32>, u32> = HashMap::new();
        let place = |row: &[f32]| -> Vec<u32> { (0..dimensions).map(|d| ((row[d] - low[d]) / side) as u32).collect() };
        let boxes: Vec<u32> = coordinates
            .iter()
            .map(|row| {
                let next = seen.len() as u32;
                *seen.entry(place(row)).or_insert(next)
            })
            .collect();
        (seen.len(), boxes)
    };
    if span <= 0.0 {
        return vec![0; coordinates.rows()];
    }
    // The number of boxes falls with their size; the bounds enclose the largest size with enough boxes.
    let (mut small, mut large) = (span * 1e-6, span);
    for _ in 0..STEPS {
        let middle = (small * large).sqrt();
        match divide(middle).0 {
            occupied if occupied == wanted => {
                small = middle;
                break;
            }
            occupied if occupied > wanted => small = middle,
            _ => large = middle,
        }
        if large / small < 1.001 {
            break;
        }
    }
    divide(small).1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn choice(size: usize, already: &[u32]) -> Choice<'_> {
        Choice { size, already, seed: 7 }
    }

    #[test]
    fn shares_are_proportional_with_a_floor() {
        assert_eq!(shares(&[1000, 100, 10, 2], 111, 5), [95, 9, 5, 2]);
        assert_eq!(shares(&[500, 500], 10, 0), [5, 5]);
        assert_eq!(shares(&[3, 3], 100, 30), [3, 3]);
        assert_eq!(shares(&[100, 100, 100], 6, 30), [2, 2, 2], "floors that exceed the sample are lowered");
        assert_eq!(shares(&[100, 100, 100], 7, 30).iter().sum::<usize>(), 7);
        assert_eq!(shares(&[], 7, 30), [0; 0]);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_fit(sizes in prop::collection::vec(0usize..300, 1..9), sample in 0usize..900, floor in 0usize..40) {
            let shares = shares(&sizes, sample, floor);
            prop_assert_eq!(shares.iter().sum::<usize>(), sample.min(sizes.iter().sum()));
            prop_assert!(shares.iter().zip(&sizes).all(|(share, size)| share <= size));
        }

        #[test]
        fn samples_by_groups_have_the_size_and_keep_what_is_chosen(
            groups in prop::collection::vec(prop::option::of(0u32..5), 1..200), size in 1usize..200, more in 0usize..100,
        ) {
            let first = by_groups(&groups, 3, choice(size, &[]));
            prop_assert_eq!(first.len(), size.min(groups.len()));
            prop_assert!(first.is_sorted_by(|a, b| a < b));
            let second = by_groups(&groups, 3, choice(size + more, &first));
            prop_assert!(first.iter().all(|row| second.contains(row)));
        }
    }

    #[test]
    fn a_sketch_covers_rare_states_that_random_samples_miss() {
        // A dense cloud of 980 cells, and 20 cells far away, spread like the cloud.
        let cloud = (0..980).flat_map(|cell| [(cell % 31) as f32 / 31.0, (cell % 29) as f32 / 29.0]);
        let far = (0..20).flat_map(|cell| [9.0 + (cell % 5) as f32 / 5.0, 9.0 + (cell / 5) as f32 / 5.0]);
        let coordinates = Coordinates::new(2, cloud.chain(far).collect());
        let chosen = sketch(&coordinates, choice(100, &[]));
        assert_eq!(chosen.len(), 100);
        let rare = chosen.iter().filter(|row| **row >= 980).count();
        assert!(rare >= 8, "{rare} of 100 cells are of the rare state, which is 2 % of the file");
        assert_eq!(chosen, sketch(&coordinates, choice(100, &[])), "the same seed gives the same sample");
        let more = sketch(&coordinates, choice(150, &chosen));
        assert!(more.len() == 150 && chosen.iter().all(|row| more.contains(row)));
    }

    #[test]
    fn a_sketch_of_equal_cells_is_a_sample_of_them() {
        let coordinates = Coordinates::new(3, vec![1.0; 30]);
        assert_eq!(sketch(&coordinates, choice(4, &[2])).len(), 4);
        assert_eq!(sketch(&coordinates, choice(40, &[])).len(), 10);
    }
}
