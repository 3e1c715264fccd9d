//! Division of a reference into lists.

use rand::{SeedableRng, rngs::StdRng, seq::index};

use super::{InvertedLists, Parts, Tuning, centers, tuning};
use crate::analysis::{
    Coordinates,
    neighbors::{Searchable, kernel::squared_norm},
    numbers::Numbers,
};

/// The number of lists relative to the square root of the number of cells.
const LISTS: f64 = 2.0;

/// The number of cells per list from which the centroids are computed.
const SAMPLED: usize = 64;

impl InvertedLists {
    /// Divides the reference into lists, and chooses the number of probes for searches of `k` neighbors.
    ///
    /// # Panics
    /// Panics if there are no points.
    pub fn build(points: Coordinates, k: usize, random_state: u64) -> Self {
        let count = ((points.rows() as f64).sqrt() * LISTS) as usize;
        let count = count.clamp(1, points.rows());
        // The cells that are searched to measure the recall do not take part in the choice of the centroids.
        let held_out = (points.rows() / 10).min(tuning::HELD_OUT);
        let sampled = (SAMPLED * count).min(points.rows() - held_out);
        let mut random = StdRng::seed_from_u64(random_state);
        let drawn = index::sample(&mut random, points.rows(), held_out + sampled).into_vec();
        let (held_out, sampled) = drawn.split_at(held_out);
        let centroids = centers::find(&points.select(sampled.iter().copied()), count);
        let held_out = tuning::HeldOut::search(&points, held_out, k);
        let lists = divide(points, centroids);
        tuning::tune(lists, &held_out, k)
    }
}

/// Sorts the points into the lists of their nearest centroids. Lists without points are left out.
fn divide(points: Coordinates, centroids: Coordinates) -> InvertedLists {
    let centroids = Searchable::new(centroids);
    let list_of: Vec<u32> = centers::assign(&centroids, &points).map(|near| near.cell as u32).collect();
    let mut cells: Vec<u32> = (0..points.rows() as u32).collect();
    cells.sort_by_key(|cell| list_of[*cell as usize]);
    let (mut used, mut ends) = (Vec::new(), Vec::new());
    for (position, cell) in cells.iter().enumerate() {
        let list = list_of[*cell as usize] as usize;
        if used.last() != Some(&list) {
            used.push(list);
            ends.push(0);
        }
        // Every list that was started has an end.
        ends.last_mut().into_iter().for_each(|end| *end = position as u32 + 1);
    }
    let centroids = centroids.points().select(used.into_iter());
    let sorted = points.select(cells.iter().map(|cell| *cell as usize));
    drop(points);
    let norms: Vec<f32> = sorted.iter().map(squared_norm).collect();
    let tuning = Tuning { probes: ends.len(), k: 0, recall: 1.0 };
    let points = Numbers::from(sorted.into_values());
    InvertedLists::prepare(Parts { centroids, ends, cells: cells.into(), points, norms: norms.into(), tuning })
}
