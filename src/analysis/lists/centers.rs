//! Centers of groups of points by k-means (Lloyd 1982, doi:10.1109/TIT.1982.1056489). In: points. Out: centers. The
//! result depends neither on the number of threads nor on chance.

use crate::analysis::{
    Coordinates,
    neighbors::{Nearest, Searchable},
};

/// The number of rounds.
const ROUNDS: usize = 10;

/// The number of points assigned at a time.
const ASSIGNED: usize = 1 << 15;

/// Finds at most `count` centers, starting from the first points.
pub fn find(points: &Coordinates, count: usize) -> Coordinates {
    let mut centers = Searchable::new(points.select(0..count.min(points.rows())));
    for _ in 0..ROUNDS {
        let assigned: Vec<Nearest> = assign(&centers, points).collect();
        centers = Searchable::new(means(points, &assigned, centers.points()));
    }
    centers.points().clone()
}

/// Returns the nearest center of each point.
pub fn assign<'a>(centers: &'a Searchable, points: &'a Coordinates) -> impl Iterator<Item = Nearest> + 'a {
    let components = points.components();
    let windows = points.values().chunks(ASSIGNED * components);
    windows.flat_map(move |window| {
        let window = Coordinates::new(components, window.to_vec());
        centers.nearest(&window, 1).into_iter().flatten()
    })
}

/// Returns the means of the points of each center. A center without points moves to one of the points that are farthest
/// from their centers.
fn means(points: &Coordinates, assigned: &[Nearest], centers: &Coordinates) -> Coordinates {
    let components = points.components();
    let mut sums = vec![0.0f64; centers.values().len()];
    let mut counts = vec![0usize; centers.rows()];
    for (point, near) in points.iter().zip(assigned) {
        let sums = &mut sums[near.cell * components..][..components];
        sums.iter_mut().zip(point).for_each(|(sum, value)| *sum += f64::from(*value));
        counts[near.cell] += 1;
    }
    let mut farthest: Vec<usize> = (0..assigned.len()).filter(|point| assigned[*point].distance > 0.0).collect();
    farthest.sort_by(|a, b| assigned[*b].distance.total_cmp(&assigned[*a].distance));
    let mut farthest = farthest.into_iter();
    let center = |(center, count): (usize, &usize)| match *count {
        0 => farthest.next().map_or(centers.row(center), |point| points.row(point)).to_vec(),
        count => sums[center * components..][..components].iter().map(|sum| (sum / count as f64) as f32).collect(),
    };
    Coordinates::new(components, counts.iter().enumerate().flat_map(center).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separate_groups_get_a_center_each() {
        let value = |i: usize| (i % 4) as f32 * 100.0 + (i / 4 % 5) as f32;
        let centers = find(&Coordinates::new(1, (0..400).map(value).collect()), 4);
        assert_eq!(centers.values(), [2.0, 102.0, 202.0, 302.0]);
    }

    #[test]
    fn a_center_without_points_moves_to_the_farthest_one() {
        // Of equal first points all but one are without points.
        let centers = find(&Coordinates::new(1, vec![0.0, 0.0, 0.0, 0.0, 10.0, 30.0]), 3);
        let mut values = centers.values().to_vec();
        values.sort_by(f32::total_cmp);
        assert_eq!(values, [0.0, 10.0, 30.0]);
    }

    #[test]
    fn equal_points_have_equal_centers() {
        assert_eq!(find(&Coordinates::new(2, vec![3.0; 20]), 3).values(), [3.0; 6]);
    }
}
