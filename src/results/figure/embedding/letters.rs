//! The letters of categories in the plot.

use crate::results::{
    coloring::{Categories, letter, lettered},
    figure::{
        colors::FigureColors,
        shape::{Anchor, Figure, TextStyle},
    },
};

/// The size of a letter.
const SIZE: f64 = 14.0;
/// The smallest distance of two letters.
const APART: f64 = 13.0;
/// The distance of the tried places around a median, and their number.
const STEP: f64 = 7.0;
const RINGS: usize = 12;

/// Writes the letter of each category at the median of its cells, or next to it if another letter is there.
pub(super) fn write(
    figure: &mut Figure,
    (categories, colors): (&Categories, &FigureColors),
    places: &[Option<[f64; 2]>],
    origin: [f64; 2],
) {
    let count = usize::from(lettered(categories));
    if count < 2 {
        return;
    }
    let style = TextStyle { halo: Some(colors.ground), ..TextStyle::new(SIZE, colors.text).anchored(Anchor::Middle) };
    let mut taken: Vec<[f64; 2]> = Vec::new();
    for (place, median) in medians(categories, places, count).into_iter().enumerate() {
        let Some(median) = median else { continue };
        let [x, y] = free(median, &taken);
        taken.push([x, y]);
        figure.text([origin[0] + x, origin[1] + y + 5.0], letter(place), style);
    }
}

/// Returns the median place of the cells of each category; `None` without cells in the plot.
fn medians(categories: &Categories, places: &[Option<[f64; 2]>], count: usize) -> Vec<Option<[f64; 2]>> {
    let mut of_each: Vec<[Vec<f64>; 2]> = vec![Default::default(); count];
    for (of, place) in categories.of.iter().zip(places) {
        if let (Some(coordinates), Some(place)) = (of_each.get_mut(usize::from(*of)), place) {
            coordinates.iter_mut().zip(place).for_each(|(list, value)| list.push(*value));
        }
    }
    let median = |mut coordinates: [Vec<f64>; 2]| {
        let middle = coordinates[0].len() / 2;
        (!coordinates[0].is_empty())
            .then(|| [0, 1].map(|axis| *coordinates[axis].select_nth_unstable_by(middle, f64::total_cmp).1))
    };
    of_each.into_iter().map(median).collect()
}

/// Returns the place nearest to a wanted one that is apart from others: of eight directions, in growing distance.
fn free(wanted: [f64; 2], taken: &[[f64; 2]]) -> [f64; 2] {
    let is_free = |[x, y]: &[f64; 2]| taken.iter().all(|[a, b]| (x - a).hypot(y - b) >= APART);
    let around = (1..=RINGS).flat_map(|ring| {
        (0..8).map(move |direction| {
            let (sine, cosine) = (f64::from(direction) * std::f64::consts::FRAC_PI_4).sin_cos();
            [wanted[0] + cosine * STEP * ring as f64, wanted[1] + sine * STEP * ring as f64]
        })
    });
    std::iter::once(wanted).chain(around).find(is_free).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_at_one_place_are_moved_apart() {
        let mut taken: Vec<[f64; 2]> = Vec::new();
        for _ in 0..26 {
            taken.push(free([300.0, 300.0], &taken));
        }
        assert_eq!(taken[0], [300.0, 300.0]);
        for (place, [x, y]) in taken.iter().enumerate() {
            assert!(taken[..place].iter().all(|[a, b]| (x - a).hypot(y - b) >= APART), "{taken:?}");
        }
    }
}
